"""Panels of experts drawn by lot, and the scores that they give."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.registers.models.applications import Application
from jiangxin.apps.registers.models.types import Call
from jiangxin.apps.registers.workflow import PanelState, SeatState
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class PanelQuerySet(models.QuerySet["Panel"]):
    """Filters of panels."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep panels of the viewer's authorities, and those in which the viewer sits."""
        seats = (
            Seat.objects.filter(expert=viewer.user_id) if viewer.user_id else Seat.objects.none()
        )
        applicant = Application.objects.visible_to(viewer)
        return self.filter(
            viewer.within("registers.review", "path")
            | Q(pk__in=seats.values("panel"))
            | Q(application__in=applicant.values("pk"))
        )


class Panel(Entity):
    """Experts drawn by lot who score one application, or all those of a call, at a step.

    The pool is fixed when the panel is announced, together with where the seed will come from;
    the seed itself is given at the draw. So nobody can choose seed or pool for an outcome, and
    everybody can draw again with the published numbers.
    """

    # one of the two
    application = models.ForeignKey(Application, models.PROTECT, null=True, related_name="panels")
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="panels")
    step = models.CharField(max_length=40)
    # scope path of the authority that has it drawn
    path = models.CharField(max_length=300, db_index=True)
    seats_wanted = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=10, choices=PanelState.choices, default=PanelState.ANNOUNCED
    )
    # public identifiers of the experts who may be drawn, in sorted order
    pool = models.JSONField(default=list)
    # SHA-256 of the pool, published when the panel is announced
    pool_hash = models.CharField(max_length=64)
    # a public event after the announcement that gives the seed, for instance a lottery draw
    seed_source = models.CharField(max_length=200)
    seed = models.CharField(max_length=200, blank=True)
    announced_by_name = models.CharField(max_length=100)
    announced_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects: Any = PanelQuerySet.as_manager()

    class Meta:
        ordering = ["-announced_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=True, call__isnull=False)
                | Q(application__isnull=False, call__isnull=True),
                name="panel_for_one",
                violation_error_message=_("A panel scores an application or those of a call."),
            ),
            models.CheckConstraint(
                condition=Q(state="announced") | (~Q(seed="") & Q(drawn_at__isnull=False)),
                name="panel_drawn_with_seed",
                violation_error_message=_("A panel is drawn with a seed."),
            ),
        ]


class SeatQuerySet(models.QuerySet["Seat"]):
    """Filters of seats."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep the viewer's own seats and those of panels of the viewer's authorities."""
        mine = Q(expert=viewer.user_id) if viewer.user_id else Q(pk__in=[])
        return self.filter(viewer.within("registers.review", "panel__path") | mine)

    def sitting(self) -> Self:
        """Keep seats whose experts score."""
        return self.filter(state=SeatState.DRAWN)


class Seat(Entity):
    """An expert who was drawn into a panel."""

    panel = models.ForeignKey(Panel, models.PROTECT, related_name="seats")
    expert = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    # place in the order of the draw, from 1
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=SeatState.choices, default=SeatState.DRAWN)
    # the conflict of interest, in the expert's words
    reason = models.CharField(max_length=500, blank=True)
    stepped_down_at = models.DateTimeField(null=True)

    objects: Any = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["panel", "position"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "expert"], name="seat_expert_once"),
            models.UniqueConstraint(fields=["panel", "position"], name="seat_position_once"),
        ]


class ScoreQuerySet(models.QuerySet["Score"]):
    """Filters of scores."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep one's own scores, and those of closed panels of the viewer's authorities.

        Until a panel is closed nobody sees what another expert gave, whatever the role.
        """
        mine = Q(seat__expert=viewer.user_id) if viewer.user_id else Q(pk__in=[])
        closed = Q(seat__panel__state=PanelState.CLOSED)
        return self.filter(mine | (viewer.within("registers.review", "seat__panel__path") & closed))


class Score(Entity):
    """The points that an expert gave an application by one criterion."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="scores")
    application = models.ForeignKey(Application, models.PROTECT, related_name="scores")
    # code of a criterion of the type
    criterion = models.CharField(max_length=40)
    points = models.DecimalField(max_digits=6, decimal_places=2)
    comment = models.CharField(max_length=500, blank=True)
    given_at = models.DateTimeField()

    objects: Any = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["seat", "criterion"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat", "application", "criterion"],
                name="score_given_once",
                violation_error_message=_("Points were given already; they cannot be changed."),
            )
        ]
