"""Types made on screen are counted like those of the files, without a restart."""

from __future__ import annotations

from importlib import import_module

import pytest

from jiangxin.apps.indicators import queries
from tests.apps.registers.factories import raw, register_type

pytestmark = pytest.mark.django_db
# the package exports a function of this name
definitions = import_module("jiangxin.apps.indicators.queries.definitions")


def test_the_counting_rule_of_a_type_made_on_screen_is_an_indicator() -> None:
    code = raw()["counting"][0]["code"]
    assert code not in {found.code for found in queries.definitions()}
    register_type()
    definitions.forget_types()
    found = queries.get_definition(code)
    (term,) = found.formula.terms
    assert term.fact == "recognitions"
    assert ("type", "lantern_workshop") in {(c.column, c.value) for c in term.where}
    assert code in definitions.definition_text(code)
    types = queries.schemas()["recognitions"].column("type")
    assert types is not None
    assert dict(types.values)["lantern_workshop"] == "灯笼工坊"
    assert "city_consortium" in dict(types.values)
