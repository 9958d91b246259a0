"""Writes: facts handed in, snapshots, computations, publication, reported values."""

from jiangxin.apps.indicators.actions.compute import compute_indicators, publish_values
from jiangxin.apps.indicators.actions.facts import hand_in_facts, take_snapshot
from jiangxin.apps.indicators.actions.report import report_value, withdraw_report

__all__ = [
    "compute_indicators",
    "hand_in_facts",
    "publish_values",
    "report_value",
    "take_snapshot",
    "withdraw_report",
]
