"""Who may change reference data; reading it is public."""

from __future__ import annotations

from jiangxin.core.permissions import Decision, Viewer

NATION_PATH = "000000/"


def can_load_edition(by: Viewer) -> Decision:
    """Answer whether `by` may load code lists, which hold for all regions."""
    return by.holds("reference.load", NATION_PATH)


def can_set_terms(by: Viewer, region_path: str) -> Decision:
    """Answer whether `by` may set the school calendar of the region."""
    return by.holds("reference.calendar", region_path)


def can_set_rule(by: Viewer, region_path: str) -> Decision:
    """Answer whether `by` may set what a rule says in the region and below."""
    return by.holds("rules.manage", region_path)
