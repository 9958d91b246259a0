"""Who may compute, publish and report."""

from __future__ import annotations

from jiangxin.core.permissions import Decision, Viewer


def can_compute(by: Viewer) -> Decision:
    """Answer whether `by` may take snapshots and compute; results cover all regions."""
    return by.holds_anywhere("indicators.compute")


def can_publish(by: Viewer, path: str) -> Decision:
    """Answer whether `by` may show the values of the region at the path to the public."""
    return by.holds("indicators.publish", path)


def can_report(by: Viewer, path: str) -> Decision:
    """Answer whether `by` may report a value for the region or organisation at the path."""
    return by.holds("indicators.report", path)
