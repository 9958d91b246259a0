"""`jiangxin policies`: JSON per file without a database, import, cascade."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jiangxin.apps.policies.models import PolicyDocument, Target
from tests.apps.accounts.factories import region
from tests.apps.policies.texts import CHILD, PARENT, STRANGER


def _run(*arguments: Any) -> tuple[str, str, int]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("policies", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as error:
        return out.getvalue(), err.getvalue(), int(error.code or 0)
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.txt").write_text(CHILD, encoding="utf-8")
    (tmp_path / "parent.txt").write_text(PARENT, encoding="utf-8")
    return tmp_path


def test_parse_prints_an_array_without_a_database(folder: Path) -> None:
    out, err, status = _run("parse", folder / "plan.txt", folder / "parent.txt")
    plan, parent = json.loads(out)
    assert (err, status) == ("", 0)
    assert plan["document"]["document_number"] == "永府办发〔2025〕7号"
    assert parent["document"]["issued_on"] == "2024-09-10"
    target = next(t for t in plan["targets"] if "双师型" in t["quote"])
    assert (target["low"], target["unit"], target["comparator"]) == (80, "%", ">=")
    assert CHILD[target["start"] : target["end"]] == target["quote"]


def test_parse_writes_json_and_the_text_of_other_encodings(folder: Path) -> None:
    out = folder / "out"
    (folder / "plan.html").write_bytes(f"<p>{CHILD}</p>".encode("gb18030"))
    (folder / "old.txt").write_bytes(CHILD.encode("gb18030"))
    (folder / "bom.txt").write_bytes(b"\xef\xbb\xbf" + CHILD.replace("\n", "\r\n").encode())
    files = [folder / n for n in ("plan.txt", "plan.html", "old.txt", "bom.txt")]
    assert _run("parse", *files, "--out", out)[2] == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "bom.json",
        "old.json",
        "old.txt",
        "plan.html.json",
        "plan.html.txt",
        "plan.txt.json",
    ]
    assert (out / "old.txt").read_bytes().decode() == CHILD
    bom = json.loads((out / "bom.json").read_text(encoding="utf-8"))
    text = CHILD.replace("\n", "\r\n")
    target = bom["targets"][0]
    assert "".join(text[target["start"] : target["end"]].split()) == "".join(
        target["quote"].split()
    )


def test_parse_never_writes_over_an_original(folder: Path) -> None:
    (folder / "old.txt").write_bytes(CHILD.encode("gb18030"))
    _run("parse", folder / "old.txt", "--out", folder)
    assert (folder / "old.txt").read_bytes() == CHILD.encode("gb18030")
    assert (folder / "old.utf-8.txt").read_bytes().decode() == CHILD


def test_one_bad_file_does_not_stop_the_rest(folder: Path) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "empty.txt").write_bytes(b"")
    files = [folder / n for n in ("bad.pdf", "empty.txt", "missing.txt", "plan.txt")]
    _out, err, status = _run("parse", *files, "--out", folder / "out")
    assert status == 1
    assert [path.name for path in (folder / "out").iterdir()] == ["plan.json"]
    assert len(err.strip().splitlines()) == 3
    for name in ("bad.pdf", "empty.txt", "missing.txt"):
        assert name in err


@pytest.mark.django_db
def test_import_twice(folder: Path) -> None:
    region()
    first = _run("import", folder / "plan.txt", folder / "parent.txt")
    again = _run("import", folder / "plan.txt")
    assert (first[2], again[2]) == (0, 0)
    assert "already there" in again[0]
    assert PolicyDocument.objects.count() == 2
    assert Target.objects.filter(state="read").exists()


@pytest.mark.django_db
def test_import_with_a_region(folder: Path) -> None:
    region()
    (folder / "bare.txt").write_text("一、目标\n建成实训中心2个。", encoding="utf-8")
    assert _run("import", folder / "bare.txt")[2] == 1
    assert _run("import", folder / "bare.txt", "--region", "510115")[2] == 0
    assert PolicyDocument.objects.get().region.code == "510115"
    with pytest.raises(CommandError):
        _run("import", folder / "bare.txt", "--region", "999999")


def test_cascade_as_json(folder: Path) -> None:
    (folder / "stranger.txt").write_text(STRANGER, encoding="utf-8")
    found = json.loads(_run("cascade", folder / "parent.txt", folder / "plan.txt", "--json")[0])
    assert (found["parent"], found["child"]) == ("parent", "plan")
    best = next(p for p in found["pairs"] if p["parent_number_path"] == "二/（一）")
    assert (best["child_number_path"], best["strength"]) == ("二/（一）", 2)
    assert "二/（四）" in found["uncovered"]
    other = json.loads(_run("cascade", folder / "parent.txt", folder / "stranger.txt", "--json")[0])
    assert not [p for p in other["pairs"] if p["strength"] == 2]


def test_cascade_for_people(folder: Path) -> None:
    out = _run("cascade", folder / "parent.txt", folder / "plan.txt")[0]
    assert "二/（一） → 二/（一）" in out
    with pytest.raises(CommandError):
        _run("cascade", folder / "parent.txt", folder / "nothing.txt")
