"""What reviewers and bureaus can do with one return, with the form of each act."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiangxin.apps.collections import permissions
from jiangxin.apps.collections.forms import DeadlineForm, NoteForm, ReasonForm
from jiangxin.apps.collections.views.places import REVIEWERS
from jiangxin.apps.collections.views.words import value_words
from jiangxin.apps.collections.workflow import FILING, WAITING, Verb
from jiangxin.core.permissions import Decision

FORMS: dict[str, Any] = {
    "approve": NoteForm,
    "return": ReasonForm,
    "refuse": ReasonForm,
    "excuse": ReasonForm,
    "extend": DeadlineForm,
    "expect": NoteForm,
}
_STEP_LABELS = {
    Verb.APPROVE.value: gettext_lazy("Approve"),
    Verb.CONSENT.value: gettext_lazy("Consent"),
    Verb.RECORD.value: gettext_lazy("Put on record"),
}


def review_panel(request: Any, found: Any, refused: Any) -> list[dict[str, Any]]:
    """Return what the viewer can do with a return beside filing it, each act with its form."""
    viewer = request.viewer
    manage = permissions.can_manage_filing(viewer, found)
    verb = _STEP_LABELS[found.current_step.step.verb]
    acts: list[dict[str, Any]] = []

    def offer(name: str, label: Any, decision: Decision, *, strong: bool = False) -> None:
        acts.append(
            {
                "name": name,
                "label": label,
                "decision": decision,
                "form": refused.get(name) or FORMS[name](),
                "is_open": name in refused,
                "is_strong": strong,
            }
        )

    takes_part = bool(viewer.roles & set(REVIEWERS))
    if found.state in WAITING and takes_part:
        offer("approve", verb, permissions.can_review(viewer, found), strong=True)
    if found.state == "amended" and takes_part:
        offer("refuse", _("Refuse the correction"), permissions.can_review(viewer, found))
    if FILING.can(found.state, "return") and takes_part and found.edition.state != "locked":
        offer("return", _("Give back for rework"), permissions.can_return(viewer, found))
    if manage and found.edition.state != "locked":
        if FILING.can(found.state, "excuse"):
            offer("excuse", _("Excuse this filer"), manage)
            offer("extend", _("Move the deadline for this filer"), manage)
        if FILING.can(found.state, "expect"):
            offer("expect", _("Expect this filer again"), manage)
    for act in acts:
        if act["name"] == "return":
            act["fields"] = _remark_fields(request, found)
    return acts


def _remark_fields(request: Any, found: Any) -> list[dict[str, str]]:
    return [
        {
            "code": field.code,
            "label": str(field.label),
            "value": value_words(field, found.values.get(field.code)),
            "typed": request.POST.get(f"remark:{field.code}", ""),
        }
        for field in found.version.definition.form.fields
    ]
