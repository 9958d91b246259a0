"""Types of the engine: fact schemas, indicator definitions, queries and values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

Scalar = bool | int | str
Dialect = Literal["duckdb", "spark", "sqlite", "postgres"]
Scope = Literal["region", "organisation"]
Status = Literal["measured", "undefined", "not_yet_measurable"]


@dataclass(frozen=True, slots=True)
class Label:
    """A name in the two languages of the product."""

    en: str
    zh_hans: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a fact: what its values mean, and which are allowed."""

    name: str
    type: Literal["text", "integer", "decimal", "boolean"]
    meaning: Label
    nullable: bool = False
    unit: str = ""
    # Allowed values with their Chinese names; empty where any value may stand.
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FactSchema:
    """A table that apps publish for indicators."""

    code: str
    label: Label
    grain: str
    key: tuple[str, ...]
    owner: str
    counts: Literal["persons", "organisations", "things"]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Return the column of this name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class FactRows:
    """What an app publishes of one fact.

    Args:
        rows: values in the order of the columns of the schema.
        covers: (region code, first year, last year) for which the rows are complete, so that
            no row there means none.
        is_simulated: at least one row is made up.
    """

    rows: Iterable[Sequence[object]]
    covers: Sequence[tuple[str, int, int]] = ()
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a column: equal to a value, one of several, a bound, or present at all."""

    column: str
    operator: Literal["is", "is_not", "in", "not_in", "at_least", "at_most", "present", "missing"]
    value: Scalar | tuple[Scalar, ...] | None = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives; each is a group of conditions that must all hold."""

    groups: tuple[tuple[Condition, ...], ...]


Where = tuple[Condition | AnyOf, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Which years of rows count for a year's value; by default the year alone.

    Args:
        since: first year of a running total, or None.
        years: length of a moving window that ends with the year, or None.
    """

    since: int | None = None
    years: int | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One aggregate over the rows of one fact; formulas are made of one or two."""

    fact: str
    aggregate: Literal["count", "distinct", "sum", "product_sum", "quantile"]
    where: Where = ()
    column: str = ""
    weight: str = ""
    at: float = 0.5
    window: Window = Window()

    @property
    def is_additive(self) -> bool:
        """Whether the parts of a region add up to the region."""
        return self.aggregate not in ("distinct", "quantile")

    @property
    def rows(self) -> Term:
        """Return the term that counts the rows behind this one."""
        return Term(self.fact, "count", self.where, window=self.window)

    def columns(self) -> frozenset[str]:
        """Return the columns that this term reads."""
        names = {name for name in (self.column, self.weight) if name}
        for clause in self.where:
            groups = clause.groups if isinstance(clause, AnyOf) else ((clause,),)
            names |= {condition.column for group in groups for condition in group}
        return frozenset(names)


@dataclass(frozen=True, slots=True)
class Formula:
    """Numerator over denominator, or the numerator alone, perhaps against an earlier year.

    Args:
        kind: the word used in the YAML, for display.
        change: "value" takes this year's value, "lag" that of `years` ago, "growth" the
            relative and "difference" the absolute change since then.
    """

    kind: str
    numerator: Term
    denominator: Term | None = None
    change: Literal["value", "lag", "growth", "difference"] = "value"
    years: int = 0

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return numerator and, if there is one, denominator."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    @property
    def cell(self) -> Term:
        """Return the term that counts the rows which the value speaks of."""
        return (self.denominator or self.numerator).rows


@dataclass(frozen=True, slots=True)
class Source:
    """Where a definition or a rule comes from, told in our own words."""

    document: str
    issuer: str = ""
    number: str = ""
    clause: str = ""
    says: Label | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator: what it is called, how it is computed, and who says so."""

    code: str
    label: Label
    unit: str
    direction: Literal["higher", "lower", "neutral"]
    # "organisation": computed for each organisation and each region; "region": for regions only.
    grain: Scope
    formula: Formula
    # Rule that holds the smallest cell that may be published; empty where no persons are counted.
    small_cell_rule: str
    expected_breakdowns: tuple[str, ...]
    sources: tuple[Source, ...]
    # What we decided because no document says it; None where the sources say everything.
    inferred: Label | None
    effective_from: date
    effective_to: date | None
    requirements: tuple[str, ...]
    # Words by which policy texts call this measure; they bind targets to it.
    terms: tuple[str, ...]
    # Hash of the whole definition; values carry it, so that a recomputation can be proved.
    version: str

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the facts that the formula reads, in order and without repeats."""
        return tuple(dict.fromkeys(term.fact for term in self.formula.terms))


@dataclass(frozen=True, slots=True)
class Query:
    """A statement for one engine; `parameters` are bound by name when it is executed."""

    sql: str
    dialect: Dialect
    columns: tuple[str, ...]
    parameters: Mapping[str, Scalar] = field(default_factory=dict)


class Value(NamedTuple):
    """One number of one indicator; a tuple because a computation returns hundred thousands.

    Args:
        scope: whether `code` is a region or an organisation.
        part: value of the breakdown column, empty for the whole.
        value: None unless the status is "measured".
        n: rows behind the denominator, or behind the numerator if there is none.
        reason: why there is no value: "no_denominator", "no_earlier_value", "no_rows",
            "no_fact", "no_column"; else empty.
        missing: facts, or fact.column, that would have to be published.
    """

    indicator: str
    version: str
    scope: Scope
    code: str
    year: int
    part: str
    status: Status
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    reason: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure and the words by which documents write it."""

    code: str
    label: Label
    symbol: str
    written_as: tuple[str, ...]
    scale: float
    # Largest value that makes sense, such as 1 for a share.
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """All units; turns a number as written into the value that is computed with."""

    units: tuple[Unit, ...]

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units)

    def get(self, code: str) -> Unit | None:
        """Return the unit of this code, if there is one."""
        return next((unit for unit in self.units if unit.code == code), None)

    def written(self, word: str) -> tuple[Unit, ...]:
        """Return the units that a document may mean by this word."""
        return tuple(unit for unit in self.units if word in unit.written_as)
