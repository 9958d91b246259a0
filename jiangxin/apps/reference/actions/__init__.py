"""Changes of reference data: editions of code lists, regions, the calendar, rules."""

from jiangxin.apps.reference.actions.editions import (
    DateMissing,
    DivisionRow,
    EditionHeader,
    EditionTooEarly,
    IndustryRow,
    NoWayUp,
    OccupationRow,
    Outcome,
    ProgrammeRow,
    Row,
    digest_of,
    load_edition,
    merge_regions,
    rename_region,
    set_terms,
)
from jiangxin.apps.reference.actions.rules import (
    RuleSource,
    set_rule_value,
    withdraw_rule_setting,
)

__all__ = [
    "DateMissing",
    "DivisionRow",
    "EditionHeader",
    "EditionTooEarly",
    "IndustryRow",
    "NoWayUp",
    "OccupationRow",
    "Outcome",
    "ProgrammeRow",
    "Row",
    "RuleSource",
    "digest_of",
    "load_edition",
    "merge_regions",
    "rename_region",
    "set_rule_value",
    "set_terms",
    "withdraw_rule_setting",
]
