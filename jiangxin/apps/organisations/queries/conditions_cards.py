"""Yellow and red cards: what failed conditions of this year and those before lead to."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from jiangxin.apps.organisations.models import Reported
from jiangxin.apps.organisations.queries.conditions_check import COLLEGES
from jiangxin.apps.reference import queries as reference


@dataclass(frozen=True, slots=True)
class Card:
    """A yellow or red card of a year and what follows from it.

    Args:
        code: "yellow", "red" or empty for none.
        because: "failed" or "years_in_a_row"; empty for none.
        failed: how many conditions failed.
        years: how many years with a yellow card stand in a row, this one included.
    """

    code: str
    because: str
    failed: int
    years: int
    is_college: bool
    graduates: float | None = None

    @property
    def label(self) -> str:
        """The card in one word."""
        return {"yellow": _("yellow card"), "red": _("red card")}.get(self.code, _("no card"))

    @property
    def consequence(self) -> str:
        """What follows, in one sentence; empty for no card."""
        if not self.code:
            return ""
        if not self.is_college:
            return _(
                "An early warning for the bureau: no national document gives cards to secondary "
                "schools."
            )
        if self.code == "red":
            return _("No students may be admitted in the year (教发〔2004〕2号).")
        if self.graduates is None:
            return _("Intake is limited to the graduates of the year (教发〔2004〕2号).")
        return _(
            "Intake is limited to the %(graduates)d graduates of the year (教发〔2004〕2号)."
        ) % {"graduates": self.graduates}

    @property
    def reason(self) -> str:
        """Why the card was given, in one sentence; empty for no card."""
        if not self.code:
            return ""
        if self.because == "years_in_a_row":
            return _("%(years)d years in a row with a yellow card.") % {"years": self.years}
        return _("Conditions that failed: %(failed)d.") % {"failed": self.failed}


def card_of(
    failed: Mapping[int, int], year: int, *, stage: str, graduates: float | None = None
) -> Card:
    """Return the card of a year from the failed conditions of this year and those before.

    A year that is not known ends a row of yellow cards: nobody is stopped by what was not
    reported.

    Args:
        failed: number of failed conditions by year; unknown years are not there.

    Source:
        普通高等学校基本办学条件指标（试行）, 教育部, 教发〔2004〕2号: one failed condition limits intake to the
        graduates of the year; two or more, or three such years running, stop it.
    """
    is_college = stage in COLLEGES
    limits = thresholds("card_thresholds" if is_college else "secondary_card_thresholds", year)
    now = failed.get(year, 0)

    def is_yellow(number: int | None) -> bool:
        return number is not None and limits["yellow"] <= number < limits["red"]

    years = 0
    while is_yellow(failed.get(year - years)):
        years += 1
    code = because = ""
    if now >= limits["red"]:
        code, because = "red", "failed"
    elif years >= limits["years_in_a_row"]:
        code, because = "red", "years_in_a_row"
    elif years:
        code, because = "yellow", "failed"
    return Card(code, because, now, years, is_college, graduates)


def thresholds(code: str, year: int) -> Mapping[str, float]:
    """Return how many failed conditions bring which card, and after how many years a red one."""
    # nothing can fail in years before the rules, so those of the first full year do no harm
    content = reference.rule_value(code, on=datetime.date(max(year, 2011), 12, 31)).content
    if not isinstance(content, Mapping):
        raise TypeError(f"{code} holds named numbers")
    return content


def number_in(values: Mapping[str, Reported], key: str) -> float | None:
    """Return a reported number, or None."""
    value = values.get(key)
    return float(value) if isinstance(value, int | float) else None
