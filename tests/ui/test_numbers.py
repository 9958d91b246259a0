from __future__ import annotations

import pytest
from django.utils import translation

from jiangxin.ui.numbers import amount


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.8, "share", "80%"),
        (0.8333, "rate", "83.3%"),
        (1, "%", "100%"),
        (None, "share", "—"),
        ("", "", "—"),
        (0, "person", "0 person"),
        (12345.678, "", "12,346"),
        (3.14159, "", "3.14"),
        (200000.0, "人", "200,000 人"),
        (float("nan"), "", "—"),
        ("2-3", "", "2-3"),
    ],
)
def test_amount(value: object, unit: str, written: str) -> None:
    assert amount(value, unit) == written


def test_amount_in_chinese_has_no_space_before_the_unit() -> None:
    with translation.override("zh-hans"):
        assert amount(200000, "人") == "200,000人"
