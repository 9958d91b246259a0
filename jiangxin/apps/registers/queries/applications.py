"""Applications: lists, one with all that belongs to it, queues, and what is on public notice."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from jiangxin.apps.registers import permissions, workflow
from jiangxin.apps.registers.models import (
    Application,
    Attachment,
    Entry,
    Member,
    Objection,
    Recognition,
    RegisterType,
    Review,
    TypeVersion,
)
from jiangxin.apps.registers.models.definition import RegisterDefinition, Step
from jiangxin.apps.registers.queries.panels import panel_for
from jiangxin.apps.registers.queries.types import current_version, definition_of
from jiangxin.apps.registers.workflow import (
    APPLICATION,
    OPEN,
    UNDER_WAY,
    ApplicationState,
    ObjectionState,
    PanelState,
)
from jiangxin.core.errors import NotFound
from jiangxin.core.forms import Carried, carry
from jiangxin.core.permissions import ALLOWED, Decision, Viewer, refuse

WITH = ("type", "type_version", "organisation__scope", "region", "scope", "call", "entry")


def applications(
    viewer: Viewer,
    *,
    type_code: str = "",
    state: str = "",
    region: Any = None,
    organisation: Any = None,
    call: Any = None,
    text: str = "",
) -> QuerySet[Application]:
    """List applications that the viewer may see, the last changed first."""
    found: Any = (
        Application.objects.visible_to(viewer)
        .select_related(*WITH)
        .defer("type_version__definition")
    )
    if type_code:
        found = found.filter(type__code=type_code)
    if state == "open":
        found = found.filter(state__in=OPEN)
    elif state:
        found = found.filter(state=state)
    if region is not None:
        found = found.filter(region__path__startswith=region.path)
    if organisation is not None:
        found = found.filter(organisation=organisation)
    if call is not None:
        found = found.filter(call=call)
    if text.strip():
        found = found.filter(
            Q(title__icontains=text.strip()) | Q(organisation__name__icontains=text.strip())
        )
    return found  # type: ignore[no-any-return]


def get_application(uuid: UUID | str, *, viewer: Viewer) -> Application:
    """Return one application that the viewer may see with its members, or raise NotFound."""
    found = applications(viewer).filter(uuid=uuid).prefetch_related(_members()).first()
    if found is None:
        raise NotFound
    return found


def _members() -> Prefetch[str]:
    return Prefetch(
        "members", queryset=Member.objects.select_related("organisation__scope").order_by("pk")
    )


def definition_for(application: Application) -> RegisterDefinition:
    """Return what the type said when the application was filled in."""
    return definition_of(application.type_version)


def step_of(application: Application) -> Step | None:
    """Return the step at which the application is, if it is under review."""
    if application.state not in UNDER_WAY:
        return None
    return definition_for(application).step(application.step)


def is_last_step(application: Application) -> bool:
    """Whether passing the present step means recognition."""
    return bool(application.steps) and application.steps[-1]["code"] == application.step


def review_queue(
    viewer: Viewer, *, type_code: str = "", is_own_only: bool = True
) -> QuerySet[Application]:
    """List applications whose present step the viewer can pass, the longest waiting first.

    Args:
        is_own_only: leave out steps of lower authorities, which the viewer only supervises.
    """
    condition = Q(pk__in=[])
    for duty, by in (("registers.review", "officer"), ("registers.decide", "leader")):
        paths = viewer.paths(duty)
        if is_own_only and not viewer.is_system:
            place = Q(step_path__in=paths)
        else:
            place = viewer.within(duty, "step_path")
        condition |= place & Q(step_by=by)
    found: Any = (
        Application.objects.visible_to(viewer)
        .filter(condition, state__in=UNDER_WAY)
        .select_related(*WITH)
        .defer("type_version__definition")
        .order_by("step_since", "pk")
    )
    return found.filter(type__code=type_code) if type_code else found  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Something that stands in the way of another application for the same."""

    message: str
    application: Application | None = None
    entry: Entry | None = None


def duplicate_of(
    *,
    kind: RegisterType,
    definition: RegisterDefinition,
    level: str,
    title: str,
    organisation: Any,
    region: Any,
    on: datetime.date,
    but: Application | None = None,
    entry: Entry | None = None,
) -> Duplicate | None:
    """Return an open application or a recognition in force for the same thing at this level.

    The same thing is of the same type and holder and has the same title; for types of which an
    organisation holds one only, the title does not matter.

    Args:
        but: the application that asks.
        entry: the entry that it is to be recognised again; its recognitions do not stand in the way.
    """
    holder = {"organisation": organisation}
    if organisation is None:
        holder["region"] = region
    same = {"type": kind, **holder}
    if not definition.one_per_applicant or organisation is None:
        same["title__iexact"] = title.strip()
    open_ones = Application.objects.filter(**same, level=level, state__in=OPEN)
    if entry is not None:
        open_ones |= Application.objects.filter(entry=entry, level=level, state__in=OPEN)
    if but is not None:
        open_ones = open_ones.exclude(pk=but.pk)
    first = open_ones.first()
    if first is not None:
        message = _("There is an open application for the same: “%(title)s”. Go on with that one.")
        return Duplicate(message % {"title": first.title}, application=first)
    in_force = Recognition.objects.on(on).filter(level=level)
    held = Entry.objects.filter(**same, pk__in=in_force.values("entry"))
    if entry is not None:
        held = held.exclude(pk=entry.pk)
    known = held.first()
    if known is None:
        return None
    message = _(
        "“%(title)s” (%(number)s) is recognised at this level already. Ask for its renewal instead."
    )
    return Duplicate(message % {"title": known.title, "number": known.number}, entry=known)


def carried_values(values: Mapping[str, Any], *, old: TypeVersion, new: TypeVersion) -> Carried:
    """Bring values from one version of a type's form to another."""
    return carry(values, old=definition_of(old).form, new=definition_of(new).form)


def carried_over(application: Application, *, on: datetime.date) -> Carried | None:
    """Return the values brought to the newest version of the form, or None if it is the same."""
    newest = current_version(application.type, on=on)
    if newest.pk == application.type_version_id:
        return None
    return carried_values(application.values, old=application.type_version, new=newest)


def moves_of(
    application: Application, *, viewer: Viewer, on: datetime.date
) -> Mapping[str, Decision]:
    """Return the moves that make sense now, each with whether the viewer may, and why not.

    Give an application with members as from `get_application`.
    """
    found: dict[str, Decision] = {}
    write = permissions.can_write_application(viewer, application)
    if application.state in workflow.WRITABLE:
        found["submit"] = write
    if application.state in OPEN:
        found["withdraw"] = write
    step = step_of(application)
    if step is None:
        return found
    judge = permissions.can_judge(viewer, application, step)
    last = is_last_step(application)
    if step.kind == "publicity" and application.state == ApplicationState.IN_REVIEW:
        found["start_publicity"] = judge
    elif step.kind == "publicity":
        found["recognise" if last else "close_publicity"] = judge and notice_is_over(
            application, on=on
        )
    elif step.kind == "scoring":
        found["approve"] = judge and has_passed(application, step)
    else:
        found["recognise" if last else "approve"] = judge
    if is_being_scored(application, step):
        judge = judge and refuse(_("Experts are giving their points. Close the scoring first."))
    found["return"] = found["reject"] = judge
    return {name: found[name] for name in APPLICATION.moves if name in found}


def is_being_scored(application: Application, step: Step) -> bool:
    """Whether experts were drawn for the application and have not all given their points."""
    if step.scoring is None:
        return False
    panel = panel_for(application)
    return panel is not None and panel.state == PanelState.DRAWN


def has_passed(application: Application, step: Step) -> Decision:
    """Answer whether the experts' score lets the application pass the step."""
    if step.scoring is None:
        return ALLOWED
    if application.score is None:
        return refuse(_("The experts have not all given their points yet."))
    if float(application.score) < step.scoring.pass_mark:
        return refuse(
            _("The score %(score)s is below the pass mark %(mark)s; return or reject it.")
            % {"score": application.score, "mark": f"{step.scoring.pass_mark:g}"}
        )
    return ALLOWED


def notice_is_over(application: Application, *, on: datetime.date) -> Decision:
    """Answer whether the public notice is over and nothing that was raised stands in the way."""
    ends = application.publicity_ends_on
    if ends is None or on < ends:
        last = None if ends is None else ends - datetime.timedelta(days=1)
        return refuse(_("The public notice runs until %(day)s.") % {"day": last})
    objections = list(application.objections.all())
    if any(objection.state == ObjectionState.OPEN for objection in objections):
        return refuse(_("An objection is still open. Settle it first."))
    # one that was upheld during an earlier notice was met by the return that followed
    since = application.step_since
    present = [o for o in objections if since is None or o.lodged_at >= since]
    if any(objection.state == ObjectionState.UPHELD for objection in present):
        return refuse(_("An objection was upheld: return or reject the application."))
    return ALLOWED


def on_notice(*, on: datetime.date, region: Any = None) -> QuerySet[Application]:
    """List what is on public notice, for everybody; show title, holder, level and public fields."""
    found: Any = (
        Application.objects.on_notice(on)
        .select_related(*WITH)
        .defer("type_version__definition")
        .order_by("publicity_ends_on", "pk")
    )
    if region is not None:
        found = found.filter(region__path__startswith=region.path)
    return found  # type: ignore[no-any-return]


def get_on_notice(uuid: UUID | str, *, on: datetime.date) -> Application:
    """Return one application that is on public notice, or raise NotFound."""
    found = on_notice(on=on).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def objections_of(application: Application, *, viewer: Viewer) -> list[Objection]:
    """List the objections that the viewer settles, or lodged."""
    return list(
        Objection.objects.visible_to(viewer)
        .filter(application=application)
        .select_related("application")
    )


def get_objection(uuid: UUID | str, *, viewer: Viewer) -> Objection:
    """Return one objection that the viewer settles or lodged, or raise NotFound."""
    found: Objection | None = (
        Objection.objects.visible_to(viewer)
        .select_related("application__organisation__scope", "application__scope")
        .prefetch_related("application__members__organisation__scope")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def reviews_of(application: Application) -> list[Review]:
    """List what was said about an application that the viewer may see, oldest first."""
    return list(application.reviews.all())


def get_attachment(uuid: UUID | str, *, viewer: Viewer) -> Attachment:
    """Return a file of an application or entry that is open to the viewer, or raise NotFound."""
    found: Attachment | None = Attachment.objects.visible_to(viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found
