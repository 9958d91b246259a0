"""The structured facts of the five policies: complete, well formed, and equal to the hand labels."""

from __future__ import annotations

import csv
import datetime
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FACTS = Path(__file__).parents[2] / "jiangxin" / "config" / "demo" / "policy_facts"
CODES = ("national-2022", "chongqing-2023", "sichuan-2024", "yongchuan-2024", "wenjiang-2018")
POLICIES = os.environ.get("POLICIES", "")
needs_policies = pytest.mark.skipif(
    not POLICIES, reason="set POLICIES to the folder of the five documents"
)


def facts(code: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FACTS / f"{code}.yaml").read_text(encoding="utf-8"))
    return loaded


ALL = {code: facts(code) for code in CODES}


def section(path: str) -> str:
    """Write a clause path as the hand labels do: 二/（三）/7. is 二（三）7."""
    return path.replace("/", "").replace(".", "")


def test_numbers_of_entries_are_those_counted_by_hand() -> None:
    counted = {
        code: tuple(len(ALL[code][part]) for part in ("targets", "milestones", "tasks"))
        for code in CODES
    }
    assert counted == {
        "national-2022": (0, 3, 0),
        "chongqing-2023": (17, 6, 0),
        "sichuan-2024": (1, 0, 0),
        "yongchuan-2024": (54, 13, 26),
        "wenjiang-2018": (20, 30, 31),
    }


@pytest.mark.parametrize("code", CODES)
def test_document_header_is_complete(code: str) -> None:
    document = ALL[code]["document"]
    assert document["code"] == code
    assert re.fullmatch(r"[一-鿿]+〔20\d\d〕\d+号", document["document_number"])
    assert document["issuers"]
    assert isinstance(document["issued_on"], datetime.date)
    assert re.fullmatch(r"\d{6}", document["region"])
    assert set(document["parents"]) <= set(CODES)
    if document["plan_starts_on"]:
        assert document["plan_starts_on"] < document["plan_ends_on"]


@pytest.mark.parametrize("code", CODES)
def test_every_entry_stands_in_a_clause_of_the_outline(code: str) -> None:
    paths = {clause["path"] for clause in ALL[code]["clauses"]}
    assert all(path.rpartition("/")[0] in paths | {""} for path in paths)
    rows = {f"附件表/{task['number']}" for task in ALL[code]["tasks"] if "附件表" in paths}
    for part in ("targets", "milestones", "tasks", "responsibilities"):
        assert {entry["clause"] for entry in ALL[code][part]} <= paths | rows


@pytest.mark.parametrize("code", CODES)
def test_targets_are_well_formed(code: str) -> None:
    for target in ALL[code]["targets"]:
        low, high = target["low"], target.get("high")
        assert {
            ">=": high is None,
            "==": high == low,
            "~": high == low,
            "range": high is not None and high > low,
        }[target["comparator"]], target
        assert target["strength"] in ("binding", "planned", "aspired", "encouraged")
        assert target["unit"] != "%" or 0 < low <= 100


def test_tasks_are_numbered_without_gaps() -> None:
    assert [task["number"] for task in ALL["wenjiang-2018"]["tasks"]] == list(range(1, 32))
    assert [task["number"] for task in ALL["yongchuan-2024"]["tasks"]] == list(range(1, 27))


def test_wenjiang_tasks_name_offices_and_schools() -> None:
    tasks = {task["number"]: task for task in ALL["wenjiang-2018"]["tasks"]}
    # read by hand from the rows whose cells are shifted or joined in the file
    assert tasks[5]["responsible"] == ["基础教育科", "成职教科"]
    assert tasks[13]["implementers"] == ["温江区燎原职业技术学校"]
    assert tasks[18]["responsible"] == ["人事科", "区研培中心"]
    assert tasks[29]["responsible"] == ["区社区学院"]
    assert tasks[29]["implementers"] == ["各社区分校", "区内各中职学校"]


def test_words_are_our_own_and_short() -> None:
    for code in CODES:
        own = [clause["heading"] for clause in ALL[code]["clauses"]]
        own += [task["task"] for task in ALL[code]["tasks"]]
        assert all(0 < len(words) <= 20 for words in own)
        assert all(len(target["metric"]) <= 24 for target in ALL[code]["targets"])


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _labels(name: str) -> list[dict[str, str]]:
    path = Path(POLICIES) / "gold" / name
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@needs_policies
@pytest.mark.real_documents
@pytest.mark.parametrize(
    ("part", "name"), [("targets", "targets.csv"), ("milestones", "milestones.csv")]
)
def test_numbers_and_dates_equal_the_hand_labels(part: str, name: str) -> None:
    labelled = sorted(
        (
            row["file"].removesuffix(".txt"),
            row["section"],
            row["comparator"],
            _number(row["value_low"]) or 0,
            _number(row["value_high"]) or 0,
            row["unit"],
            row["deadline"],
        )
        for row in _labels(name)
    )
    ours = sorted(
        (
            code,
            section(entry["clause"]),
            entry.get("comparator", ""),
            float(entry.get("low", 0)),
            float(entry.get("high", 0)),
            entry.get("unit", ""),
            str(entry.get("due_on", "")),
        )
        for code in CODES
        for entry in ALL[code][part]
    )
    assert ours == labelled


@needs_policies
@pytest.mark.real_documents
@pytest.mark.parametrize("code", CODES)
def test_no_sentence_of_the_document_is_copied(code: str) -> None:
    text = re.sub(r"\s", "", (Path(POLICIES) / f"{code}.txt").read_text(encoding="utf-8-sig"))
    entries = [c["heading"] for c in ALL[code]["clauses"]]
    entries += [t["task"] for t in ALL[code]["tasks"]]
    entries += [t["metric"] for t in ALL[code]["targets"]]
    entries += [m["milestone"] for m in ALL[code]["milestones"]]
    copied = [words for words in entries if len(words) > 15 and words in text]
    assert copied == []
