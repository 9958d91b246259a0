"""Running conditions of a school: what the rules ask, what is there, what is missing.

A table of conditions says which measure is held against which rule; every number of an
authority stands in rules/organisations. Nothing here reads or writes schools.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from jiangxin.apps.organisations.models import Organisation, Reported
from jiangxin.apps.reference import queries as reference
from jiangxin.engines import rulebook
from jiangxin.engines.base import InvalidProblem, Step, Trace

_Stage = Organisation.Stage
SECONDARY = frozenset({_Stage.SECONDARY, _Stage.TECHNICIAN})
COLLEGES = frozenset({_Stage.HIGHER_SPECIALTY, _Stage.VOCATIONAL_UNIVERSITY})
VOCATIONAL = SECONDARY | COLLEGES

_SECONDARY_TYPES = ("general", "arts", "remote")
_COLLEGE_TYPES = ("comprehensive", "engineering", "medicine", "language", "sport", "fine_arts")


# codes from the top of the tree down
Regions = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One running condition: a rule, and the measure that is held against it.

    Args:
        rule: code of the rule that holds the required value by type of school.
        amount: measure that there must be enough of.
        base: measure by which the amount is divided; empty for totals.
        unit: unit of what may be missing.
        is_inverse: the rule limits the base for each unit of the amount (students a teacher).
        exempt: rule and measures that count as enough whatever the share is.
    """

    rule: str
    amount: str
    unit: str
    base: str = ""
    is_inverse: bool = False
    exempt: str = ""


_STUDENTS, _EQUIVALENT, _FULL_TIME = "students", "equivalent_students", "full_time_students"
CONDITIONS: Mapping[str, tuple[Condition, ...]] = {
    "secondary": (
        Condition("secondary_campus_area", "area_m2", "m2"),
        Condition("secondary_campus_area_per_student", "area_m2", "m2", _STUDENTS),
        Condition("secondary_building_area", "building_m2", "m2"),
        Condition("secondary_building_area_per_student", "building_m2", "m2", _STUDENTS),
        Condition("secondary_teachers", "full_time_teachers", "person"),
        Condition(
            "secondary_students_per_teacher",
            "full_time_teachers",
            "person",
            _STUDENTS,
            is_inverse=True,
        ),
        Condition("secondary_equipment", "equipment_yuan", "yuan"),
        Condition("secondary_equipment_per_student", "equipment_yuan", "yuan", _STUDENTS),
        Condition("secondary_books_per_student", "books", "book", _STUDENTS),
    ),
    "college": (
        Condition(
            "college_students_per_teacher",
            "counted_teachers",
            "person",
            _EQUIVALENT,
            is_inverse=True,
        ),
        Condition(
            "college_postgraduate_teachers",
            "postgraduate_teachers",
            "person",
            "full_time_teachers",
        ),
        Condition("college_teaching_area_per_student", "teaching_m2", "m2", _FULL_TIME),
        Condition(
            "college_equipment_per_student",
            "equipment_yuan",
            "yuan",
            _EQUIVALENT,
            exempt="equipment_exemption",
        ),
        Condition(
            "college_books_per_student", "books", "book", _EQUIVALENT, exempt="books_exemption"
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition held against what was reported.

    Args:
        state: "met", "failed", "exempt" (met whatever the share is), "not_reported", or
            "not_set" where no value of the authority is known for this type of school.
        actual: the measured number, a share for shares.
        amount, base: what `actual` was computed from.
        missing: how much more is needed, in `unit`; None if nothing is.
        fewer_students: by how many students the school is too large; None if that is no remedy.
        lacks: keys that were not reported.
        since, region: which value of the rule was used.
    """

    code: str
    state: str
    unit: str
    actual: float | None = None
    required: float | None = None
    amount: float | None = None
    base: float | None = None
    missing: float | None = None
    fewer_students: int | None = None
    lacks: tuple[str, ...] = ()
    since: datetime.date | None = None
    region: str = ""
    trace: Trace = field(default=Trace("rulebook"), compare=False)

    @property
    def is_inverse(self) -> bool:
        """Whether the rule limits how many students share one of the amount."""
        return self.rule.comparator == "<="

    @property
    def rule(self) -> rulebook.Rule:
        """The rule with its label and sources."""
        return reference.rule(self.code)

    @property
    def label(self) -> str:
        """The name of the condition."""
        return reference.label_of(self.rule)

    @property
    def is_met(self) -> bool | None:
        """Whether it is met; None where that cannot be told."""
        return {"met": True, "exempt": True, "failed": False}.get(self.state)

    def stored(self) -> dict[str, Any]:
        """Return plain values for the row of the year, with the version of the rule."""
        shown = {
            name: getattr(self, name)
            for name in ("actual", "required", "missing", "fewer_students")
            if getattr(self, name) is not None
        }
        return {
            "code": self.code,
            "state": self.state,
            "since": self.since.isoformat() if self.since else "",
            "region": self.region,
            **shown,
        }


@dataclass(frozen=True, slots=True)
class Assessment:
    """All conditions of a school in a year.

    Args:
        school_type: row of the tables that was used; empty where it is not known.
        conditions_met: None where a condition cannot be told and none failed.
        failed: how many failed for certain.
    """

    school_type: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> int:
        """How many conditions failed for certain."""
        return sum(f.state == "failed" for f in self.findings)

    @property
    def unreported(self) -> int:
        """How many conditions cannot be told because something was not reported."""
        return sum(f.state == "not_reported" for f in self.findings)

    @property
    def unset(self) -> int:
        """How many conditions have no value for this type of school yet."""
        return sum(f.state == "not_set" for f in self.findings)

    @property
    def conditions_met(self) -> bool | None:
        """Whether all conditions that have a value for this type of school are met."""
        if self.failed:
            return False
        is_any = any(f.is_met for f in self.findings)
        return True if is_any and not self.unreported else None


class Checker:
    """Checks many schools against the rules of one year; remembers rules by type of school.

    Args:
        year: the values in force on 31 December count.
    """

    def __init__(self, year: int) -> None:
        self.on = datetime.date(year, 12, 31)
        self._rules: dict[tuple[str, str, Regions], _Asked | None] = {}
        self._contents: dict[str, rulebook.RuleContent] = {}

    def assess(self, values: Mapping[str, Reported], *, stage: str, path: str) -> Assessment:
        """Hold what was reported of a school against the conditions for its type.

        Args:
            values: by the keys of `KEYS`; what was not reported is not there.
            path: scope path, so that values of its region win.

        Source:
            Secondary: 职业学校办学条件达标工程实施方案 (教育部等五部门, 2022), 附件. Colleges:
            普通高等学校基本办学条件指标（试行）, 教育部, 教发〔2004〕2号.
        """
        if stage not in VOCATIONAL:
            return Assessment("", ())
        row = _row_of(values, stage)
        regions = tuple(part for part in path.split("/") if part and not part.startswith("@"))
        is_secondary = stage in SECONDARY
        conditions = CONDITIONS["secondary" if is_secondary else "college"]
        measures = {} if is_secondary else self._measures(values)
        return Assessment(
            row, tuple(self._finding(c, row, measures, values, regions) for c in conditions)
        )

    def _finding(
        self,
        condition: Condition,
        row: str,
        measures: Mapping[str, _Measure],
        values: Mapping[str, Reported],
        regions: Regions,
    ) -> Finding:
        code, unit = condition.rule, condition.unit
        if not row:
            return Finding(code, "not_reported", unit, lacks=("school_type",))
        asked = self._asked(code, row, regions)
        if asked is None:
            return Finding(code, "not_set", unit)
        value = asked.value
        found = partial(
            Finding,
            code=code,
            unit=unit,
            required=value.number(),
            since=value.starts_on,
            region=value.region,
        )
        amount = measures.get(condition.amount) or _plain(values, condition.amount)
        base = _NONE
        if condition.base:
            base = measures.get(condition.base) or _plain(values, condition.base)
        actual = _ratio(condition, amount.number, base.number)
        if actual is None:
            lacks = tuple(dict.fromkeys((*amount.lacks, *base.lacks))) or (condition.base,)
            return found(state="not_reported", lacks=lacks, trace=value.trace)
        checked = rulebook.check(asked.rule, actual, on=self.on, region=regions)
        found = partial(
            found,
            actual=None if math.isinf(actual) else actual,
            amount=amount.number,
            base=base.number,
            trace=Trace("rulebook", (*amount.steps, *base.steps, *checked.trace.steps)),
        )
        if checked.is_met:
            return found(state="met")
        if self._is_exempt(condition, values, base.number or 0.0):
            return found(state="exempt")
        missing, fewer = _missing(condition, value.number(), amount.number or 0.0, base.number)
        return found(state="failed", missing=missing, fewer_students=fewer)

    def _is_exempt(self, condition: Condition, values: Mapping[str, Reported], base: float) -> bool:
        if not condition.exempt:
            return False
        limits = self._content(condition.exempt)
        added = _plain(values, "equipment_added_yuan" if "total" in limits else "books_added")
        size = _plain(values, condition.amount).number if "total" in limits else base
        return (added.number or 0.0) > limits["added"] and (size or 0.0) > limits.get(
            "total", limits.get("students", math.inf)
        )

    def _measures(self, values: Mapping[str, Reported]) -> Mapping[str, _Measure]:
        """Compute what is not reported as such: equivalent students, teachers as counted."""
        found = {
            _EQUIVALENT: self._students(values, "equivalent_student_weights"),
            _FULL_TIME: self._students(values, "full_time_student_weights"),
        }
        full_time = _plain(values, "full_time_teachers")
        if full_time.number is None:
            return found | {"counted_teachers": full_time}
        weight, cap = self._number("external_teacher_weight"), self._number("external_teacher_cap")
        external = _plain(values, "external_teachers").number or 0.0
        counted = full_time.number + weight * min(external, cap * full_time.number)
        step = Step(
            "counted teachers = full-time + weight × min(external, cap × full-time)",
            (
                ("full-time", full_time.number),
                ("external", external),
                ("weight", weight),
                ("cap", cap),
            ),
            counted,
        )
        return found | {"counted_teachers": _Measure(counted, steps=(step,))}

    def _students(self, values: Mapping[str, Reported], weights: str) -> _Measure:
        if _plain(values, _STUDENTS).number is None:
            return _plain(values, _STUDENTS)
        # kinds that are not reported are none: most schools have only ordinary students
        parts = {
            kind: (_plain(values, kind).number or 0.0, weight)
            for kind, weight in self._content(weights).items()
        }
        total = math.fsum(number * weight for number, weight in parts.values())
        inputs = tuple((kind, f"{n:g} × {w:g}") for kind, (n, w) in parts.items() if n)
        return _Measure(total, steps=(Step(weights, inputs, total),))

    def _asked(self, code: str, row: str, regions: Regions) -> _Asked | None:
        """Return a rule as it stands for one type of school, or None if it has no value."""
        key = (code, row, regions)
        if key not in self._rules:
            whole = reference.rule(code)
            values = tuple(
                replace(value, content=value.content[row])
                for value in whole.values
                if isinstance(value.content, Mapping) and row in value.content
            )
            try:
                rule = replace(whole, values=values)
                value = rulebook.value_at(rule, on=self.on, region=regions) if values else None
            except InvalidProblem:  # a year before the rule was made
                value = None
            self._rules[key] = _Asked(rule, value) if value else None
        return self._rules[key]

    def _content(self, code: str) -> Mapping[str, float]:
        content = self._said(code)
        if not isinstance(content, Mapping):
            raise TypeError(f"{code} holds named numbers")
        return content

    def _number(self, code: str) -> float:
        content = self._said(code)
        if not isinstance(content, int | float):
            raise TypeError(f"{code} holds one number")
        return content

    def _said(self, code: str) -> rulebook.RuleContent:
        if code not in self._contents:
            self._contents[code] = reference.rule_value(code, on=self.on).content
        return self._contents[code]


@dataclass(frozen=True, slots=True)
class _Asked:
    rule: rulebook.Rule
    value: rulebook.RuleValue


@dataclass(frozen=True, slots=True)
class _Measure:
    number: float | None
    lacks: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


_NONE = _Measure(None)


def _plain(values: Mapping[str, Reported], key: str) -> _Measure:
    value = values.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _Measure(float(value))
    return _Measure(None, (key,))


def _row_of(values: Mapping[str, Reported], stage: str) -> str:
    """Return the row of the tables for this school; a college has to say its type."""
    said = str(values.get("school_type", ""))
    if stage == _Stage.TECHNICIAN:
        return "technician"
    if stage == _Stage.SECONDARY:
        return said if said in _SECONDARY_TYPES else "general"
    if said not in _COLLEGE_TYPES:
        return ""
    return f"bachelor_{said}" if stage == _Stage.VOCATIONAL_UNIVERSITY else said


def _ratio(condition: Condition, amount: float | None, base: float | None) -> float | None:
    """Return the number that the rule is about, or None where it cannot be known."""
    if amount is None or (condition.base and base is None):
        return None
    if base is None:
        return amount
    above, below = (base, amount) if condition.is_inverse else (amount, base)
    if below:
        return above / below
    # students without any teacher fail; without students there is nothing to divide by
    return math.inf if condition.is_inverse and above else None


def _missing(
    condition: Condition, required: float, amount: float, base: float | None
) -> tuple[float, int | None]:
    """Return how much more would be enough, and how many students fewer."""
    if base is None:
        return float(math.ceil(required - amount)), None
    if condition.is_inverse:
        needed, carried = base / required, math.floor(required * amount)
    else:
        needed, carried = base * required, math.floor(amount / required)
    missing = float(math.ceil(round(needed - amount, 6)))
    if condition.base in (_STUDENTS, _EQUIVALENT, _FULL_TIME):
        return missing, math.ceil(base - carried)
    return missing, None
