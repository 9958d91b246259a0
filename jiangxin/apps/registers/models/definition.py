"""What a type says: read from its YAML (or from the screen) and checked, place by place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from django.apps import apps
from django.utils.translation import gettext as _

from jiangxin.apps.registers.workflow import RANK, Group, Level
from jiangxin.core.forms import Form, InvalidForm, Label, parse_form
from jiangxin.core.forms.model import Field
from jiangxin.engines.base import Fields, InvalidProblem

T = TypeVar("T")

LEADER = "leader"
PLACES = ("county", "city", "provincial", "national", "level")


@dataclass(frozen=True, slots=True)
class Source:
    """A document that asks for the thing, with the article and what it says in our words."""

    document: str
    issuer: str = ""
    number: str = ""
    article: str = ""
    says: Label | None = None


@dataclass(frozen=True, slots=True)
class Organisations:
    """Which organisations fit; an empty list is any."""

    kinds: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    ownership: tuple[str, ...] = ()

    def fits(self, organisation: Any) -> bool:
        """Whether the organisation is of a kind, stage and ownership that may."""
        return (
            (not self.kinds or organisation.kind in self.kinds)
            and (not self.stages or organisation.stage in ("", *self.stages))
            and (not self.ownership or organisation.ownership in ("", *self.ownership))
        )

    @property
    def may_be_region(self) -> bool:
        """Whether the authority of a region may hold the thing itself, without an organisation."""
        return not self.kinds or "bureau" in self.kinds


@dataclass(frozen=True, slots=True)
class MemberRole:
    """A role in which organisations take part, and how many of them it needs."""

    code: str
    label: Label
    min: int
    max: int | None
    who: Organisations


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that experts judge, and the most points for it."""

    code: str
    label: Label
    points: float


@dataclass(frozen=True, slots=True)
class Scoring:
    """How many experts score, by what, and from which mean on an application passes."""

    experts: int
    pass_mark: float
    criteria: tuple[Criterion, ...]
    # the highest and the lowest total do not count
    drop_extremes: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the review: an office that judges, experts who score, or a public notice."""

    code: str
    label: Label
    kind: Literal["review", "scoring", "publicity"]
    # county, city, provincial, national, or "level": that of the authority that recognises
    at: str
    # role that judges: officer or leader
    by: str = "officer"
    scoring: Scoring | None = None
    publicity_days: int = 0

    @property
    def duty(self) -> str:
        """The duty that passing the step needs."""
        return "registers.decide" if self.by == "leader" else "registers.review"


@dataclass(frozen=True, slots=True)
class Annual:
    """The check of each entry once a year: in which month, and what is written down."""

    month: int
    form: Form


@dataclass(frozen=True, slots=True)
class Counting:
    """A rule that counts the type: an indicator that exists, or one that this rule makes."""

    # code of an indicator of rules/indicators; empty if the rule makes one
    indicator: str = ""
    code: str = ""
    label: Label | None = None
    unit: str = ""
    levels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    # adds up the quantity field instead of counting entries
    quantity: bool = False
    # further types that are counted together with this one
    together_with: tuple[str, ...] = ()
    # counts only what was first recognised in this year or later
    since: int | None = None
    requirements: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterDefinition:
    """One wording of a type of register."""

    code: str
    version: int
    label: Label
    group: str
    requirements: tuple[str, ...]
    purpose: Label
    sources: tuple[Source, ...]
    # what no document says and we decided
    inferred: Label | None
    extends: str
    # highest first
    levels: tuple[str, ...]
    applicants: Organisations
    members: tuple[MemberRole, ...]
    form: Form
    review: tuple[Step, ...]
    # applications only within an open call
    calls: bool
    validity_years: int | None
    annual_check: Annual | None
    kind_field: str
    quantity_field: str
    # codes of the fields in the public directory; None: it has none
    public: tuple[str, ...] | None
    # an organisation holds at most one at a level, whatever its title
    one_per_applicant: bool
    counting: tuple[Counting, ...]

    def step(self, code: str) -> Step | None:
        """Return the step with this code, if there is one."""
        return next((step for step in self.review if step.code == code), None)

    def role(self, code: str) -> MemberRole | None:
        """Return the role with this code, if there is one."""
        return next((role for role in self.members if role.code == code), None)


# of these an extending type says nothing, it takes over what the other says
_INHERITED = (
    "levels",
    "applicants",
    "members",
    "review",
    "calls",
    "validity_years",
    "annual_check",
    "kind_field",
    "quantity_field",
    "public",
    "one_per_applicant",
)


def resolved(raw: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the definition with everything that it takes over by `extends` written out.

    Args:
        known: definitions by code, not resolved themselves.

    Raises:
        InvalidForm: the other type does not exist, or the chain comes back to where it began.
    """
    chain = [dict(raw)]
    seen = [str(raw.get("code"))]
    while other := chain[-1].get("extends"):
        if other in seen:
            raise InvalidForm(
                _("The types extend each other in a circle: %(chain)s. Take one `extends` out.")
                % {"chain": " → ".join([*seen, str(other)])},
                path="extends",
            )
        if other not in known:
            raise InvalidForm(
                _("There is no type “%(code)s” to extend.") % {"code": other}, path="extends"
            )
        seen.append(str(other))
        chain.append(dict(known[other]))
    whole = chain.pop()
    while chain:
        whole = _laid_over(whole, chain.pop())
    return whole


def _laid_over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    whole = {key: base[key] for key in _INHERITED if key in base} | dict(own)
    for key in ("sections", "fields"):
        whole[key] = {**(base.get(key) or {}), **(own.get(key) or {})}
    checks = own.get("checks") or []
    own_codes = {check.get("code") for check in checks if isinstance(check, Mapping)}
    whole["checks"] = [c for c in base.get("checks") or [] if c.get("code") not in own_codes]
    whole["checks"] += checks
    return whole


def parse_definition(raw: Mapping[str, Any], *, version: int = 1) -> RegisterDefinition:
    """Read a resolved definition.

    Raises:
        InvalidForm: something is missing, unknown or contradictory; names the place.
    """
    form = parse_form(raw, code=str(raw.get("code") or ""), version=version)
    try:
        return _parse(Fields(dict(raw)), form, version)
    except InvalidProblem as problem:
        raise InvalidForm(problem.message, path=problem.field or "") from problem


def _parse(fields: Fields, form: Form, version: int) -> RegisterDefinition:
    for key in ("sections", "fields", "checks"):  # read by parse_form
        if key in fields:
            fields.raw(key)
    definition = RegisterDefinition(
        code=fields.text("code"),
        version=version,
        label=_label(fields),
        group=fields.one_of("group", tuple(Group.values)),
        requirements=fields.texts("requirements"),
        purpose=_label(fields, "purpose"),
        sources=tuple(_source(source) for source in fields.inners("sources")),
        inferred=_bilingual(fields, "inferred"),
        extends=fields.text("extends", ""),
        levels=_levels(fields, "levels"),
        applicants=_organisations(fields.inner("applicants"))
        if "applicants" in fields
        else Organisations(),
        members=tuple(_named(fields, "members", _role)),
        form=form,
        review=tuple(_step(step) for step in fields.inners("review")),
        calls=fields.flag("calls", default=False),
        validity_years=_whole(fields, "validity_years", low=1),
        annual_check=_annual(fields, form.code, version),
        kind_field=fields.text("kind_field", ""),
        quantity_field=fields.text("quantity_field", ""),
        public=fields.texts("public") if "public" in fields.content() else None,
        one_per_applicant=fields.flag(
            "one_per_applicant", default=fields.raw("group") == Group.SCHOOLS
        ),
        counting=tuple(_counting(rule) for rule in fields.inners("counting")),
    )
    fields.finish()
    _check(definition)
    return definition


def _check(definition: RegisterDefinition) -> None:
    """Refuse what contradicts itself."""
    if not definition.code.isidentifier() or not definition.code.isascii():
        raise _wrong("code", _("Use small letters, digits and underscores."))
    if not definition.sources and not definition.inferred:
        raise _wrong("sources", _("Cite a document, or say under `inferred` what we decided."))
    if not definition.review:
        raise _wrong("review", _("Name at least one step."))
    if definition.review[-1].kind == "scoring":
        raise _wrong("review", _("After the experts somebody must decide: add a step."))
    if not any(step.at == "level" for step in definition.review):
        raise _wrong("review", _("One step must lie with the authority that recognises: level."))
    codes = [step.code for step in definition.review]
    if len(set(codes)) < len(codes):
        raise _wrong("review", _("Two steps have the same code."))
    if not definition.counting:
        raise _wrong("counting", _("Name at least one rule or indicator that counts the type."))
    asked = {field.code: field for field in definition.form.fields}
    for key, types in (("kind_field", ("choice",)), ("quantity_field", ("number", "money"))):
        code = getattr(definition, key)
        if code and (code not in asked or asked[code].type not in types or asked[code].many):
            raise _wrong(key, _("There is no field “%(code)s” that fits.") % {"code": code})
    for code in definition.public or ():
        if code not in asked:
            raise _wrong("public", _("There is no field “%(code)s”.") % {"code": code})
        if _is_private(asked[code]):
            raise _wrong(
                "public",
                _("“%(code)s” holds files or persons, which the public must not see.")
                % {"code": code},
            )
    for rule in definition.counting:
        _check_rule(rule, definition, asked)


def _check_rule(rule: Counting, definition: RegisterDefinition, asked: Mapping[str, Field]) -> None:
    path = f"counting.{rule.code or rule.indicator}"
    if rule.quantity and not definition.quantity_field:
        raise _wrong(path, _("It adds up quantities, so the type needs a `quantity_field`."))
    if rule.kinds:
        known = asked[definition.kind_field].choices if definition.kind_field else ()
        for kind in rule.kinds:
            if kind not in {choice.code for choice in known}:
                raise _wrong(path, _("There is no kind “%(code)s”.") % {"code": kind})
    for level in rule.levels:
        if level not in definition.levels:
            raise _wrong(path, _("There is no level “%(code)s”.") % {"code": level})


def _is_private(field: Field) -> bool:
    if field.type == "table":
        return any(_is_private(column) for column in field.columns)
    return field.type == "file" or (field.type == "link" and field.to == "person")


def _wrong(path: str, message: str) -> InvalidForm:
    return InvalidForm(message, path=path)


def _label(fields: Fields, key: str = "label") -> Label:
    inner = fields.inner(key)
    return _finish(inner, Label(inner.text("en"), inner.text("zh-Hans")))


def _bilingual(fields: Fields, key: str) -> Label | None:
    words = fields.both(key)
    return Label(*words) if words else None


def _source(fields: Fields) -> Source:
    source = Source(
        document=fields.text("document"),
        issuer=fields.text("issuer", ""),
        number=fields.text("number", ""),
        article=fields.text("article", ""),
        says=_bilingual(fields, "says"),
    )
    return _finish(fields, source)


def _levels(fields: Fields, key: str) -> tuple[str, ...]:
    levels = fields.texts(key)
    for level in levels:
        if level not in Level.values:
            raise fields.wrong(key, "levels out of " + ", ".join(Level.values))
    if key == "levels" and not levels:
        raise fields.wrong(key, "a list of levels")
    return tuple(sorted(levels, key=lambda level: -RANK[level]))


def _organisations(fields: Fields, *, is_part: bool = False) -> Organisations:
    model: Any = apps.get_model("organisations", "Organisation")
    allowed = {"kinds": model.Kind, "stages": model.Stage, "ownership": model.Ownership}
    found = {}
    for key, choices in allowed.items():
        found[key] = fields.texts(key)
        for value in found[key]:
            if value not in choices.values:
                raise fields.wrong(key, "values out of " + ", ".join(choices.values))
    who = Organisations(**found)
    return who if is_part else _finish(fields, who)


def _role(code: str, fields: Fields) -> MemberRole:
    least = _whole(fields, "min", low=0) or 0
    most = _whole(fields, "max", low=max(least, 1))
    who = _organisations(fields, is_part=True)
    return _finish(fields, MemberRole(code, _label(fields), least, most, who))


def _step(fields: Fields) -> Step:
    scoring, days = None, 0
    kind: Literal["review", "scoring", "publicity"] = "review"
    if "scoring" in fields:
        kind, scoring = "scoring", _scoring(fields.inner("scoring"))
    elif "publicity_days" in fields:
        kind, days = "publicity", fields.integer("publicity_days")
        if days < 1:
            raise fields.wrong("publicity_days", "1 or more")
    step = Step(
        code=fields.text("code"),
        label=_label(fields),
        kind=kind,
        at=fields.one_of("at", PLACES),
        by=fields.one_of("by", ("officer", "leader"), "officer"),
        scoring=scoring,
        publicity_days=days,
    )
    return _finish(fields, step)


def _scoring(fields: Fields) -> Scoring:
    criteria = tuple(_named(fields, "criteria", _criterion))
    total = sum(criterion.points for criterion in criteria)
    scoring = Scoring(
        experts=fields.integer("experts"),
        pass_mark=fields.number("pass_mark"),
        criteria=criteria,
        drop_extremes=fields.flag("drop_extremes", default=False),
    )
    if not criteria:
        raise fields.wrong("criteria", "at least one criterion")
    if not 0 <= scoring.pass_mark <= total:
        raise fields.wrong("pass_mark", f"from 0 to {total:g}, the points of all criteria")
    if scoring.experts < (3 if scoring.drop_extremes else 1):
        raise fields.wrong("experts", "more (3 or more where extremes are dropped)")
    return _finish(fields, scoring)


def _criterion(code: str, fields: Fields) -> Criterion:
    criterion = Criterion(code, _label(fields), fields.number("points"))
    if criterion.points <= 0:
        raise fields.wrong("points", "more than 0")
    return _finish(fields, criterion)


def _annual(fields: Fields, code: str, version: int) -> Annual | None:
    if "annual_check" not in fields:
        return None
    inner = fields.inner("annual_check")
    raw = inner.content()
    month = inner.integer("month")
    if not 1 <= month <= 12:
        raise inner.wrong("month", "from 1 to 12")
    for key in ("sections", "fields", "checks"):
        if key in inner:
            inner.raw(key)
    form = parse_form(
        {key: raw.get(key) for key in ("sections", "fields", "checks")},
        code=f"{code}.check",
        version=version,
    )
    return _finish(inner, Annual(month, form))


def _counting(fields: Fields) -> Counting:
    if "indicator" in fields:
        return _finish(fields, Counting(indicator=fields.text("indicator")))
    rule = Counting(
        code=fields.text("code"),
        label=_label(fields),
        unit=fields.text("unit"),
        levels=_levels(fields, "level"),
        kinds=fields.texts("kind"),
        quantity=fields.flag("quantity", default=False),
        together_with=fields.texts("with"),
        since=fields.integer("since") if "since" in fields else None,
        requirements=fields.texts("requirements"),
        terms=fields.texts("terms"),
    )
    return _finish(fields, rule)


def _whole(fields: Fields, key: str, *, low: int) -> int | None:
    if key not in fields:
        return None
    value = fields.integer(key)
    if value < low:
        raise fields.wrong(key, f"{low} or more")
    return value


def _named(fields: Fields, key: str, read: Callable[[str, Fields], T]) -> Iterator[T]:
    if key in fields:
        inner = fields.inner(key)
        for code in inner:
            yield read(code, inner.inner(code))


def _finish(fields: Fields, result: T) -> T:
    fields.finish()
    return result
