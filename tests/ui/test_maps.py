"""Maps of regions: where tiles lie, which tone a value gets, real outlines."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from jiangxin.ui.maps import Place, region_map, short_label


def drawn(parent: str, values: dict[str, float | None], **options: Any) -> Any:
    places = [Place(code, code, value) for code, value in values.items()]
    return region_map(parent, places, title="Schools", **options)


def test_drawn_regions_lie_as_on_the_map() -> None:
    areas = {
        a.place.code: a for a in drawn("500000", {"500118": 1, "500237": 2, "500153": 3}).areas
    }
    yongchuan, wushan, rongchang = areas["500118"], areas["500237"], areas["500153"]
    assert wushan.x > yongchuan.x > rongchang.x  # 巫山 lies east of 永川, 荣昌 west of it
    assert wushan.y < yongchuan.y < rongchang.y


def test_other_regions_are_laid_out_without_overlap() -> None:
    values: dict[str, float | None] = {f"3301{n:02d}": n for n in range(1, 14)}
    areas = drawn("330100", values).areas
    assert len({(a.x, a.y) for a in areas}) == 13


def test_a_code_that_the_drawing_does_not_know_gets_a_tile_of_its_own() -> None:
    areas = drawn("500000", {"500118": 1, "500199": 2}).areas
    assert len({(a.x, a.y) for a in areas}) == 2


def test_tones_by_rank_and_nothing_for_unknown() -> None:
    found = drawn("330100", {f"3301{n:02d}": float(n) for n in range(10)} | {"330199": None})
    assert [a.tone for a in found.areas] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 0]
    assert [entry.text for entry in found.legend][:2] == ["0 – 1", "2 – 3"]
    assert [a.tone for a in drawn("330100", {"330101": 5.0, "330102": 5.0}).areas] == [1, 1]


def test_outlines_keep_north_up_and_the_shape() -> None:
    square = [(106.0, 29.0), (107.0, 29.0), (107.0, 30.0), (106.0, 30.0)]
    found = drawn("500000", {"500118": 1}, boundaries={"500118": [square]})
    assert not found.is_schematic
    assert found.areas[0].path.startswith("M0.0 ")
    # one degree of latitude is longer on the page than one of longitude: 1 / cos 29.5° = 1.149
    assert round(found.height / found.width, 3) == 1.149
    assert (found.areas[0].x, found.areas[0].y) == (found.width / 2, round(found.height / 2, 1))


def test_tiles_where_one_outline_is_missing() -> None:
    square = [(106.0, 29.0), (107.0, 29.0), (107.0, 30.0)]
    values: dict[str, float | None] = {"500118": 1, "500117": 2}
    assert drawn("500000", values, boundaries={"500118": [square]}).is_schematic


def test_short_names() -> None:
    names = {
        "永川区": "永川",
        "忠县": "忠县",
        "内蒙古自治区": "内蒙古",
        "广西壮族自治区": "广西",
        "新疆维吾尔自治区": "新疆",
        "石柱土家族自治县": "石柱",
        "彭水苗族土家族自治县": "彭水",
        "阿坝藏族羌族自治州": "阿坝",
        "香港特别行政区": "香港",
        "攀枝花市": "攀枝花",
        "经济技术开发区": "经济技…",
    }
    assert {name: short_label(name) for name in names} == names


def test_the_template_says_values_in_words_and_escapes() -> None:
    place = Place("500118", "<永川>", 3.0, url="/x/?a=1&b=2")
    found = region_map("500000", [place], title="Schools")
    html = render_to_string("ui/tile_map.html", {"map": found})
    assert "&lt;永川&gt;: 3" in html
    assert "/x/?a=1&amp;b=2" in html
    assert "style=" not in html
