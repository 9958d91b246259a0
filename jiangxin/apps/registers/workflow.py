"""States of applications and of what was recognised, with their moves."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jiangxin.core.workflow import Move, Workflow


class ApplicationState(models.TextChoices):
    """Where an application stands between its draft and the decision."""

    # the applicant works on it
    DRAFT = "draft", _("draft")
    RETURNED = "returned", _("returned")
    # the authority works on it, step by step
    IN_REVIEW = "in_review", _("in review")
    IN_PUBLICITY = "in_publicity", _("in public notice")
    # the end
    RECOGNISED = "recognised", _("recognised")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


# the applicant may write
WRITABLE = (ApplicationState.DRAFT.value, ApplicationState.RETURNED.value)
# the authority has it
UNDER_WAY = (ApplicationState.IN_REVIEW.value, ApplicationState.IN_PUBLICITY.value)
OPEN = (*WRITABLE, *UNDER_WAY)

APPLICATION = Workflow(
    "application",
    dict(ApplicationState.choices),
    # by the applicant
    Move("submit", WRITABLE, "in_review", "applicant", _("Submit")),
    Move("withdraw", OPEN, "withdrawn", "applicant", _("Withdraw")),
    # by whoever has the step; passing it leads to the next step
    Move("approve", ("in_review",), "in_review", "reviewer", _("Approve")),
    Move("return", UNDER_WAY, "returned", "reviewer", _("Return")),
    Move("reject", UNDER_WAY, "rejected", "reviewer", _("Reject")),
    Move("start_publicity", ("in_review",), "in_publicity", "reviewer", _("Put on public notice")),
    Move("close_publicity", ("in_publicity",), "in_review", "reviewer", _("End the public notice")),
    # the last step
    Move("recognise", UNDER_WAY, "recognised", "decider", _("Recognise")),
)


class EntryState(models.TextChoices):
    """Whether a recognised thing is in force."""

    IN_FORCE = "in_force", pgettext_lazy("recognition", "in force")
    EXPIRED = "expired", pgettext_lazy("recognition", "expired")
    REVOKED = "revoked", pgettext_lazy("recognition", "revoked")


class Level(models.TextChoices):
    """Level of the authority that recognises a thing, highest first."""

    NATIONAL = "national", pgettext_lazy("level", "national")
    PROVINCIAL = "provincial", pgettext_lazy("level", "provincial")
    CITY = "city", pgettext_lazy("level", "city")
    COUNTY = "county", pgettext_lazy("level", "district or county")
    SCHOOL = "school", pgettext_lazy("level", "school")


# height of each level: the highest recognition in force counts
RANK = {level.value: rank for rank, level in enumerate(reversed(Level))}


class SeatState(models.TextChoices):
    """Whether a drawn expert scores."""

    DRAWN = "drawn", _("drawn")
    CONFLICTED = "conflicted", _("stepped down for a conflict of interest")


class PanelState(models.TextChoices):
    """How far a panel of experts is."""

    ANNOUNCED = "announced", _("announced")
    DRAWN = "drawn", _("drawn")
    CLOSED = "closed", _("closed")


PANEL = Workflow(
    "panel",
    dict(PanelState.choices),
    Move("draw", ("announced",), "drawn", "reviewer", _("Draw the experts")),
    Move("close", ("drawn",), "closed", "reviewer", _("Close the scoring")),
)


class ObjectionState(models.TextChoices):
    """What became of an objection raised during the public notice."""

    OPEN = "open", _("open")
    UPHELD = "upheld", _("upheld")
    DISMISSED = "dismissed", _("dismissed")


class Group(models.TextChoices):
    """Kinds of registers, in the order of the overview."""

    CONSORTIA = "consortia", _("Consortia and communities")
    CENTRES = "centres", _("Practice centres and bases")
    COLLEGES = "colleges", _("Industry colleges")
    SCHOOLS = "schools", _("Designated schools")
    CONSTRUCTION = "construction", _("Construction projects")
    TEACHING = "teaching", _("Courses, textbooks and standards")
    TEACHERS = "teachers", _("Teachers and teams")
    DIGITAL = "digital", _("Digital transformation")
    RESEARCH = "research", _("Research and transfer")
    INTERNATIONAL = "international", _("International cooperation")
    RURAL = "rural", _("Rural revitalisation and lifelong learning")
    FINANCE = "finance", _("Funding and incentives")
    GOVERNANCE = "governance", _("Governance")
    HONOURS = "honours", _("Honours and awards")
    DEMAND = "demand", _("Demand and supply")
