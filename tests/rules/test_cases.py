"""Every rule with values or a formula has readable cases here, and they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from jiangxin.engines import measures, rulebook
from jiangxin.engines.base import InvalidProblem

RULES = Path(measures.__file__).parents[2] / "rules"
CASES = Path(__file__).parent
NOT_RULES = {"facts", "indicators", "registers", "collections"}


def rule_files() -> list[Path]:
    """Return the files that hold a rule: their mapping has `values` or `formula` on top."""
    found = []
    for path in sorted(RULES.glob("*/*.yaml")):
        if path.parent.name not in NOT_RULES:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if isinstance(content, dict) and ("values" in content or "formula" in content):
                found.append(path)
    return found


def all_rules() -> dict[str, rulebook.Rule]:
    parsed = (rulebook.parse(path.read_text(encoding="utf-8")) for path in rule_files())
    return {rule.code: rule for rule in parsed}


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            found.append(pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}"))
    return found


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.stem)
def test_rule_is_complete(path: Path) -> None:
    rule = rulebook.parse(path.read_text(encoding="utf-8"))
    units = measures.parse_units((RULES / "units.yaml").read_text(encoding="utf-8"))
    assert rule.code == path.stem
    assert units.get(rule.unit) is not None
    assert (CASES / f"{rule.code}.yaml").exists(), "every rule has a case"


@pytest.mark.parametrize(("code", "case"), cases())
def test_case(code: str, case: dict[str, Any]) -> None:
    rules = all_rules()
    ask = {
        "on": case["day"],
        "region": tuple(case.get("region", ())),
        "inputs": case.get("inputs", {}),
        "rules": rules,
    }
    if "refused" in case:
        with pytest.raises(InvalidProblem, match=case["refused"]):
            rulebook.value_at(rules[code], **ask)
        return
    content = rulebook.value_at(rules[code], **ask).content
    expected = case["expect"]
    assert (list(content) if isinstance(content, tuple) else content) == expected
