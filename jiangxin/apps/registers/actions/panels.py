"""Panels: announced with pool and source of the seed, drawn, scored, closed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.registers import permissions, queries, workflow
from jiangxin.apps.registers.actions.notes import nearest, tell
from jiangxin.apps.registers.models import Application, Call, Panel, Score, Seat
from jiangxin.apps.registers.models.definition import Scoring
from jiangxin.apps.registers.workflow import PanelState, SeatState
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer


@transaction.atomic
def announce_panel(
    *,
    seed_source: str,
    by: Viewer,
    at: datetime.datetime,
    application: Application | None = None,
    call: Call | None = None,
) -> Panel:
    """Fix who may be drawn and where the seed will come from, before anybody knows the seed.

    A panel for a call scores all its applications that are at the scoring step by then.

    Args:
        seed_source: a public event still to come, for instance a named lottery draw.

    Raises:
        Invalid: too few experts without a share in it, or no source of the seed.
        WrongState: nothing waits for experts here, or a panel was announced already.
    """
    waiting = _waiting_for_experts(application, call, at=at)
    first = waiting[0]
    path = first.step_path
    permissions.can_manage_panel(by, path).enforce()
    step = queries.step_of(first)
    assert step is not None  # noqa: S101 -- it waits at a scoring step
    assert step.scoring is not None  # noqa: S101 -- the same
    if queries.panel_for(first) is not None:
        raise WrongState(_("A panel was announced for this already."))
    if not seed_source.strip():
        message = _(
            "Name a public event still to come that gives the seed, such as a lottery draw."
        )
        raise Invalid(message, data={"fields": {"seed_source": message}})
    experts = queries.eligible_experts(waiting, path=path, on=at.date())
    pool = sorted(str(uuid) for uuid in experts.values_list("uuid", flat=True))
    if len(pool) < step.scoring.experts:
        raise Invalid(
            _(
                "%(wanted)s experts are needed, and %(found)s have no share in this. Ask an "
                "operator to make further experts known."
            )
            % {"wanted": step.scoring.experts, "found": len(pool)}
        )
    panel = Panel.objects.create(
        application=application,
        call=call,
        step=step.code,
        path=path,
        seats_wanted=step.scoring.experts,
        pool=pool,
        pool_hash=queries.pool_hash(pool),
        seed_source=seed_source.strip()[:200],
        announced_by_name=by.name[:100],
        announced_at=at,
        is_simulated=first.is_simulated,
    )
    audit.record(
        "registers.panel.announced",
        by=by,
        at=at,
        subject=panel,
        path=path,
        data={"pool": panel.pool_hash, "size": len(pool), "seed_source": panel.seed_source},
    )
    return panel


def _waiting_for_experts(
    application: Application | None, call: Call | None, *, at: datetime.datetime
) -> list[Application]:
    if call is not None:
        if at < call.closes_at:
            raise WrongState(_("The call is still open; draw the panel when all have applied."))
        rows = Application.objects.filter(call=call)
    elif application is not None:
        rows = Application.objects.filter(pk=application.pk)
    else:
        raise Invalid(_("A panel scores an application or those of a call."))
    found = list(
        rows.filter(state="in_review", step_kind="scoring", score__isnull=True)
        .select_related("type_version", "organisation__scope")
        .prefetch_related("members__organisation__scope")
        .order_by("pk")
    )
    if not found:
        raise WrongState(_("No application waits for experts here."))
    return found


@transaction.atomic
def draw_panel(*, panel: Panel, seed: str, by: Viewer, at: datetime.datetime) -> Panel:
    """Draw the seats with the seed that the announced event gave; the experts are told.

    Raises:
        WrongState: it was drawn already.
        Invalid: the seed is missing.
    """
    panel = panel.locked()
    permissions.can_manage_panel(by, panel.path).enforce()
    panel.state = workflow.PANEL.check(panel.state, "draw")
    if not seed.strip() or len(seed.strip()) > 200:
        message = _("Enter the seed that the announced event gave.")
        raise Invalid(message, data={"fields": {"seed": message}})
    panel.seed, panel.drawn_at = seed.strip(), at
    panel.save()
    order = queries.draw_order(panel.seed, panel.pool)
    seats = [
        _seat(panel, uuid, position)
        for position, uuid in enumerate(order[: panel.seats_wanted], start=1)
    ]
    _ask(panel, seats, by=by, at=at)
    audit.record(
        "registers.panel.drawn",
        by=by,
        at=at,
        subject=panel,
        path=panel.path,
        data={"seed": panel.seed, "seats": order[: panel.seats_wanted]},
    )
    return panel


def _seat(panel: Panel, expert_uuid: str, position: int) -> Seat:
    people: Any = Seat._meta.get_field("expert").related_model
    expert = people.objects.get(uuid=expert_uuid)
    return Seat.objects.create(
        panel=panel, expert=expert, position=position, is_simulated=panel.is_simulated
    )


def _ask(panel: Panel, seats: list[Seat], *, by: Viewer, at: datetime.datetime) -> None:
    for application in queries.applications_of(panel):
        tell("registers_to_score", [seat.expert for seat in seats], application, by=by, at=at)


@transaction.atomic
def step_down(*, seat: Seat, reason: str, by: Viewer, at: datetime.datetime) -> Seat | None:
    """Leave the panel for a conflict of interest; the next in the order of the draw takes over.

    Points already given on the seat no longer count.

    Returns:
        The new seat, or None if the pool is used up; fewer experts then score.

    Raises:
        Invalid: the reason is missing.
        WrongState: the panel is closed, or the expert stepped down already.
    """
    panel = seat.panel.locked()
    seat = seat.locked()
    permissions.can_score(by, seat).enforce()
    if panel.state != PanelState.DRAWN or seat.state != SeatState.DRAWN:
        raise WrongState(_("This seat no longer scores."))
    if not reason.strip():
        message = _("Say what the conflict of interest is.")
        raise Invalid(message, data={"fields": {"reason": message}})
    seat.state, seat.reason, seat.stepped_down_at = SeatState.CONFLICTED, reason.strip()[:500], at
    seat.save()
    order = queries.draw_order(panel.seed, panel.pool)
    taken = panel.seats.count()
    successor = None
    if taken < len(order):
        successor = _seat(panel, order[taken], taken + 1)
        _ask(panel, [successor], by=by, at=at)
    audit.record(
        "registers.seat.left",
        by=by,
        at=at,
        subject=seat,
        path=panel.path,
        data={"successor": None if successor is None else order[taken]},
    )
    _close_if_complete(panel, by=by, at=at)
    return successor


@transaction.atomic
def give_points(
    *,
    seat: Seat,
    application: Application,
    points: Mapping[str, object],
    by: Viewer,
    at: datetime.datetime,
    comments: Mapping[str, str] | None = None,
) -> list[Score]:
    """Give an application its points by every criterion, once and for all.

    Nobody else sees them before the panel is closed; with the last sheet it closes by itself.

    Raises:
        Invalid: points are missing or not between 0 and the most for the criterion.
        WrongState: the seat no longer scores, or gave its points already.
    """
    panel = seat.panel.locked()
    seat = seat.locked()
    permissions.can_score(by, seat).enforce()
    if panel.state != PanelState.DRAWN or seat.state != SeatState.DRAWN:
        raise WrongState(_("This seat no longer scores."))
    if application.pk not in {row.pk for row in queries.applications_of(panel)}:
        raise WrongState(_("This panel does not score this application."))
    if Score.objects.filter(seat=seat, application=application).exists():
        raise WrongState(_("Points were given already; they cannot be changed."))
    scoring = queries.step_of_panel(panel).scoring
    assert scoring is not None  # noqa: S101 -- panels are made for scoring steps
    given = _read_points(scoring, points)
    scores = Score.objects.bulk_create(
        Score(
            seat=seat,
            application=application,
            criterion=code,
            points=value,
            comment=(comments or {}).get(code, "").strip()[:500],
            given_at=at,
            is_simulated=panel.is_simulated,
        )
        for code, value in given.items()
    )
    audit.record(
        "registers.points.given",
        by=by,
        at=at,
        subject=seat,
        path=panel.path,
        data={"application": application.uuid},
    )
    _close_if_complete(panel, by=by, at=at)
    return list(scores)


def _read_points(scoring: Scoring, points: Mapping[str, object]) -> dict[str, Decimal]:
    given, problems = {}, {}
    for criterion in scoring.criteria:
        try:
            value = Decimal(str(points.get(criterion.code, "")).strip())
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not 0 <= value <= Decimal(str(criterion.points)):
            problems[criterion.code] = _("Give 0 to %(most)s points.") % {
                "most": f"{criterion.points:g}"
            }
        else:
            given[criterion.code] = value.quantize(Decimal("0.01"))
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    return given


def _close_if_complete(panel: Panel, *, by: Viewer, at: datetime.datetime) -> None:
    seats = set(panel.seats.sitting().values_list("pk", flat=True))
    given = set(Score.objects.filter(seat__in=seats).values_list("seat", "application").distinct())
    wanted = {(seat, row.pk) for seat in seats for row in queries.applications_of(panel)}
    if seats and wanted <= given:
        _close(panel, by=by, at=at)


@transaction.atomic
def close_panel(*, panel: Panel, reason: str, by: Viewer, at: datetime.datetime) -> Panel:
    """Close the scoring although points are missing; only complete sheets count.

    Raises:
        WrongState: an application has no points at all.
        Invalid: the reason is missing.
    """
    panel = panel.locked()
    permissions.can_close_panel(by, panel).enforce()
    workflow.PANEL.check(panel.state, "close")
    if not reason.strip():
        message = _("Say why the scoring is closed before all points are given.")
        raise Invalid(message, data={"fields": {"reason": message}})
    _close(panel, by=by, at=at, reason=reason.strip())
    return panel


def _close(panel: Panel, *, by: Viewer, at: datetime.datetime, reason: str = "") -> None:
    """Compute the mean for each application; approving or rejecting stays with the office."""
    scoring = queries.step_of_panel(panel).scoring
    assert scoring is not None  # noqa: S101 -- panels are made for scoring steps
    seats = panel.seats.sitting()
    totals: dict[int, dict[int, Decimal]] = {}
    for score in Score.objects.filter(seat__in=seats):
        of = totals.setdefault(score.application_id, {})
        of[score.seat_id] = of.get(score.seat_id, Decimal(0)) + score.points
    results = {}
    for application in queries.applications_of(panel):
        mean = queries.result(list(totals.get(application.pk, {}).values()), scoring)
        if mean is None:
            raise WrongState(
                _("“%(title)s” has no points yet, so the scoring cannot be closed.")
                % {"title": application.title}
            )
        application = application.locked()
        application.score = mean
        application.version += 1
        application.save(update_fields=["score", "version"])
        results[str(application.uuid)] = str(mean)
        officers = nearest("registers.review", panel.path, on=at.date())
        tell("registers_scored", officers, application, by=by, at=at, context={"score": mean})
    panel.state, panel.closed_at = PanelState.CLOSED, at
    panel.save()
    audit.record(
        "registers.panel.closed",
        by=by,
        at=at,
        subject=panel,
        path=panel.path,
        data={"scores": results, "reason": reason},
    )
