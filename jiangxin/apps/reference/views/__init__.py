"""Pages of reference data."""

from jiangxin.apps.reference.views.lists import (
    download,
    editions,
    industries,
    load,
    occupations,
    programmes,
    region,
    regions,
    terms,
)
from jiangxin.apps.reference.views.rules import rule, rules, set_rule, withdraw_rule

__all__ = [
    "download",
    "editions",
    "industries",
    "load",
    "occupations",
    "programmes",
    "region",
    "regions",
    "rule",
    "rules",
    "set_rule",
    "terms",
    "withdraw_rule",
]
