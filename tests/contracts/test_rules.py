"""Every threshold of an authority is a rule with unit, effective date, source and a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import jiangxin

RULES = Path(jiangxin.__file__).parent / "rules"
CASES = Path(__file__).parents[1] / "rules"
FILES = sorted(
    path
    for path in RULES.rglob("*.yaml")
    if any(line.startswith(("values:", "formula:")) for line in path.read_text().splitlines())
    and path.parent.name not in ("facts", "indicators")
)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_rule_is_complete(path: Path) -> None:
    rule: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    units = yaml.safe_load((RULES / "units.yaml").read_text(encoding="utf-8"))
    assert rule["code"] == path.stem
    assert rule["unit"] in units
    assert rule.get("sources") or rule.get("inferred"), "neither a source nor marked as inferred"
    values = rule.get("values") or [rule["formula"]]
    assert all("from" in value for value in values)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_rule_has_a_case(path: Path) -> None:
    assert (CASES / path.name).exists()


def test_there_are_rules() -> None:
    assert len(FILES) >= 5
