"""The numbers behind a chart as a table, for readers without JavaScript, paper and ears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.ui.numbers import NONE, amount


@dataclass(frozen=True, slots=True)
class Table:
    """Headers and rows of plain texts."""

    headers: list[str]
    rows: list[list[str]]


def table_of(option: Mapping[str, Any]) -> Table:
    """Write the series of an ECharts option as a table; the first column names the row."""
    series = [s for s in _list(option.get("series")) if _list(s.get("data"))]
    categories = _categories(option)
    if categories:
        shares = _is_share(option)
        headers = ["", *(str(s.get("name", "")) for s in series)]
        rows = [
            [str(name), *(_text(_at(s["data"], index), shares) for s in series)]
            for index, name in enumerate(categories)
        ]
        return Table(headers, rows)
    rows = []
    for one in series:
        for item in one["data"]:
            rows.extend(_item_rows(item, str(one.get("name", "")), depth=0))
    width = max((len(row) for row in rows), default=2)
    headers = [_("Name"), _("Value"), *[""] * (width - 2)]
    return Table(headers, [row + [""] * (width - len(row)) for row in rows])


def _item_rows(item: Any, series: str, *, depth: int) -> list[list[str]]:
    if not isinstance(item, Mapping):
        return [[series, *_coordinates(item)]]
    name = "\u2003" * depth + str(item.get("name", series))
    value = item.get("value")
    rows = [[name, *_coordinates(value)]]
    for child in _list(item.get("children")):
        rows.extend(_item_rows(child, series, depth=depth + 1))
    return rows


def _coordinates(value: Any) -> list[str]:
    """Write a point; its first coordinate is a place or a year, so it is not grouped."""
    if not isinstance(value, list | tuple):
        return [_text(value)]
    return [str(value[0]), *(_text(v) for v in value[1:])] if value else []


def _categories(option: Mapping[str, Any]) -> list[Any]:
    for key in ("xAxis", "yAxis"):
        for axis in _list(option.get(key)):
            if axis.get("data"):
                return [d["value"] if isinstance(d, Mapping) else d for d in axis["data"]]
    return []


def _is_share(option: Mapping[str, Any]) -> bool:
    axes = [*_list(option.get("xAxis")), *_list(option.get("yAxis"))]
    return any(_map(axis.get("axisLabel")).get("formatter") == "@percent" for axis in axes)


def _list(value: Any) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, list | tuple) else [value]


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _at(data: Sequence[Any], index: int) -> Any:
    item = data[index] if index < len(data) else None
    return item.get("value") if isinstance(item, Mapping) else item


def _text(value: Any, shares: bool = False) -> str:
    if value is None or value == "-":
        return NONE
    if isinstance(value, int | float):
        return amount(value, "share" if shares else "")
    return str(value)
