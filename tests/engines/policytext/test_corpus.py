"""The parser against documents that were labelled before it had seen them."""

from __future__ import annotations

import io
from itertools import groupby
from pathlib import Path
from typing import Any

import docx
import pytest

from jiangxin.engines.policytext import parse
from jiangxin.engines.policytext.documents import read
from tests.engines.policytext.scoring import (
    MEASURES,
    Count,
    Labels,
    Places,
    bare,
    heading_starts,
    pooled,
    read_labels,
    score,
    table,
)

DOCUMENTS = read_labels(Path(__file__).with_name("documents"))
# Raise them when the parser has become better, never lower them.
FLOORS = {
    "targets": 0.98,
    "comparators": 0.98,
    "deadlines": 0.98,
    "outline": 0.98,
    "levels": 0.98,
    "responsibilities": 0.98,
    "roles": 0.98,
    "header": 1.0,
    "references": 0.98,
    "tasks": 0.98,
}
one_by_one = pytest.mark.parametrize("labels", DOCUMENTS, ids=lambda labels: labels.name)


def test_corpus_is_complete() -> None:
    assert len(DOCUMENTS) >= 25
    assert sum(len(labels.rows("targets")) for labels in DOCUMENTS) > 400


@one_by_one
def test_labels_stand_in_their_text(labels: Labels) -> None:
    for kind in ("targets", "targets_optional"):
        quotes = [row["quote"] for row in labels.rows(kind)]
        spans = list(Places(labels.text).spans(quotes))
        assert [q for q, span in zip(quotes, spans, strict=True) if span is None] == []
    outline = labels.rows("outline")
    starts = heading_starts(labels)
    assert starts == sorted(set(starts))
    for row in labels.rows("responsibilities"):
        at = int(row["outline_row"]) - 1
        assert row["path"].endswith(outline[at]["number"])
        block = bare(labels.text[starts[at] : [*starts, len(labels.text)][at + 1]])
        assert [unit for unit in row["units"].split("|") if bare(unit) not in block] == []


def labelled_answer(labels: Labels) -> dict[str, Any]:
    """Write the labels as if a parser had found them, the first alternative of each cell."""
    starts = heading_starts(labels)
    header: dict[str, list[str]] = {}
    for row in labels.rows("header"):
        header.setdefault(row["field"], []).append(row["value"])
    first = {key: values[0].split("||")[0].strip() for key, values in header.items()}
    spans = Places(labels.text).spans(row["quote"] for row in labels.rows("targets"))
    return {
        "document": {
            "title": first["title"],
            "document_number": first["document_number"],
            "issued_on": first["issued_on"],
            "issuers": [unit for unit in first["issuers"].split("|") if unit],
            "references": [
                dict(zip(("title", "document_number"), value.rsplit("|", 1), strict=True))
                for value in header.get("reference", [])
            ],
        },
        "clauses": [
            {"id": str(i), "start": start, **row, "level": row["level"][0]}
            for i, (row, start) in enumerate(zip(labels.rows("outline"), starts, strict=True))
        ],
        "targets": [
            {
                "quote": row["quote"],
                "start": span[0],
                "end": span[1],
                "comparator": row["comparator"].split("|")[0],
                "low": float(row["value_low"]),
                "high": float(row["value_high"]) if row["value_high"] else None,
                "unit": row["unit"].split("|")[0],
                "due_on": row["deadline"].split("|")[0] or None,
            }
            for row, span in zip(labels.rows("targets"), spans, strict=True)
            if span
        ],
        "responsibilities": [
            {
                "clause": str(int(row["outline_row"]) - 1),
                "role": row["role"].split("|")[0],
                "units": row["units"].split("|"),
                "start": 0,
            }
            for row in labels.rows("responsibilities")
        ],
        "tasks": [
            {**row, "responsible": row["responsible"].split("|")} for row in labels.rows("tasks")
        ],
    }


@one_by_one
def test_score_of_the_labels_themselves_is_perfect(labels: Labels) -> None:
    result = score(labels, labelled_answer(labels))
    assert result.errors == []
    assert {m for m in MEASURES if result.counts[m].f1 < 1} == set()


@one_by_one
def test_score_of_an_empty_answer_is_zero(labels: Labels) -> None:
    header = {"title": "", "document_number": "无", "issued_on": "无", "issuers": ["无"]}
    empty = {"document": {**header, "references": []}, "clauses": [], "targets": []}
    result = score(labels, {**empty, "responsibilities": [], "tasks": []})
    assert [m for m in MEASURES if result.counts[m].hits] == []
    assert result.counts["targets"] == Count(0, 0, len(labels.rows("targets")))


@one_by_one
def test_score_finds_no_target_with_a_wrong_value(labels: Labels) -> None:
    answer = labelled_answer(labels)
    for target in answer["targets"]:
        target["low"] = -1.0
    assert score(labels, answer).counts["targets"].hits == 0


def test_parse_reaches_the_floors_on_all_documents() -> None:
    scores = {
        labels.name: score(labels, parse(labels.text, name=labels.name).as_json())
        for labels in DOCUMENTS
    }
    total = pooled(scores.values())
    below = {measure for measure, floor in FLOORS.items() if total[measure].f1 < floor}
    assert below == set(), "\n" + table(scores)


HALF_WIDTH = str.maketrans("，；：（）！？", ",;:()!?")


@one_by_one
def test_parse_reads_half_width_punctuation_alike(labels: Labels) -> None:
    def facts(text: str) -> list[set[tuple[object, ...]]]:
        document = parse(text)
        return [
            {(t.end, t.low, t.unit, t.comparator, t.due_on) for t in document.targets},
            {(m.end, m.kind, m.due_on) for m in document.milestones},
            {(c.start, c.number.translate(HALF_WIDTH), c.level) for c in document.clauses},
            {
                (r.start, r.role, *(unit.translate(HALF_WIDTH) for unit in r.units))
                for r in document.responsibilities
            },
        ]

    assert facts(labels.text.translate(HALF_WIDTH)) == facts(labels.text)


def word_file(text: str) -> bytes:
    """Write a text as .docx: lines with tabs become tables, page breaks are Word's business."""
    document = docx.Document()
    for is_table, lines in groupby(text.replace("\f", "").split("\n"), lambda line: "\t" in line):
        rows = [line.split("\t") for line in lines]
        if not is_table:
            for row in rows:
                document.add_paragraph(row[0])
            continue
        grid = document.add_table(rows=len(rows), cols=max(map(len, rows)))
        for cells, row in zip(grid.rows, rows, strict=True):
            for cell, value in zip(cells.cells, row, strict=False):
                cell.text = value
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_parse_reads_the_same_from_a_word_file() -> None:
    for labels in DOCUMENTS:
        text = read(word_file(labels.text), filename=labels.name).text
        in_word = Labels(labels.name, text, labels.tables)
        plain = score(labels, parse(labels.text).as_json())
        assert score(in_word, parse(text).as_json()).counts == plain.counts, labels.name
