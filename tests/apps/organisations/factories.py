"""Organisations for tests, registered by the real actions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from jiangxin.apps.organisations import actions
from jiangxin.apps.organisations.models import Organisation
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, region

# recomputed by hand from GB 32100-2015 (weights 3^i mod 31); see test_actions
USCC = "91350100M000100Y43"


def details(name: str = "永川第一职业学校", code: str = "500118", **values: Any) -> actions.Details:
    """Return what somebody says about a school; other values by keyword."""
    values = {"kind": "school", "stage": "secondary", **values}
    return actions.Details(name=name, region=region(code), **values)


def organisation(
    name: str = "永川第一职业学校", code: str = "500118", **values: Any
) -> Organisation:
    """Return a registered organisation."""
    key = values.pop("key", "")
    return actions.register(
        details=details(name, code, **values), code=key, is_new=True, by=SYSTEM, at=NOW
    )


def bureau(name: str = "永川区教育委员会", code: str = "500118", **values: Any) -> Organisation:
    """Return a registered public authority."""
    return organisation(name, code, kind="bureau", stage="", **values)


def uscc(number: int) -> str:
    """Return a valid credit code made from a number, by the rule of GB 32100-2015."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91500118{number:09d}"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]


def sheet(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook with headings and rows."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, heads)
        for index, row in enumerate(rows, start=1):
            page.write_row(index, 0, row)
    return buffer.getvalue()
