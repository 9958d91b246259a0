"""The shipped code lists: counts of the official documents, shape of the codes, and the trees."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from jiangxin.apps.reference.sheets import DATA

REFERENCE_DATA = os.environ.get("REFERENCE_DATA", "")
needs_reference_data = pytest.mark.skipif(
    not REFERENCE_DATA, reason="set REFERENCE_DATA to a folder with the lists to compare with"
)


def rows(name: str, folder: Path = DATA) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_programmes_have_the_official_numbers() -> None:
    # 职业教育专业目录（2021年）: 358 中职, 744 高职专科, 247 高职本科, in 19 categories
    programmes = rows("programmes.csv")
    assert Counter(row["level"] for row in programmes) == {
        "secondary": 358,
        "college": 744,
        "bachelor": 247,
    }
    assert len({row["category"] for row in programmes}) == 19
    assert len({(row["level"], row["code"]) for row in programmes}) == 1349


def test_programme_codes_tell_level_category_and_control() -> None:
    first = {"secondary": range(61, 80), "college": range(41, 60), "bachelor": range(21, 40)}
    names: dict[int, set[str]] = {}
    for row in rows("programmes.csv"):
        assert re.fullmatch(r"\d{6}K?", row["code"])
        assert row["code"].endswith("K") == (row["state_controlled"] == "1")
        tens = int(row["code"][:2])
        assert tens in first[row["level"]]
        # the category of a level is 20 above that of the level before
        names.setdefault((tens - 21) % 20, set()).add(row["category"])
    assert [len(found) for found in names.values()] == [1] * 19


def test_industries_have_the_official_numbers_as_far_as_stated() -> None:
    # GB/T 4754-2017 with amendment 1: 20, 97, 473, 1382; what is missing stands in sources.yaml
    assert Counter(row["level"] for row in rows("industries.csv")) == {
        "section": 20,
        "division": 97,
        "group": 472,
        "class": 1379,
    }


def test_occupations_have_the_numbers_that_the_sources_state() -> None:
    occupations = rows("occupations.csv")
    assert Counter(row["level"] for row in occupations) == {
        "major": 8,
        "medium": 69,
        "minor": 376,
        "occupation": 1630,
    }
    assert Counter("L" in row["marks"] for row in occupations)[True] == 133
    assert Counter("S" in row["marks"] for row in occupations)[True] == 97


def test_divisions_have_the_official_numbers_of_provinces_and_cities() -> None:
    levels = Counter(row["level"] for row in rows("divisions.csv"))
    assert (levels["nation"], levels["province"], levels["city"]) == (1, 34, 333)
    assert (levels["county"], levels["zone"]) == (2850, 124)


@pytest.mark.parametrize("name", ["divisions", "occupations", "industries"])
def test_every_parent_is_listed_one_level_up(name: str) -> None:
    order = {
        "divisions": ["nation", "province", "city", "county", "zone"],
        "occupations": ["major", "medium", "minor", "occupation"],
        "industries": ["section", "division", "group", "class"],
    }[name]
    listed = rows(f"{name}.csv")
    levels = {row["code"]: order.index(row["level"]) for row in listed}
    assert len(levels) == len(listed)
    for row in listed:
        level = levels[row["code"]]
        assert (level == 0) == (row["parent"] == "")
        if row["parent"]:
            assert levels[row["parent"]] < level
            if name != "divisions":
                assert levels[row["parent"]] == level - 1


def test_codes_follow_those_of_their_parents() -> None:
    for row in rows("divisions.csv"):
        digits = {"nation": 0, "province": 0, "city": 2}.get(row["level"])
        if digits is None:
            digits = 2 if row["parent"].endswith("0000") else 4
        assert re.fullmatch(r"\d{6}", row["code"])
        assert row["code"][:digits] == row["parent"][:digits]
    for row in rows("occupations.csv"):
        assert re.fullmatch(r"\d(-\d\d){0,3}", row["code"])
        assert row["code"].startswith(row["parent"])
    for row in rows("industries.csv"):
        assert re.fullmatch(r"[A-T]|\d{2,4}", row["code"])
        if row["level"] in ("group", "class"):
            assert row["code"][:-1] == row["parent"]
        if row["level"] == "division":
            assert row["parent"] == row["section"]


@pytest.mark.parametrize("name", ["divisions", "programmes", "occupations", "industries"])
def test_names_carry_no_debris(name: str) -> None:
    for row in rows(f"{name}.csv"):
        assert re.fullmatch(r"[一-鿿、（）0-9DＤ]+", row["name"]), row
        assert "GBM" not in row["name"]
        assert row["name"].count("（") == row["name"].count("）")


def test_sources_state_document_and_number_of_rows() -> None:
    sources = yaml.safe_load((DATA / "sources.yaml").read_text(encoding="utf-8"))
    for source in sources.values():
        assert source["title"]
        assert source["issuer"]
        assert source["year"]
        assert source["rows"] == len(rows(source["file"]))


@needs_reference_data
def test_programmes_equal_the_list_to_compare_with() -> None:
    level = {"中职": "secondary", "高职专科": "college", "高职本科": "bachelor"}
    theirs = {
        (level[row["level"]], row["code"]): (row["name"], row["class"], row["category"])
        for row in rows("programmes.csv", Path(REFERENCE_DATA))
    }
    ours = {
        (row["level"], row["code"]): (row["name"], row["class"], row["category"])
        for row in rows("programmes.csv")
    }
    assert ours == theirs


@needs_reference_data
@pytest.mark.parametrize(
    ("name", "theirs", "ours_alone"),
    [
        # what we added or mended on the evidence of the official lists
        (
            "divisions.csv",
            "divisions_national.csv",
            {"000000", "710000", "810000", "820000"},
        ),
        ("occupations.csv", "occupations_2022.csv", {"3-02-02-01"}),
        ("industries.csv", "industries_gbt4754_2017.csv", {"0179"}),
    ],
)
def test_codes_equal_the_list_to_compare_with(name: str, theirs: str, ours_alone: set[str]) -> None:
    given = {row["code"]: row["name"] for row in rows(theirs, Path(REFERENCE_DATA))}
    ours = {
        row["code"]: row["name"]
        for row in rows(name)
        if name != "occupations.csv" or row["level"] == "occupation"
    }
    left_out = {
        "divisions.csv": {
            # groups of statistics, and a city listed as its own county
            *("110100", "120100", "310100", "419000", "429000", "469000", "500100", "500200"),
            *("659000", "620201"),
        },
        "occupations.csv": {"3-02-02-00"},
        "industries.csv": set(),
    }[name]
    assert set(ours) - set(given) == ours_alone
    assert set(given) - set(ours) == left_out

    def plain(text: str) -> str:
        return text.replace("(", "（").replace(")", "）").replace(" ", "")

    assert {c: (ours[c], given[c]) for c in ours if c in given and ours[c] != plain(given[c])} == {}
