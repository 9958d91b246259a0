"""Documents as they came in, their clauses, and which document carries out which."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.policies.workflow import DocumentState, Verdict
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    """Filters of files."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep files of the viewer's scope; files of published things are reached through these."""
        return self.filter(viewer.within("policies.view") | viewer.within("tasks.view"))


class StoredFile(Entity):
    """A file exactly as somebody gave it: an original document, or evidence of work done.

    Its bytes are in the database, so that they share the transaction and the backup of the row
    that refers to them.
    """

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.PositiveBigIntegerField()
    content = models.BinaryField()
    given_by_name = models.CharField(max_length=100)
    given_at = models.DateTimeField()

    objects = StoredFileQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class DocumentQuerySet(models.QuerySet["PolicyDocument"]):
    """Filters of documents."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep published documents and those within the viewer's scope."""
        return self.filter(viewer.within("policies.view") | Q(state=DocumentState.PUBLISHED))


class PolicyDocument(Entity):
    """A policy or an action plan of an authority, as kept by one office."""

    # the office that keeps this copy; decides who may review and see it
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    # the region whose authority issued it; guessed from the issuers until a person confirms
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    region_is_confirmed = models.BooleanField(default=False)
    title = models.CharField(max_length=300)
    # as printed, for instance with the year in 〔〕; empty where the document has none
    document_number = models.CharField(max_length=100, blank=True, default="")
    # list of names, as printed
    issuers = models.JSONField(default=list, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    # the years that the plan speaks for, half-open: 2024-2027 ends on 2028-01-01
    plan_starts_on = models.DateField(null=True, blank=True)
    plan_ends_on = models.DateField(null=True, blank=True)
    # how the document itself says that it may be disclosed; empty where it does not say
    disclosure = models.CharField(max_length=60, blank=True, default="")
    # [{"title", "document_number"}] of all documents cited
    references = models.JSONField(default=list, blank=True)
    # the decoded words, never altered; empty where only structured facts are known
    text = models.TextField(blank=True, default="")
    # of the text in UTF-8; empty without text
    text_sha256 = models.CharField(max_length=64, blank=True, default="", db_index=True)
    # the file that the text was read from; empty without text
    original = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="documents"
    )
    # what reading the file warned of, for instance pages that are pictures
    warnings = models.JSONField(default=list, blank=True)
    state = models.CharField(
        max_length=10, choices=DocumentState.choices, default=DocumentState.IMPORTED
    )
    imported_by_name = models.CharField(max_length=100)
    imported_at = models.DateTimeField()
    adopted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = [F("issued_on").desc(nulls_last=True), "title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "text_sha256"],
                condition=~Q(text_sha256=""),
                name="policies_document_text_once",
                violation_error_message=_("This text is already in the register."),
            ),
            models.CheckConstraint(
                condition=Q(plan_starts_on__isnull=True)
                | Q(plan_ends_on__isnull=True)
                | Q(plan_ends_on__gt=F("plan_starts_on")),
                name="policies_document_plan_runs_forward",
                violation_error_message=_("The plan must end after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="policies_document_published_has_time",
                violation_error_message=_("A published document needs the time of publication."),
            ),
            models.CheckConstraint(
                condition=Q(text="", text_sha256="") | ~Q(text="") & ~Q(text_sha256=""),
                name="policies_document_text_has_hash",
                violation_error_message=_("The hash belongs to the text."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def has_text(self) -> bool:
        """Whether the original words are here."""
        return bool(self.text_sha256)

    @property
    def plan_years(self) -> str:
        """First and last year of the plan, both included; empty where none is stated."""
        if self.plan_starts_on is None or self.plan_ends_on is None:
            return ""
        last = self.plan_ends_on - datetime.timedelta(days=1)
        return f"{self.plan_starts_on.year}–{last.year}"

    @property
    def citation(self) -> str:
        """Title with the number, as one cites it."""
        return (
            f"《{self.title}》（{self.document_number}）"
            if self.document_number
            else f"《{self.title}》"
        )


class ClauseQuerySet(models.QuerySet["Clause"]):
    """Filters of clauses."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep clauses of documents that the viewer may see."""
        return self.filter(
            viewer.within("policies.view") | Q(document__state=DocumentState.PUBLISHED)
        )


class Clause(Entity):
    """A numbered piece of a document."""

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    document = models.ForeignKey(PolicyDocument, models.CASCADE, related_name="clauses")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    # identifier that the parser gave, unique within the document
    key = models.CharField(max_length=40)
    # order of the text, from 0
    position = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField()
    # as printed, without a trailing "、"
    number = models.CharField(max_length=60, blank=True, default="")
    heading = models.CharField(max_length=500, blank=True, default="")
    # numbers from the top joined with "/"; an unnumbered leaf by its heading
    path = models.CharField(max_length=300, blank=True, default="")
    # own words without those of sub-clauses, line wraps undone; empty without the text
    text = models.TextField(blank=True, default="")
    # where it stands in the document's text; empty without the text
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)

    objects = ClauseQuerySet.as_manager()

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "key"], name="policies_clause_key_once"),
            models.CheckConstraint(
                condition=Q(start__isnull=True, end__isnull=True) | Q(end__gte=F("start")),
                name="policies_clause_offsets_run_forward",
                violation_error_message=_("A clause must end after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.heading}".strip()


class LinkQuerySet(models.QuerySet["DocumentLink"]):
    """Filters of links between documents."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep links kept in the viewer's scope, and confirmed ones between published documents."""
        return self.filter(
            viewer.within("policies.view")
            | Q(
                verdict=Verdict.CONFIRMED,
                parent__state=DocumentState.PUBLISHED,
                child__state=DocumentState.PUBLISHED,
            )
        )


class DocumentLink(Entity):
    """A document carries out another one of a higher authority or an earlier day."""

    class Origin(models.TextChoices):
        CITED = "cited", _("cited in the text")
        LIKENESS = "likeness", _("clauses alike")
        PERSON = "person", _("added by hand")

    # the scope of the child: its office decides what it carries out
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    parent = models.ForeignKey(PolicyDocument, models.CASCADE, related_name="links_down")
    child = models.ForeignKey(PolicyDocument, models.CASCADE, related_name="links_up")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    # the reason for people: the words of the citation, or who added it
    reason = models.CharField(max_length=500, blank=True, default="")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.SUGGESTED)
    decided_by_name = models.CharField(max_length=100, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    # when the clauses were last held against each other; empty before the first time
    compared_at = models.DateTimeField(null=True, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["child", "parent"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "child"],
                name="policies_link_once",
                violation_error_message=_("These two documents are already linked."),
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("child")),
                name="policies_link_two_documents",
                violation_error_message=_("A document cannot carry out itself."),
            ),
        ]


class PairQuerySet(models.QuerySet["CascadePair"]):
    """Filters of pairs of clauses."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep pairs of the viewer's scope, and confirmed ones between published documents."""
        return self.filter(
            viewer.within("policies.view")
            | Q(
                verdict=Verdict.CONFIRMED,
                link__parent__state=DocumentState.PUBLISHED,
                link__child__state=DocumentState.PUBLISHED,
            )
        )


class CascadePair(Entity):
    """A clause of a child document carries out, or touches, a clause of its parent."""

    class Strength(models.IntegerChoices):
        CARRIES = 2, _("carries it out")
        TOUCHES = 1, _("touches it")
        ALIKE = 0, _("alike only")

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    link = models.ForeignKey(DocumentLink, models.CASCADE, related_name="pairs")
    parent_clause = models.ForeignKey(Clause, models.CASCADE, related_name="carriers")
    child_clause = models.ForeignKey(Clause, models.CASCADE, related_name="carries")
    score = models.FloatField(default=0)
    strength = models.PositiveSmallIntegerField(choices=Strength.choices)
    # words that both clauses share: the reason shown to people
    shared = models.JSONField(default=list, blank=True)
    # a person's word outlives every later comparison
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.SUGGESTED)
    decided_by_name = models.CharField(max_length=100, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = PairQuerySet.as_manager()

    class Meta:
        ordering = ["parent_clause__position", "-strength", "-score", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent_clause", "child_clause"],
                name="policies_pair_once",
                violation_error_message=_("These two clauses are already paired."),
            )
        ]


class StrategyQuerySet(models.QuerySet["StrategyNode"]):
    """Filters of headings of the strategy map."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep headings of documents that the viewer may see."""
        return self.filter(
            viewer.within("policies.view") | Q(document__state=DocumentState.PUBLISHED)
        )


class StrategyNode(Entity):
    """A heading of the strategy map under which clauses, and so their targets and tasks, roll up."""

    class Kind(models.TextChoices):
        POSITIONING = "positioning", _("positioning")
        GOAL = "goal", _("goal")
        TRANSFORMATION = "transformation", _("transformation")
        KEY_TASK = "key_task", _("key task")

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    document = models.ForeignKey(PolicyDocument, models.CASCADE, related_name="strategy")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    # the clauses, each with everything below it, that serve this heading
    clauses: Any = models.ManyToManyField(Clause, blank=True, related_name="strategy")

    objects = StrategyQuerySet.as_manager()

    class Meta:
        ordering = ["document", "kind", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "kind", "title"],
                name="policies_strategy_node_once",
                violation_error_message=_("This heading is already on the strategy map."),
            )
        ]

    def __str__(self) -> str:
        return self.title
