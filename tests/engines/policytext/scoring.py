"""Scores a reading of a document against labels made by hand.

Answers are objects of the `policies parse` contract; labels are the CSV files beside each text
(`documents/README.md` says what they mean). Written for the tests, apart from the parser.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = Mapping[str, str]
Span = tuple[int, int]

MEASURES = (
    "targets",
    "comparators",
    "deadlines",
    "outline",
    "levels",
    "responsibilities",
    "roles",
    "header",
    "references",
    "tasks",
)
_SAME_UNIT = {"所": "个", "家": "个", "名": "人", "位": "人"}
_DIGITS = {c: str(i) for i, c in enumerate("零一二三四五六七八九十")} | {"两": "2"}
_TIME = re.compile(r"(\d*)个?(学年|学期|季度|年|月|周|天|日|小时)$")


@dataclass(frozen=True)
class Count:
    """Hits among the answers and among the labels."""

    hits: int = 0
    answers: int = 0
    labels: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.hits + other.hits, self.answers + other.answers, self.labels + other.labels
        )

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there was nothing to find."""
        return 2 * self.hits / (self.answers + self.labels) if self.answers + self.labels else 1.0


@dataclass
class Score:
    """Counts for each measure, and in words what was missed or wrongly found."""

    counts: dict[str, Count] = field(default_factory=lambda: {m: Count() for m in MEASURES})
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Labels:
    """The text of one document and what a careful reader found in it."""

    name: str
    text: str
    tables: Mapping[str, Sequence[Row]]

    def rows(self, kind: str) -> Sequence[Row]:
        return self.tables.get(kind, ())


def read_labels(folder: Path) -> list[Labels]:
    """Read all labelled documents of a folder, in the order of their names."""
    found = []
    for path in sorted(folder.glob("*.txt")):
        text = path.read_bytes().decode("utf-8-sig")  # newlines stay: offsets count them
        tables = {}
        for table in sorted(folder.glob(f"{path.stem}.*.csv")):
            with table.open(encoding="utf-8", newline="") as lines:
                tables[table.name.split(".")[1]] = list(csv.DictReader(lines))
        found.append(Labels(path.stem, text, tables))
    return found


def score(labels: Labels, answer: Mapping[str, Any]) -> Score:
    """Compare one reading with the labels of its document."""
    result = Score()
    _score_targets(labels, answer, result)
    _score_outline(labels, answer, result)
    _score_responsibilities(labels, answer, result)
    _score_header(labels, answer, result)
    _score_tasks(labels, answer, result)
    return result


def pooled(scores: Iterable[Score]) -> dict[str, Count]:
    """Add up the counts of several documents."""
    total = {measure: Count() for measure in MEASURES}
    for one in scores:
        for measure, count in one.counts.items():
            total[measure] += count
    return total


def table(scores: Mapping[str, Score]) -> str:
    """Lay out F1 by document and measure, then every error."""
    lines = ["document".ljust(24) + "".join(m[:10].rjust(11) for m in MEASURES)]
    rows = {name: one.counts for name, one in scores.items()} | {"ALL": pooled(scores.values())}
    for name, counts in rows.items():
        shown = (
            f"{counts[m].f1:11.3f}" if counts[m] != Count() else "-".rjust(11) for m in MEASURES
        )
        lines.append(name[:24].ljust(24) + "".join(shown))
    for name, one in scores.items():
        lines += [f"{name}: {error}" for error in one.errors]
    return "\n".join(lines)


# Places in the text


class Places:
    """Finds quotes in a text whatever white space stands between their characters."""

    def __init__(self, text: str) -> None:
        self.offsets = [i for i, c in enumerate(text) if not c.isspace()]
        self.dense = "".join(text[i] for i in self.offsets)

    def spans(self, quotes: Iterable[str]) -> Iterator[Span | None]:
        """Give the place of each quote; quotes are in the order of the text."""
        position = 0
        for quote in quotes:
            dense = bare(quote)
            at = self.dense.find(dense, position)
            if at < 0 or not dense:
                yield None
                continue
            position = at + 1
            yield self.offsets[at], self.offsets[at + len(dense) - 1] + 1


def bare(text: object) -> str:
    """Drop all white space."""
    return "" if text is None else re.sub(r"\s", "", str(text))


def heading_starts(labels: Labels) -> list[int]:
    """Say where each labelled heading begins."""
    headings = [row["number"] + row["heading"] for row in labels.rows("outline")]
    starts: list[int] = []
    for span in Places(labels.text).spans(headings):
        starts.append(span[0] if span else starts[-1] if starts else 0)
    return starts


# Targets


def _score_targets(labels: Labels, answer: Mapping[str, Any], result: Score) -> None:
    required = _with_spans(labels, "targets")
    optional = _with_spans(labels, "targets_optional")
    answers = [(t, (int(t["start"]), int(t["end"]))) for t in answer["targets"]]
    pairs = []
    for i, (target, span) in enumerate(answers):
        for j, (row, place) in enumerate(required):
            shared = _overlap(span, place)
            if shared > 0 and same_value(target, row):
                union = max(span[1], place[1]) - min(span[0], place[0])
                pairs.append((-shared / union, i, j))
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(pairs):
        if i not in matched and j not in taken:
            matched[i] = j
            taken.add(j)
    extra = [
        (t, span)
        for i, (t, span) in enumerate(answers)
        if i not in matched
        and not any(
            _overlap(span, place) > 0 and (not row["value_low"] or same_value(t, row))
            for row, place in optional
        )
    ]
    hits = len(matched)
    result.counts["targets"] = Count(hits, hits + len(extra), len(required))
    right = {"comparators": 0, "deadlines": 0}
    for i, j in matched.items():
        target, row = answers[i][0], required[j][0]
        for measure, key, column in (
            ("comparators", "comparator", "comparator"),
            ("deadlines", "due_on", "deadline"),
        ):
            if (target[key] or "") in row[column].split("|"):
                right[measure] += 1
            else:
                result.errors.append(
                    f"{key} of “{row['quote']}”: {row[column] or '-'}, got {target[key] or '-'}"
                )
    for measure, count in right.items():
        result.counts[measure] = Count(count, hits, hits)
    result.errors += [
        f"target missed: {r['quote']}" for j, (r, _) in enumerate(required) if j not in taken
    ]
    result.errors += [
        f"target false: {t['quote']} ({t['comparator']} {t['low']} {t['unit']})" for t, _ in extra
    ]


def _with_spans(labels: Labels, kind: str) -> list[tuple[Row, Span]]:
    rows = labels.rows(kind)
    spans = Places(labels.text).spans(row["quote"] for row in rows)
    return [(row, span or (0, 0)) for row, span in zip(rows, spans, strict=True)]


def _overlap(a: Span, b: Span) -> int:
    return min(a[1], b[1]) - max(a[0], b[0])


def same_value(target: Mapping[str, Any], row: Row) -> bool:
    """Say whether value and unit agree; 万 and 亿 are multiplied out on both sides."""
    base, period, factor = _unit(str(target["unit"] or ""))
    for unit in row["unit"].split("|"):
        wanted_base, wanted_period, wanted_factor = _unit(unit)
        if (base, period) != (wanted_base, wanted_period):
            continue
        if not _equal(target["low"], factor, row["value_low"], wanted_factor):
            continue
        if row["comparator"] != "range":
            return True
        if _equal(target["high"], factor, row["value_high"], wanted_factor):
            return True
    return False


def _equal(value: float | None, factor: float, wanted: str, wanted_factor: float) -> bool:
    if value is None or wanted == "":
        return False
    a, b = float(value) * factor, float(wanted) * wanted_factor
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


def _unit(unit: str) -> tuple[str, str, float]:
    """Split a unit into noun, period and factor: 万人次/年 is (人次, 年, 10000)."""
    noun, _, period = unicodedata.normalize("NFKC", bare(unit)).partition("/")
    period = "".join(_DIGITS.get(c, c) for c in period)
    time = _TIME.match(period)
    # "per class" or "per school" says for whom, not how often
    period = (time[1].removeprefix("1") if time[1] == "1" else time[1]) + time[2] if time else ""
    period = {"日": "天", "学年": "年"}.get(period, period)
    factor = 1.0
    while noun[:1] in ("万", "亿"):
        factor *= 1e4 if noun[0] == "万" else 1e8
        noun = noun[1:]
    if len(noun) > 1 and noun[0] == "个":
        noun = noun[1:]
    return _SAME_UNIT.get(noun, noun), period, factor


# Outline


def _heading(number: str, heading: str) -> tuple[str, str]:
    """Compare headings to their first mark: an article without a title has no other end."""
    return bare(number).rstrip("、"), re.split("[，。；：,;:]", bare(heading))[0][:12]


def _score_outline(labels: Labels, answer: Mapping[str, Any], result: Score) -> None:
    rows = labels.rows("outline")
    wanted = [_heading(row["number"], row["heading"]) for row in rows]
    clauses = [
        c for c in sorted(answer["clauses"], key=lambda c: int(c["start"])) if _is_numbered(c)
    ]
    got = [_heading(c["number"], c["heading"]) for c in clauses]
    pairs = _common(wanted, got)
    optional = {i for i, row in enumerate(rows) if row.get("optional")}
    on_optional = sum(1 for i, _ in pairs if i in optional)
    hits = len(pairs) - on_optional
    result.counts["outline"] = Count(hits, len(got) - on_optional, len(wanted) - len(optional))
    levels = sum(str(clauses[j]["level"]) in rows[i]["level"].split("|") for i, j in pairs)
    result.counts["levels"] = Count(levels, len(pairs), len(pairs))
    seen, used = {i for i, _ in pairs}, {j for _, j in pairs}
    result.errors += [
        f"heading missed: {''.join(key)}"
        for i, key in enumerate(wanted)
        if i not in seen and i not in optional
    ]
    result.errors += [
        f"heading false: {''.join(key)}" for j, key in enumerate(got) if j not in used
    ]


def _is_numbered(clause: Mapping[str, Any]) -> bool:
    """Tell real numbers from the stand-ins that unnumbered leaves get."""
    number = bare(clause["number"])
    unnumbered = number == "末段" or bare(clause["heading"]).startswith(number)
    return bool(number) and not unnumbered and not number.startswith("专栏")


def _common(a: Sequence[object], b: Sequence[object]) -> list[tuple[int, int]]:
    """Longest common subsequence as pairs of positions."""
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            best[i][j] = (
                best[i + 1][j + 1] + 1 if a[i] == b[j] else max(best[i + 1][j], best[i][j + 1])
            )
    i = j = 0
    pairs = []
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


# Responsibilities


def _score_responsibilities(labels: Labels, answer: Mapping[str, Any], result: Score) -> None:
    wanted: dict[tuple[int, str], list[str]] = {}
    for row in labels.rows("responsibilities"):
        for unit in row["units"].split("|"):
            wanted[int(row["outline_row"]) - 1, bare(unit)] = row["role"].split("|")
    starts = heading_starts(labels)
    clauses = {c["id"]: int(c["start"]) for c in answer["clauses"]}
    got: dict[tuple[int, str], set[str]] = {}
    for duty in answer["responsibilities"]:
        offset = clauses.get(duty["clause"], int(duty["start"]))
        while offset < len(labels.text) and labels.text[offset].isspace():
            offset += 1
        block = max((i for i, start in enumerate(starts) if start <= offset), default=-1)
        for unit in duty["units"]:
            got.setdefault((block, bare(unit)), set()).add(duty["role"])
    optional = {int(row["outline_row"]) - 1 for row in labels.rows("responsibilities_optional")}
    hits = [key for key in got if key in wanted]
    extra = [key for key in got if key not in wanted and key[0] not in optional]
    result.counts["responsibilities"] = Count(len(hits), len(hits) + len(extra), len(wanted))
    roles = sum(bool(got[key] & set(wanted[key])) for key in hits)
    result.counts["roles"] = Count(roles, len(hits), len(hits))
    outline = labels.rows("outline")
    for word, keys in (("missed", set(wanted) - set(got)), ("false", set(extra))):
        for block, unit in sorted(keys):
            place = (
                outline[block]["number"] + outline[block]["heading"][:8] if block >= 0 else "top"
            )
            result.errors.append(f"unit {word}: {unit} at {place}")
    result.errors += [
        f"role of {key[1]}: {'|'.join(wanted[key])}, got {'|'.join(sorted(got[key]))}"
        for key in hits
        if not got[key] & set(wanted[key])
    ]


# Header, references, tasks


def _score_header(labels: Labels, answer: Mapping[str, Any], result: Score) -> None:
    rows = labels.rows("header")
    wanted = {row["field"]: row["value"].split("||") for row in rows}
    document = answer["document"]
    right = 0
    for key in ("title", "document_number", "issued_on", "issuers"):
        values = [bare(value) for value in wanted.get(key, [""])]
        if key == "issuers":
            value = "|".join(sorted(bare(unit) for unit in document[key]))
            values = ["|".join(sorted(one.split("|"))) for one in values]
        else:
            value = bare(document[key])
        right += value in values
        if value not in values:
            result.errors.append(f"{key}: {' or '.join(values) or '-'}, got {value or '-'}")
    result.counts["header"] = Count(right, 4, 4)
    cited = dict(_reference(row["value"]) for row in rows if row["field"] == "reference")
    spared = {_reference(r["value"])[0] for r in rows if r["field"] == "reference_optional"}
    got = {_title(r["title"]): bare(r["document_number"]) for r in document["references"]}
    extra = [title for title in got if title not in cited and title not in spared]
    hits = [title for title in got if title in cited and got[title] == cited[title]]
    wrong = [title for title in got if title in cited and got[title] != cited[title]]
    result.counts["references"] = Count(len(hits), len(hits) + len(wrong) + len(extra), len(cited))
    result.errors += [f"reference missed: {title}" for title in cited if title not in got]
    result.errors += [f"reference false: {title}" for title in extra]
    result.errors += [f"number of {t}: {cited[t] or '-'}, got {got[t] or '-'}" for t in wrong]


def _reference(value: str) -> tuple[str, str]:
    title, _, number = value.rpartition("|")
    return _title(title), bare(number)


def _title(title: str) -> str:
    return re.sub(r"^《(.*)》$", r"\1", bare(title))


def _score_tasks(labels: Labels, answer: Mapping[str, Any], result: Score) -> None:
    wanted = {
        int(r["number"]): (bare(r["task"]), set(r["responsible"].split("|")))
        for r in labels.rows("tasks")
    }
    got = {
        int(t["number"]): (bare(t["task"]).rstrip("。"), {bare(u) for u in t["responsible"]})
        for t in answer["tasks"]
    }
    hits = [number for number in got if got[number] == wanted.get(number)]
    result.counts["tasks"] = Count(len(hits), len(got), len(wanted))
    result.errors += [
        f"task {number}: {wanted[number]}, got {got.get(number)}"
        for number in wanted
        if number not in hits
    ]
    result.errors += [
        f"task false: {number} {got[number]}" for number in got if number not in wanted
    ]
