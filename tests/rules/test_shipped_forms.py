"""Every shipped form can be filled in, and its Excel template brings the same answers back."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from jiangxin.apps.collections.models.definition import parse_definition as parse_collection
from jiangxin.apps.registers.models.definition import parse_definition, resolved
from jiangxin.core.forms import Form, Label, clean, register_links, resolver_of
from jiangxin.core.forms.model import LinkKind
from jiangxin.core.forms.sheets import SheetKey, read, template
from tests.apps.registers.filled import values_for
from tests.rules.test_collections import RAW as COLLECTIONS
from tests.rules.test_collections import Anything
from tests.rules.test_register_types import RAW as REGISTERS

KEYS = [SheetKey("unit", Label("Unit", "填报单位"))]


def shipped(code: str) -> Form:
    if code in COLLECTIONS:
        return parse_collection(COLLECTIONS[code]).form
    return parse_definition(resolved(REGISTERS[code], REGISTERS)).form


@pytest.fixture(autouse=True)
def _links() -> Any:
    kept = {kind: resolver_of(kind) for kind in get_args(LinkKind)}
    for kind in kept:
        register_links(kind, Anything())  # type: ignore[arg-type]
    yield
    for kind, resolver in kept.items():
        register_links(kind, resolver)


@pytest.mark.parametrize("code", [*REGISTERS, *COLLECTIONS])
def test_template_brings_the_answers_back(code: str) -> None:
    form = shipped(code)
    numbers = iter(range(1, 100_000))
    guessed = values_for(form, linked=lambda _field: f"C{next(numbers)}")
    # files do not travel in sheets
    values = {name: value for name, value in guessed.items() if form.field(name).type != "file"}
    expected = clean(form, values, partial=True).values
    content = template(form, rows=[({"unit": "1"}, expected)], keys=KEYS, title=code, language="en")
    sheet = read(form, content, keys=KEYS)
    assert sheet.findings == []
    assert clean(form, sheet.rows[0].raw, partial=True).values == expected
