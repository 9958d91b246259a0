"""Thresholds by which targets of a region are judged on a day."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from jiangxin.apps.reference.queries import rule_value
from jiangxin.engines import measures


def thresholds(on: datetime.date, path: str) -> measures.Thresholds:
    """Return the thresholds by which targets of a region are judged on a day."""
    content = rule_value("attainment_thresholds", on=on, path=path).content
    if not isinstance(content, Mapping):
        raise TypeError("attainment_thresholds must be a mapping of named numbers")
    return measures.Thresholds(**content)
