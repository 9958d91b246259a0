"""Facts and computations for tests, handed in and computed by the real actions."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jiangxin.apps.indicators import actions
from jiangxin.apps.indicators.models import Computation, FactTable, Snapshot
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, load_regions

ENTERPRISES = (
    "region_code",
    "organisation_code",
    "year",
    "above_scale",
    "in_consortium",
    "integration_certified",
)
# two of three enterprises above scale take part in Yongchuan, none of one in Wenjiang
ROWS: tuple[tuple[Any, ...], ...] = (
    ("500118", "E1", 2025, True, True, True),
    ("500118", "E2", 2025, True, True, False),
    ("500118", "E3", 2025, True, False, False),
    ("500118", "E4", 2025, False, False, False),
    ("510115", "E5", 2025, True, False, False),
)


def sheet(
    folder: Path, rows: Sequence[Sequence[Any]] = ROWS, heads: Sequence[str] = ENTERPRISES
) -> Path:
    """Write rows as a CSV file."""
    path = folder / "enterprises.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)
    return path


def hand_in(folder: Path, rows: Sequence[Sequence[Any]] = ROWS, **values: Any) -> FactTable:
    """Hand in rows of the fact "enterprises"."""
    load_regions()
    return actions.hand_in_facts(
        fact="enterprises",
        file=sheet(folder, rows),
        by=SYSTEM,
        at=NOW,
        **{"origin": "test", **values},
    )


def snapshot() -> Snapshot:
    """Freeze what was handed in."""
    return actions.take_snapshot(by=SYSTEM, at=NOW)


def computed(folder: Path, rows: Sequence[Sequence[Any]] = ROWS) -> Computation:
    """Hand in, freeze and compute."""
    hand_in(folder, rows)
    return actions.compute_indicators(snapshot=snapshot(), by=SYSTEM, at=NOW)
