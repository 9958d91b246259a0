"""The rules of the house that import-linter cannot say."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.template import engines
from django.urls import URLPattern, URLResolver, get_resolver

import jiangxin

PACKAGE = Path(jiangxin.__file__).parent
APPS = sorted(p.name for p in (PACKAGE / "apps").iterdir() if (p / "apps.py").exists())
# from the top, as in pyproject.toml
LADDER = [
    "dashboards",
    "policies",
    "indicators",
    "collections",
    "registers",
    "organisations",
    "notices",
    "accounts",
    "reference",
]
PUBLIC_FACE = {"queries", "actions", "permissions", "workflow", "facts"}


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                yield f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name


def test_the_ladder_of_this_test_is_the_real_one() -> None:
    assert sorted(LADDER) == APPS


@pytest.mark.parametrize("app", APPS)
def test_another_app_is_used_through_its_public_face(app: str) -> None:
    wrong = []
    for path, tree in modules(PACKAGE / "apps" / app):
        if "migrations" in path.parts:
            continue
        type_only = _type_checking_imports(tree)
        for name in imported(tree):
            parts = name.split(".")
            if parts[:2] != ["jiangxin", "apps"] or len(parts) < 4 or parts[2] == app:
                continue
            if parts[3] in PUBLIC_FACE or name in type_only:
                continue
            # types of a lower app's rows may be named; its tables may not be written
            if parts[3] == "models" and not _writes(tree, parts[-1]):
                continue
            wrong.append(f"{path.relative_to(PACKAGE)}: {name}")
    assert wrong == []


def _type_checking_imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            for inner in node.body:
                found |= set(imported(ast.Module(body=[inner], type_ignores=[])))
    return found


_WRITES = {"create", "bulk_create", "update", "delete", "save", "get_or_create", "update_or_create"}


def _writes(tree: ast.Module, model: str) -> bool:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _WRITES
            and ast.unparse(node.func).startswith(f"{model}.objects")
        ):
            return True
    return False


@pytest.mark.parametrize("app", APPS)
def test_foreign_keys_point_down_the_ladder(app: str) -> None:
    place = LADDER.index(app)
    wrong = []
    for model in apps.get_app_config(app).get_models():
        for field in model._meta.get_fields():
            target = getattr(field, "remote_field", None) and field.related_model
            if not target or field.auto_created:
                continue
            label = target._meta.app_label  # type: ignore[union-attr]
            if label in LADDER and LADDER.index(label) < place:
                wrong.append(f"{model.__name__}.{field.name} → {label}")
    assert wrong == []


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback


def test_every_page_declares_its_audience() -> None:
    silent = []
    for route, view in routes():
        module = inspect.getmodule(inspect.unwrap(view))
        name = module.__name__ if module else ""
        if not name.startswith("jiangxin.") or route.startswith("api/"):
            continue
        if getattr(view, "audience", None) is None:
            silent.append(route)
    assert silent == []


def test_every_api_operation_declares_its_audience() -> None:
    from jiangxin.config.api import api
    from jiangxin.core.http import Door

    silent = []
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                doors = operation.auth_callbacks
                if not doors or not all(isinstance(door, Door) for door in doors):
                    silent.append(f"{operation.methods} {prefix}{path}")
    assert silent == []


@pytest.mark.parametrize("app", APPS)
def test_public_actions_take_by_and_at(app: str) -> None:
    if util.find_spec(f"jiangxin.apps.{app}.actions") is None:
        pytest.skip("no actions: this app only reads")
    module = import_module(f"jiangxin.apps.{app}.actions")
    wrong = []
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("_") or not function.__module__.startswith(f"jiangxin.apps.{app}."):
            continue
        first = (inspect.getdoc(function) or "").split(" ")[0]
        is_a_reading = first in {"Return", "Compare", "List", "Tell", "Whether", "Answer"}
        parameters = inspect.signature(function).parameters
        if not is_a_reading and not {"by", "at"} <= set(parameters):
            wrong.append(name)
    assert wrong == []


def test_migrations_import_no_product_code() -> None:
    allowed = {"jiangxin.core.models", "jiangxin.apps.accounts.models"}
    wrong = []
    for path, tree in modules(PACKAGE):
        if path.parent.name != "migrations":
            continue
        for name in imported(tree):
            module = name if name in allowed else name.rsplit(".", 1)[0]
            if name.startswith("jiangxin") and name not in allowed and module not in allowed:
                wrong.append(f"{path.relative_to(PACKAGE)}: {name}")
    assert wrong == []


def test_every_template_compiles() -> None:
    engine = engines["django"]
    for path in PACKAGE.rglob("templates/**/*.html"):
        engine.get_template(str(path.relative_to(_template_root(path))))


def _template_root(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.name == "templates")


def test_suppressions_carry_a_reason() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if "# noqa" in line and " -- " not in line.split("# noqa")[1]:
                wrong.append(f"{path.relative_to(PACKAGE)}:{number}")
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_every_app_introduces_itself(app: str) -> None:
    text = (PACKAGE / "apps" / app / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {app}\n")
