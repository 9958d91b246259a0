"""The table of moves."""

import pytest

from jiangxin.core.errors import WrongState
from jiangxin.core.workflow import Move, Workflow

LAMP = Workflow(
    "lamp",
    {"off": "off", "on": "on", "broken": "broken"},
    Move("switch_on", ("off",), "on", "anybody"),
    Move("switch_off", ("on",), "off", "anybody"),
    Move("drop", ("off", "on"), "broken", "cat"),
)


def test_check_returns_the_state_after() -> None:
    assert LAMP.check("off", "switch_on") == "on"


@pytest.mark.parametrize(("state", "move"), [("on", "switch_on"), ("broken", "drop")])
def test_check_refuses_and_says_from_where_it_is_possible(state: str, move: str) -> None:
    with pytest.raises(WrongState) as caught:
        LAMP.check(state, move)
    assert state in caught.value.message
    assert all(source in caught.value.message for source in LAMP.moves[move].sources)


def test_possible_lists_moves_in_the_order_of_the_table() -> None:
    assert [move.name for move in LAMP.possible("on")] == ["switch_off", "drop"]
    assert LAMP.possible("broken") == []


def test_mermaid_draws_every_arrow() -> None:
    drawn = LAMP.mermaid()
    assert "on --> off: switch_off (anybody)" in drawn
    assert drawn.count("-->") == 4  # four arrows; every state can be reached, so no start is drawn
