from __future__ import annotations

import json
import re

from django.template import Context, Template

from jiangxin.ui.charts import table_of


def test_table_of_a_bar_chart_has_a_row_per_category() -> None:
    option = {
        "xAxis": {"type": "category", "data": ["2025", "2026"]},
        "yAxis": {"axisLabel": {"formatter": "@percent"}},
        "series": [{"name": "rate", "data": [0.5, {"value": 0.625, "url": "/x"}]}],
    }
    table = table_of(option)
    assert table.headers == ["", "rate"]
    assert table.rows == [["2025", "50%"], ["2026", "62.5%"]]


def test_table_of_a_tree_indents_the_children() -> None:
    option = {"series": [{"data": [{"name": "a", "value": 2, "children": [{"name": "b"}]}]}]}
    assert table_of(option).rows == [["a", "2"], ["\u2003b", "—"]]


def test_table_of_points_lists_their_coordinates() -> None:
    rows = table_of({"series": [{"name": "way", "data": [[2025, 1.5], [2026, 2]]}]}).rows
    assert rows == [["way", "2025", "1.5"], ["way", "2026", "2"]]


def test_chart_cannot_be_broken_out_of() -> None:
    label = "</script><script>alert(1)</script>"
    option = {"xAxis": {"data": [label]}, "series": [{"name": label, "data": [1]}]}
    page = Template("{% load ui %}{% chart option title=label %}").render(
        Context({"option": option, "label": label})
    )
    assert page.count("<script") == 1
    body = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.S)
    assert body
    assert json.loads(body[1]) == option
