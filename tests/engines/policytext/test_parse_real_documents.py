"""The five real documents, when POLICIES names the folder that holds them."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest

from jiangxin.engines.policytext import Document, parse

pytestmark = pytest.mark.real_documents
FOLDER = os.environ.get("POLICIES", "")
if not FOLDER:
    pytest.skip("the five real documents were not given: set POLICIES=DIR", allow_module_level=True)


def _read(name: str) -> tuple[str, Document]:
    with Path(FOLDER, name).open(encoding="utf-8-sig", newline="") as file:
        text = file.read()
    return text, parse(text, name=name)


@pytest.fixture(scope="module")
def documents() -> dict[str, tuple[str, Document]]:
    return {path.name: _read(path.name) for path in sorted(Path(FOLDER).glob("*.txt"))}


def _labels() -> list[dict[str, str]]:
    with Path(FOLDER, "gold", "targets.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _bare(text: str) -> str:
    return "".join(text.split())


def _agrees(target: Any, label: dict[str, str]) -> bool:
    high = float(label["value_high"]) if label["comparator"] == "range" else None
    alike = _bare(target.quote) in _bare(label["quote"]) or _bare(label["quote"]) in _bare(
        target.quote
    )
    return (
        alike
        and target.low == float(label["value_low"])
        and target.unit == label["unit"]
        and (high is None or target.high == high)
    )


def test_targets_agree_with_the_hand_labels(documents: dict[str, tuple[str, Document]]) -> None:
    labels = _labels()
    free = {name: list(document.targets) for name, (_, document) in documents.items()}
    hits = compared = dated = 0
    for label in labels:
        target = next((t for t in free[label["file"]] if _agrees(t, label)), None)
        if target is None:
            continue
        free[label["file"]].remove(target)
        hits += 1
        compared += target.comparator == label["comparator"]
        dated += (target.due_on.isoformat() if target.due_on else "") == label["deadline"]
    read = sum(len(document.targets) for _, document in documents.values())
    assert 2 * hits / (read + len(labels)) >= 0.98
    assert compared / hits >= 0.98
    assert dated / hits >= 0.95


def test_quotes_are_the_words_at_their_offsets(documents: dict[str, tuple[str, Document]]) -> None:
    for text, document in documents.values():
        for item in (*document.targets, *document.milestones):
            assert _bare(text[item.start : item.end]) == _bare(item.quote)


def test_headers(documents: dict[str, tuple[str, Document]]) -> None:
    heads = {
        name: (h.document_number, h.issued_on and h.issued_on.isoformat(), len(h.issuers))
        for name, (_, document) in documents.items()
        if (h := document.header)
    }
    assert heads == {
        "chongqing-2023.txt": ("渝府发〔2023〕22号", "2023-12-27", 2),
        "national-2022.txt": (None, None, 0),
        "sichuan-2024.txt": ("川委办〔2024〕20号", "2024-07-26", 2),
        "wenjiang-2018.txt": ("温教发〔2018〕206号", "2018-12-26", 1),
        "yongchuan-2024.txt": ("永川府办发〔2024〕46号", "2024-12-27", 1),
    }


def test_numbered_clauses(documents: dict[str, tuple[str, Document]]) -> None:
    leaves = {
        name: [clause.number for clause in document.clauses if clause.number.endswith(".")]
        for name, (_, document) in documents.items()
    }
    assert leaves["national-2022.txt"] == [f"{n}." for n in range(1, 15)]
    assert leaves["sichuan-2024.txt"] == [f"{n}." for n in range(1, 15)]
    assert leaves["yongchuan-2024.txt"] == [f"{n}." for n in range(1, 27)]
    assert documents["sichuan-2024.txt"][1].clauses[-1].number == "末段"


def test_task_table_of_31_rows(documents: dict[str, tuple[str, Document]]) -> None:
    """Rows checked by hand, above all those that lost or gained cells."""
    tasks = {task.number: task for task in documents["wenjiang-2018.txt"][1].tasks}
    assert list(tasks) == list(range(1, 32))
    districts = ("区内各中职学校",)
    liaoyuan = ("温江区燎原职业技术学校",)
    own = {
        2: liaoyuan, 3: ("区内民办中职学校",), 5: ("温江二中", "温江燎原职业技术学校"),
        6: ("温江燎原职业技术学校",), 8: liaoyuan, 12: liaoyuan, 13: liaoyuan, 17: liaoyuan,
        29: ("各社区分校", "区内各中职学校"), 31: ("区内各民办中职学校",),
    }  # fmt: skip
    offices = {
        5: ("基础教育科", "成职教科"), 6: ("成职教科", "基建科"), 7: ("对外交流办",), 8: ("成职教科", "区研培中心"),
        14: ("人事科",), 15: ("人事科", "成职教"), 16: ("人事科", "成职教"), 17: ("成职教",), 18: ("人事科", "区研培中心"),
        19: ("人事科",), 20: ("成职教",), 21: ("成职教",), 29: ("区社区学院",),
    }  # fmt: skip
    for number, task in tasks.items():
        assert task.implementers == own.get(number, districts), number
        assert task.responsible == offices.get(number, ("成职教科",)), number


def test_milestones_overlap_the_hand_labels(documents: dict[str, tuple[str, Document]]) -> None:
    """Most labelled milestones are found with kind and day; few others are."""
    with Path(FOLDER, "gold", "milestones.csv").open(encoding="utf-8-sig", newline="") as file:
        labels = list(csv.DictReader(file))
    found = right = 0
    for label in labels:
        wanted = _bare(label["quote"])
        alike = [
            m
            for m in documents[label["file"]][1].milestones
            if _bare(m.quote) in wanted or wanted in _bare(m.quote)
        ]
        found += bool(alike)
        right += any(
            (m.kind, m.due_on.isoformat() if m.due_on else "") == (label["kind"], label["deadline"])
            for m in alike
        )
    read = sum(len(document.milestones) for _, document in documents.values())
    assert found >= 0.85 * len(labels)
    assert right >= 0.80 * len(labels)
    assert read <= 1.25 * len(labels)
