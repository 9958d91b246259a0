"""Panels: who may be drawn, the draw that everybody can repeat, and what the experts gave."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.registers.models import Application, Panel, Score, Seat
from jiangxin.apps.registers.models.definition import Scoring, Step
from jiangxin.apps.registers.queries.types import current_definition, definition_of
from jiangxin.apps.registers.workflow import PanelState, SeatState
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer


def draw_order(seed: str, pool: Iterable[str]) -> list[str]:
    """Return the pool in the order of the draw: by SHA-256 of the seed and the identifier.

    Everybody can repeat it with the published seed and pool.

    Example:
        >>> draw_order("2026-03-14", ["a", "b", "c"]) == draw_order("2026-03-14", ["c", "a", "b"])
        True
    """
    return sorted(pool, key=lambda uuid: hashlib.sha256(f"{seed}|{uuid}".encode()).hexdigest())


def pool_hash(pool: Iterable[str]) -> str:
    """Return the hash of a pool that is published before the seed is known."""
    return hashlib.sha256("\n".join(sorted(pool)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Redraw:
    """The draw done again: does it give the seats that sit?"""

    order: tuple[str, ...]
    # identifiers of the seats in the order in which they were taken, stepped down ones included
    seats: tuple[str, ...]
    is_pool_unchanged: bool

    @property
    def fits(self) -> bool:
        """Whether the seats are the first of the order."""
        return self.is_pool_unchanged and self.order[: len(self.seats)] == self.seats


def recompute_draw(panel: Panel) -> Redraw:
    """Do the draw of a panel again from what was published."""
    seats = panel.seats.order_by("position").values_list("expert__uuid", flat=True)
    return Redraw(
        tuple(draw_order(panel.seed, panel.pool)),
        tuple(str(uuid) for uuid in seats),
        pool_hash(panel.pool) == panel.pool_hash,
    )


def eligible_experts(
    applications: Sequence[Application], *, path: str, on: datetime.date
) -> QuerySet[Any]:
    """List experts of an authority without a share in the applications.

    Left out are people who hold or held a role in an applicant or member organisation, who wrote
    or submitted one of the applications, or who once stepped down for the same applicant.
    """
    found = accounts.holders(duty="registers.score", path=path, on=on)
    own = Q(pk__in=[])
    for application in applications:
        organisations = [member.organisation for member in application.members.all()]
        if application.organisation is not None:
            organisations.append(application.organisation)
        for organisation in organisations:
            own |= Q(roles_held__scope__path__startswith=organisation.scope.path)
        writers = [application.started_by_id, application.submitted_by_id]
        own |= Q(pk__in=[pk for pk in writers if pk is not None])
    conflicted = Seat.objects.filter(state=SeatState.CONFLICTED).filter(
        Q(panel__application__in=applications)
        | Q(
            panel__application__organisation__in=[
                a.organisation_id for a in applications if a.organisation_id is not None
            ]
        )
        | Q(panel__call__in=[a.call_id for a in applications if a.call_id is not None])
    )
    shut_out = found.model._default_manager.filter(own).values("pk")
    return found.exclude(pk__in=shut_out).exclude(pk__in=conflicted.values("expert"))


def panels(viewer: Viewer) -> QuerySet[Panel]:
    """List panels that the viewer may see."""
    found: QuerySet[Panel] = Panel.objects.visible_to(viewer).select_related(
        "application", "call__type"
    )
    return found


def get_panel(uuid: UUID | str, *, viewer: Viewer) -> Panel:
    """Return one panel that the viewer may see, or raise NotFound."""
    found = panels(viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def get_seat(uuid: UUID | str, *, viewer: Viewer) -> Seat:
    """Return one's own seat or one of a panel of the viewer's authority, or raise NotFound."""
    found: Seat | None = (
        Seat.objects.visible_to(viewer)
        .select_related("panel__application", "panel__call", "expert")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def seats_of(panel: Panel, *, viewer: Viewer) -> list[Seat]:
    """List the seats that the viewer may see in the order of the draw, with their experts."""
    return list(
        Seat.objects.visible_to(viewer)
        .filter(panel=panel)
        .select_related("expert", "panel")
        .order_by("position")
    )


def panel_for(application: Application) -> Panel | None:
    """Return the newest panel that scores the application at its step, if there is one.

    A panel that was closed before the application came to the step judged an earlier wording.
    """
    present = ~Q(state=PanelState.CLOSED)
    if application.step_since is not None:
        present |= Q(closed_at__gte=application.step_since)
    found: Panel | None = (
        Panel.objects.filter(present, step=application.step)
        .filter(Q(application=application) | Q(call=application.call_id, call__isnull=False))
        .order_by("-announced_at", "-pk")
        .first()
    )
    return found


def applications_of(panel: Panel) -> list[Application]:
    """List the applications that the panel scores: one, or those of the call at the step."""
    rows = Application.objects.select_related(
        "type", "type_version", "organisation__scope", "region", "scope"
    ).prefetch_related("members__organisation__scope")
    if panel.application_id is not None:
        return list(rows.filter(pk=panel.application_id))
    return list(
        rows.filter(
            call=panel.call_id, step=panel.step, state="in_review", score__isnull=True
        ).order_by("pk")
    )


def step_of_panel(panel: Panel) -> Step:
    """Return the scoring step for which the panel was made."""
    if panel.application is not None:
        definition = definition_of(panel.application.type_version)
    else:
        assert panel.call is not None  # noqa: S101 -- the constraint says one of the two
        definition = current_definition(panel.call.type, on=panel.announced_at.date())
    step = definition.step(panel.step)
    if step is None:
        raise NotFound
    return step


@dataclass(frozen=True, slots=True)
class Sheet:
    """The points of one seat for one application, as far as the viewer may see them."""

    seat: Seat
    application: Application
    points: Mapping[str, Decimal]
    comments: Mapping[str, str]
    # given, whether or not the viewer may see the points
    is_given: bool

    @property
    def total(self) -> Decimal:
        """Sum of the points."""
        return sum(self.points.values(), Decimal(0))


def sheets_of(panel: Panel, *, viewer: Viewer) -> list[Sheet]:
    """List the sheets of a panel for its own people and its authority.

    Points of others stay hidden from everybody until the panel is closed.
    """
    seats = [s for s in seats_of(panel, viewer=viewer) if s.state == SeatState.DRAWN]
    scores = list(Score.objects.visible_to(viewer).filter(seat__in=seats))
    given = set(Score.objects.filter(seat__in=seats).values_list("seat", "application"))
    return [
        Sheet(
            seat,
            application,
            {s.criterion: s.points for s in scores if (s.seat_id, s.application_id) == key},
            {s.criterion: s.comment for s in scores if (s.seat_id, s.application_id) == key},
            key in given,
        )
        for application in _scored(panel)
        for seat in seats
        if (key := (seat.pk, application.pk))
    ]


def _scored(panel: Panel) -> list[Application]:
    """List what the panel scores, or scored if it is closed."""
    if panel.state != PanelState.CLOSED or panel.application_id is not None:
        return applications_of(panel)
    pks = Score.objects.filter(seat__panel=panel).values("application")
    return list(Application.objects.filter(pk__in=pks).order_by("pk"))


def result(totals: Sequence[Decimal], scoring: Scoring) -> Decimal | None:
    """Return the mean of the experts' totals to two digits; without extremes if the type says so."""
    counted = sorted(totals)
    if scoring.drop_extremes and len(counted) >= 3:
        counted = counted[1:-1]
    if not counted:
        return None
    return Decimal(str(round(fmean(float(total) for total in counted), 2)))
