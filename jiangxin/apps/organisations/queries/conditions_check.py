"""Running conditions of a school: what the rules ask, what is there, what is missing.

A table of conditions says which measure is held against which rule; every number of an
authority stands in rules/organisations. Nothing here reads or writes schools.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
        self._rules: dict[tuple[str, str], rulebook.Rule | None] = {}

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
        measures = self._measures(values, regions)
        conditions = CONDITIONS["secondary" if stage in SECONDARY else "college"]
        return Assessment(
            row, tuple(self._finding(c, row, measures, values, regions) for c in conditions)
        )

    def _finding(
        self,
        condition: Condition,
        row: str,
        measures: Mapping[str, _Measure],
        values: Mapping[str, Reported],
        regions: tuple[str, ...],
    ) -> Finding:
        found = Finding(condition.rule, "not_reported", condition.unit)
        if not row:
            return replace(found, lacks=("school_type",))
        rule = self._rule(condition.rule, row)
        if rule is None:
            return replace(found, state="not_set")
        try:
            value = rulebook.value_at(rule, on=self.on, region=regions)
        except InvalidProblem:  # a year before the rule was made
            return replace(found, state="not_set")
        required = value.number()
        found = replace(
            found,
            required=required,
            since=value.starts_on,
            region=value.region,
            trace=value.trace,
        )
        amount = measures.get(condition.amount) or _plain(values, condition.amount)
        base = _plain(values, condition.base) if condition.base else _NONE
        base = measures.get(condition.base, base)
        lacks = (*amount.lacks, *base.lacks)
        if amount.number is None or (condition.base and base.number is None):
            return replace(found, lacks=tuple(dict.fromkeys(lacks)))
        return self._checked(condition, rule, found, amount, base, values, regions)

    def _checked(
        self,
        condition: Condition,
        rule: rulebook.Rule,
        found: Finding,
        amount: _Measure,
        base: _Measure,
        values: Mapping[str, Reported],
        regions: tuple[str, ...],
    ) -> Finding:
        above, below = amount.number or 0.0, base.number
        if condition.is_inverse:
            above, below = base.number or 0.0, amount.number
        if below == 0:
            # students without any teacher fail; without students nothing can be divided
            is_hopeless = condition.is_inverse and above > 0
            if not is_hopeless:
                return replace(found, lacks=(condition.base,))
            actual = math.inf
        else:
            actual = above / below if below is not None else above
        checked = rulebook.check(rule, actual, on=self.on, region=regions)
        state = "met" if checked.is_met else "failed"
        if state == "failed" and self._is_exempt(condition, values, base.number or 0.0):
            state = "exempt"
        steps = (*amount.steps, *base.steps, *checked.trace.steps)
        found = replace(
            found,
            state=state,
            actual=None if math.isinf(actual) else actual,
            amount=amount.number,
            base=base.number,
            trace=Trace("rulebook", steps),
        )
        return found if state != "failed" else replace(found, **_missing(condition, found))

    def _is_exempt(self, condition: Condition, values: Mapping[str, Reported], base: float) -> bool:
        if not condition.exempt:
            return False
        limits = self._content(condition.exempt)
        added = _plain(values, "equipment_added_yuan" if "total" in limits else "books_added")
        size = _plain(values, condition.amount).number if "total" in limits else base
        return (added.number or 0.0) > limits["added"] and (size or 0.0) > limits.get(
            "total", limits.get("students", math.inf)
        )

    def _measures(
        self, values: Mapping[str, Reported], regions: tuple[str, ...]
    ) -> Mapping[str, _Measure]:
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

    def _rule(self, code: str, row: str) -> rulebook.Rule | None:
        """Return the rule as it stands for one type of school, or None if it has no value."""
        key = (code, row)
        if key not in self._rules:
            whole = reference.rule(code)
            values = tuple(
                replace(value, content=value.content[row])
                for value in whole.values
                if isinstance(value.content, Mapping) and row in value.content
            )
            self._rules[key] = replace(whole, values=values) if values else None
        return self._rules[key]

    def _content(self, code: str) -> Mapping[str, float]:
        content = reference.rule_value(code, on=self.on).content
        if not isinstance(content, Mapping):
            raise TypeError(f"{code} holds named numbers")
        return content

    def _number(self, code: str) -> float:
        return reference.rule_value(code, on=self.on).number()


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


def _missing(condition: Condition, found: Finding) -> dict[str, Any]:
    """Return what would make a failed condition met: more of the amount, or fewer students."""
    required, amount, base = found.required or 0.0, found.amount or 0.0, found.base
    if base is None:
        return {"missing": float(math.ceil(required - amount))}
    if condition.is_inverse:
        needed, carried = base / required, math.floor(required * amount)
    else:
        needed, carried = base * required, math.floor(amount / required)
    remedy: dict[str, Any] = {"missing": float(math.ceil(round(needed - amount, 6)))}
    if condition.base in (_STUDENTS, _EQUIVALENT, _FULL_TIME):
        remedy["fewer_students"] = math.ceil(base - carried)
    return remedy
