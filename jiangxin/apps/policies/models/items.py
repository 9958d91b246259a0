"""What was read from documents and reviewed by people: targets, milestones, duties, table rows."""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models import OrganisationSet
from jiangxin.apps.policies.models.documents import Clause, PolicyDocument
from jiangxin.apps.policies.workflow import ADOPTED_STATES, DocumentState, ItemState, Verdict
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer

Row = TypeVar("Row", bound=models.Model, covariant=True)


class ItemQuerySet(models.QuerySet[Row]):
    """Filters of everything that is read from a document."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep items in the viewer's scope, and adopted ones of published documents."""
        return self.filter(
            viewer.within("policies.view")
            | Q(document__state=DocumentState.PUBLISHED, state__in=ADOPTED_STATES)
        )

    def adopted(self) -> Self:
        """Keep items that a person accepted or corrected."""
        return self.filter(state__in=ADOPTED_STATES)


class Item(Entity):
    """Something that a document says, as read by the parser and as a person left it."""

    class Origin(models.TextChoices):
        PARSER = "parser", _("read from the text")
        PERSON = "person", _("added by hand")
        FACTS = "facts", _("structured facts without the text")

    # fields that a person may correct, in the order of the form
    EDITABLE: ClassVar[tuple[str, ...]] = ()
    # stable word for addresses and events
    KIND: ClassVar[str] = ""

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    document = models.ForeignKey(PolicyDocument, models.CASCADE, related_name="%(class)s_items")
    # empty where the item stands outside all clauses
    clause = models.ForeignKey(
        Clause, models.SET_NULL, null=True, blank=True, related_name="%(class)s_items"
    )
    # path of the clause or row as one cites it; kept also where no clause row is known
    place = models.CharField(max_length=300, blank=True, default="")
    # code points of the document's text; empty for rows known without the text
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    quote = models.TextField(blank=True, default="")
    origin = models.CharField(max_length=6, choices=Origin.choices, default=Origin.PARSER)
    # values of the editable fields as first read; corrections never touch them
    as_read = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.READ)
    # counts decisions; a form that was opened on an older version is merged or refused
    version = models.PositiveIntegerField(default=1)
    reviewed_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # kept beside the key: the system has a name but no row
    reviewed_by_name = models.CharField(max_length=100, blank=True, default="")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    # why it was rejected or corrected, in the reviewer's words
    review_note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        abstract = True
        ordering = ["document", F("start").asc(nulls_last=True), "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__isnull=True, end__isnull=True) | Q(end__gt=F("start")),
                name="%(app_label)s_%(class)s_offsets_run_forward",
                violation_error_message=_("The marked stretch must hold at least one character."),
            ),
            models.CheckConstraint(
                condition=Q(state="read") | Q(reviewed_at__isnull=False),
                name="%(app_label)s_%(class)s_reviewed_has_time",
                violation_error_message=_("A decision needs the time at which it was taken."),
            ),
        ]

    @property
    def is_adopted(self) -> bool:
        """Whether a person accepted or corrected it."""
        return self.state in ADOPTED_STATES

    @property
    def kind(self) -> str:
        """Word of the kind, for addresses."""
        return self.KIND

    def values(self) -> dict[str, Any]:
        """Return the editable fields as plain values."""
        return {name: getattr(self, name) for name in self.EDITABLE}


class Target(Item):
    """A promise with a number, and the indicator that measures it."""

    class Comparator(models.TextChoices):
        AT_LEAST = ">=", _("at least")
        AT_MOST = "<=", _("at most")
        EXACTLY = "==", _("exactly")
        ABOUT = "~", _("about")
        RANGE = "range", _("between")

    class Strength(models.TextChoices):
        BINDING = "binding", _("binding")
        PLANNED = "planned", _("planned")
        ASPIRED = "aspired", _("aspired to")
        ENCOURAGED = "encouraged", _("encouraged")

    class Binding(models.TextChoices):
        NONE = "none", _("not bound")
        SUGGESTED = "suggested", _("suggested")
        CONFIRMED = "confirmed", _("confirmed")

    KIND = "target"
    EDITABLE = (
        "metric",
        "comparator",
        "low",
        "high",
        "unit",
        "due_on",
        "scope_text",
        "strength",
        "baseline_value",
        "baseline_year",
    )

    metric = models.CharField(_("metric"), max_length=200)
    comparator = models.CharField(_("comparator"), max_length=5, choices=Comparator.choices)
    # as written in the unit of the document: 50 with "%", 200000 for 20 万
    low = models.FloatField(_("value"))
    # upper end of a range; empty otherwise
    high = models.FloatField(_("upper value"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    # last day on which the promise may be met; empty where the document states none
    due_on = models.DateField(_("deadline"), null=True, blank=True)
    # whom or what the number is about, as printed
    scope_text = models.CharField(_("whom it concerns"), max_length=300, blank=True, default="")
    strength = models.CharField(
        _("strength"), max_length=10, choices=Strength.choices, default=Strength.PLANNED
    )
    # where it started, in the unit of the document; empty: the first measured year is taken
    baseline_value = models.FloatField(_("starting value"), null=True, blank=True)
    baseline_year = models.PositiveSmallIntegerField(_("starting year"), null=True, blank=True)
    # whose value is held against it; the region of the document until somebody says otherwise
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    # who answers for it
    owners: Any = OrganisationSet(
        on_merger="follow", label=_("targets to answer for"), blank=True, related_name="+"
    )
    # code of the indicator that measures it; empty while there is none
    indicator_code = models.CharField(max_length=80, blank=True, default="", db_index=True)
    binding = models.CharField(max_length=10, choices=Binding.choices, default=Binding.NONE)
    # codes that a person said are wrong; never suggested again
    rejected_indicators = models.JSONField(default=list, blank=True)
    bound_by_name = models.CharField(max_length=100, blank=True, default="")
    bound_at = models.DateTimeField(null=True, blank=True)

    objects = ItemQuerySet["Target"].as_manager()

    class Meta(Item.Meta):
        constraints = [
            *Item.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(comparator="range") | Q(high__isnull=False) & Q(high__gte=F("low")),
                name="policies_target_range_has_two_ends",
                violation_error_message=_(
                    "A range needs an upper value that is not below the lower."
                ),
            ),
            models.CheckConstraint(
                condition=Q(binding="none", indicator_code="")
                | ~Q(binding="none") & ~Q(indicator_code=""),
                name="policies_target_binding_has_indicator",
                violation_error_message=_("Choose the indicator that measures the target."),
            ),
        ]
        indexes = [models.Index(fields=["region", "state"])]

    def __str__(self) -> str:
        return self.metric


class Milestone(Item):
    """A promise without a number: a dated event, a recurring duty or a word such as “all”."""

    class Kind(models.TextChoices):
        ONE_OFF = "one-off", _("one-off")
        ANNUAL = "annual", _("every year")
        PERIODIC = "periodic", _("periodic")
        COVERAGE = "coverage", _("full coverage")
        RATIO_WORD = "ratio-word", _("ratio in words")

    KIND = "milestone"
    EDITABLE = ("milestone", "milestone_kind", "due_on", "recurrence", "scope_text")

    milestone = models.CharField(_("milestone"), max_length=500)
    milestone_kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    due_on = models.DateField(_("deadline"), null=True, blank=True)
    # words of the rhythm as printed; empty for one-off events
    recurrence = models.CharField(_("rhythm"), max_length=60, blank=True, default="")
    scope_text = models.CharField(_("whom it concerns"), max_length=300, blank=True, default="")

    objects = ItemQuerySet["Milestone"].as_manager()

    def __str__(self) -> str:
        return self.milestone


class Responsibility(Item):
    """Units that answer for a clause in one role, as printed."""

    class Role(models.TextChoices):
        LEAD = "lead", _("lead")
        SUPPORT = "support", _("support")
        UNSPECIFIED = "unspecified", _("not stated")

    KIND = "responsibility"
    EDITABLE = ("role", "units")

    role = models.CharField(_("role"), max_length=11, choices=Role.choices)
    # list of names as printed
    units = models.JSONField(_("units"), default=list)
    # those of the units that the register of organisations knows
    organisations: Any = OrganisationSet(
        on_merger="follow", label=_("responsibilities in documents"), blank=True, related_name="+"
    )

    objects = ItemQuerySet["Responsibility"].as_manager()

    class Meta(Item.Meta):
        verbose_name_plural = "responsibilities"

    def __str__(self) -> str:
        return "、".join(self.units)


class TaskRow(Item):
    """A numbered row of a task table, before it becomes a task."""

    KIND = "taskrow"
    EDITABLE = (
        "number",
        "action",
        "sub_action",
        "task",
        "indicator",
        "responsible",
        "implementers",
    )

    number = models.PositiveIntegerField(_("number"))
    action = models.CharField(_("action"), max_length=300, blank=True, default="")
    sub_action = models.CharField(_("sub-action"), max_length=300, blank=True, default="")
    task = models.TextField(_("task"))
    indicator = models.TextField(_("indicator"), blank=True, default="")
    # lists of names as printed
    responsible = models.JSONField(_("responsible"), default=list, blank=True)
    implementers = models.JSONField(_("implemented by"), default=list, blank=True)

    objects = ItemQuerySet["TaskRow"].as_manager()

    def __str__(self) -> str:
        return f"{self.number} {self.task}"


ITEM_KINDS: dict[str, type[Target | Milestone | Responsibility | TaskRow]] = {
    kind.KIND: kind for kind in (Target, Milestone, Responsibility, TaskRow)
}


class ItemRevision(models.Model):
    """The values of an item after a decision: its history, and the base of a merge."""

    document = models.ForeignKey(PolicyDocument, models.CASCADE, related_name="+")
    item_kind = models.CharField(max_length=20)
    item_uuid = models.UUIDField(db_index=True)
    version = models.PositiveIntegerField()
    values = models.JSONField()
    state = models.CharField(max_length=10, choices=ItemState.choices)
    note = models.CharField(max_length=500, blank=True, default="")
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        ordering = ["item_uuid", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["item_uuid", "version"], name="policies_revision_version_once"
            )
        ]


class ContradictionQuerySet(models.QuerySet["Contradiction"]):
    """Filters of contradictions."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep contradictions in the viewer's scope; the public sees none."""
        return self.filter(viewer.within("policies.view"))


class Contradiction(Entity):
    """Targets on one metric for one year that name different values; all of them are kept."""

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    # the targets' uuids in order, hashed: found once, remembered for ever
    key = models.CharField(max_length=64)
    targets: Any = models.ManyToManyField(Target, related_name="contradictions")
    # what they have in common and where they differ, as codes with values, for people
    reason = models.JSONField(default=dict, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.SUGGESTED)
    # which reading holds, in the officer's words
    note = models.CharField(max_length=500, blank=True, default="")
    decided_by_name = models.CharField(max_length=100, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField()

    objects = ContradictionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="policies_contradiction_once")
        ]
