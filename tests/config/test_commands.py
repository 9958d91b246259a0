"""Commands of the operator and of the developer, run as they are run."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def jiangxin(var: Path, *words: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "JIANGXIN_VAR": str(var),
        "DATABASE_URL": "",
        "PYTHONPATH": str(root),
        "PYTHONWARNINGS": "default",
    }
    return subprocess.run(
        [sys.executable, "-m", "jiangxin", *words],
        env=env,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.slow
def test_backup_and_restore_lose_nothing(tmp_path: Path) -> None:
    old, new, archive = tmp_path / "old", tmp_path / "new", tmp_path / "backup.tar.gz"
    assert jiangxin(old, "migrate", "-v0").returncode == 0
    (old / "files").mkdir()
    (old / "files" / "evidence.txt").write_text("evidence")
    with sqlite3.connect(old / "jiangxin.sqlite3") as database:
        database.execute("INSERT INTO django_session VALUES ('key', 'value', '2030-01-01')")
    done = jiangxin(old, "backup", str(archive))
    assert done.returncode == 0, done.stderr
    assert jiangxin(old, "backup", str(archive)).returncode != 0  # never overwrites
    done = jiangxin(new, "restore", str(archive))
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(new / "jiangxin.sqlite3") as database:
        rows = database.execute("SELECT session_key FROM django_session").fetchall()
    assert rows == [("key",)]
    assert (new / "files" / "evidence.txt").read_text() == "evidence"
    assert not (new / "files" / "keys.json").exists()


@pytest.mark.slow
def test_restore_refuses_an_installation_with_people(tmp_path: Path) -> None:
    var, archive = tmp_path / "var", tmp_path / "backup.tar.gz"
    assert jiangxin(var, "migrate", "-v0").returncode == 0
    assert jiangxin(var, "backup", str(archive)).returncode == 0
    with sqlite3.connect(var / "jiangxin.sqlite3") as database:
        columns = [row[1:4] for row in database.execute("PRAGMA table_info(accounts_user)")]
        names = [name for name, _type, required in columns if required and name != "id"]
        values = ["2026-01-01" if "date" in n else f"v-{n}" for n in names]
        database.execute(
            f"INSERT INTO accounts_user ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            values,
        )
    done = jiangxin(var, "restore", str(archive))
    assert done.returncode != 0
    assert "--replace" in done.stderr


def test_generated_documents_are_current(tmp_path: Path) -> None:
    done = jiangxin(tmp_path, "document", "--check")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_new_app_takes_its_place(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    ignored = shutil.ignore_patterns("static", "__pycache__", "*.parquet")
    shutil.copytree(ROOT / "jiangxin", copy / "jiangxin", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    (copy / "tests" / "apps").mkdir(parents=True)
    done = jiangxin(tmp_path / "var", "new_app", "demand", root=copy)
    assert done.returncode == 0, done.stderr
    assert '"demand"' in (copy / "pyproject.toml").read_text()
    settings = (copy / "jiangxin/config/settings.py").read_text()
    assert settings.index("apps.indicators") < settings.index("apps.demand")
    assert settings.index("apps.demand") < settings.index("apps.organisations")
    assert jiangxin(tmp_path / "var", "check", root=copy).returncode == 0
    again = jiangxin(tmp_path / "var", "new_app", "demand", root=copy)
    assert again.returncode != 0
    assert "no free place" in again.stderr


def test_bench_prints_only_json(tmp_path: Path) -> None:
    done = jiangxin(tmp_path, "bench", "cascade", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {"case", "unit", "ours", "peer", "limit", "runs", "note"} <= set(rows[0])
