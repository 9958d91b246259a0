"""What all tests share: regions, people, time, and stricter settings than production."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

# a Saturday in the second year of the Yongchuan plan
NOW = datetime.datetime(2026, 3, 14, 10, 0, tzinfo=datetime.UTC)


def pytest_configure(config: pytest.Config) -> None:
    """Use plain storage and fast hashing, whatever the settings say."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests on the real documents when none were given, and count them."""
    if os.environ.get("POLICIES"):
        return
    left_out = [item for item in items if item.get_closest_marker("real_documents")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("real_documents")]
        config.stash[_LEFT_OUT] = len(left_out)
        config.hook.pytest_deselected(items=left_out)


_LEFT_OUT = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many checks on real documents did not run."""
    count = config.stash.get(_LEFT_OUT, 0)
    if not os.environ.get("POLICIES"):
        terminalreporter.write_line(
            f"POLICIES is not set: {count or 'the'} checks on the five real documents did not run."
        )


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Messages are compared in the source language unless a test asks for another."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Any) -> None:
    """Every test has its own folders for files, facts, snapshots and audit heads."""
    settings.VAR = tmp_path
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.AUDIT_HEADS_FILE = tmp_path / "audit" / "heads.jsonl"


def pytest_sessionstart() -> None:
    """Tests are collected without a database: nothing was set on screen so far."""
    for remembered in _memory():
        remembered.read_at = float("inf")


def _memory() -> tuple[Any, Any]:
    """Return what a process remembers of the database for some seconds."""
    # the packages export functions of these names
    definitions = import_module("jiangxin.apps.indicators.queries.definitions")
    rule_values = import_module("jiangxin.apps.reference.queries.rule_values")
    return definitions._types, rule_values._settings


@pytest.fixture(autouse=True)
def _own_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set on screen until a test sets it and says so with a `forget_…`."""
    types, settings = _memory()
    for name in ("texts", "schemas", "definitions"):
        monkeypatch.setattr(types, name, {})
    monkeypatch.setattr(settings, "by_code", {})
    for remembered in (types, settings):
        monkeypatch.setattr(remembered, "read_at", float("inf"))


@pytest.fixture
def now() -> datetime.datetime:
    """The moment at which tests act."""
    return NOW


@pytest.fixture
def count_queries(django_assert_max_num_queries: Any) -> Callable[[Callable[[], Any]], int]:
    """Return a function that counts the queries of a call."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return count
