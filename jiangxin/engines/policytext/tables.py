"""Reads task tables: rows keyed by their number, whatever column it slipped into."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Task

_KEYS = re.compile(r"编号|序号|任务编号|项目编号|No\.?|号")
_COLUMNS = (
    ("skip", re.compile(r"时限|时间|进度|备注|领导|责任人|联系|年度|属性|类型|来源|资金|投资")),
    (
        "implementers",
        re.compile(r"实施(?:学校|单位|主体)|配合|协办|参与|协助|落实(?:单位|学校|部门)|承办"),
    ),
    ("responsible", re.compile(r"责任|牵头|主责|主办|负责")),
    ("indicator", re.compile(r"指标|目标|成效|成果|标准|要求|内容|措施|举措")),
    ("task", re.compile(r"任务|事项|项目|工作")),
)
_GROUP = re.compile(r"行动|类别|领域|板块|分类|方面|工程|大项")
_NAMES = re.compile(r"[、，,；;\n/]")


def tasks(flow: Flow) -> list[Task]:
    """Return the rows of the task tables of a text, in order.

    A row is recognised by a cell that holds nothing but a whole number. The cells behind it follow
    the header in order, so a row that lost or gained cells before its number is still read right;
    labels before it are the action and the sub-action, kept until the next ones.
    """
    result: list[Task] = []
    columns: list[str] | None = None
    before = 0
    action = sub_action = ""
    for cells in _rows(flow):
        header = _header(cells)
        if header:
            before, columns = header
            action = sub_action = ""
            continue
        if columns is None:
            continue
        at = next((i for i, cell in enumerate(cells) if cell.isdecimal() and len(cell) < 5), None)
        if at is None:
            continue
        labels = [cell for cell in cells[:at] if cell]
        if len(labels) >= 2:
            action, sub_action = labels[-2:]
        elif labels and (before < 2 or not action):
            action, sub_action = labels[0], ""
        elif labels:
            sub_action = labels[0]
        kinds, behind = columns, cells[at + 1 :]
        if "group" in kinds and len(behind) < len(kinds):
            # The number slipped into the group column: the group, if any, stands before it.
            kinds = [kind for kind in kinds if kind != "group"]
        elif "group" in kinds and behind[kinds.index("group")]:
            action, sub_action = behind[kinds.index("group")], ""
        result.append(_task(int(cells[at]), action, sub_action, kinds, behind))
    return result


def _rows(flow: Flow) -> Iterator[list[str]]:
    for position, start in enumerate(flow.paragraphs):
        following = position + 1
        end = flow.paragraphs[following] - 1 if following < len(flow.paragraphs) else len(flow.text)
        if flow.text.find("\t", start, end) >= 0:
            yield [cell.strip() for cell in flow.text[start:end].split("\t")]


def _header(cells: list[str]) -> tuple[int, list[str]] | None:
    """Return how many label columns precede the number, and what the columns behind it hold."""
    at = next((i for i, cell in enumerate(cells) if _KEYS.fullmatch(cell)), None)
    if at is None or any(len(cell) > 24 for cell in cells):
        return None
    names = cells[at + 1 :]
    columns = [_column(name) for name in names]
    if columns.count("task") > 1:
        columns = [
            "group" if kind == "task" and _GROUP.search(name) else kind
            for kind, name in zip(columns, names, strict=True)
        ]
    if "task" not in columns and "indicator" in columns:
        columns[columns.index("indicator")] = "task"
    if "task" not in columns or "responsible" not in columns:
        return None
    return sum(bool(cell) for cell in cells[:at]), columns


def _column(name: str) -> str:
    return next((kind for kind, words in _COLUMNS if words.search(name)), "skip")


def _task(number: int, action: str, sub_action: str, columns: list[str], cells: list[str]) -> Task:
    # Merged cells leave empty ones behind; only gaps beyond the header's width are dropped.
    while len(cells) > len(columns) and "" in cells:
        cells = [*cells]
        cells.remove("")
    held: dict[str, str] = {}
    for kind, cell in zip(columns, cells, strict=False):
        held[kind] = f"{held[kind]} {cell}".strip() if held.get(kind) else cell
    return Task(
        number=number,
        action=action,
        sub_action=sub_action,
        task=held.get("task", ""),
        indicator=held.get("indicator", ""),
        responsible=_names(held.get("responsible", "")),
        implementers=_names(held.get("implementers", "")),
    )


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name.strip(" 。") for name in _NAMES.split(cell) if name.strip(" 。"))
