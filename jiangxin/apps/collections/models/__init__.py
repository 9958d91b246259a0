"""Tables of the app, by noun: collections, editions, filings."""

from jiangxin.apps.collections.models.collections import (
    Collection,
    CollectionVersion,
    Running,
    from_above,
)
from jiangxin.apps.collections.models.definition import (
    LEVELS,
    Audience,
    Day,
    Definition,
    Hook,
    InvalidCollection,
    PlacedStep,
    Recurrence,
    Step,
    parse_definition,
    placed_steps,
    places_of,
)
from jiangxin.apps.collections.models.editions import Edition, Extension, RegionApproval
from jiangxin.apps.collections.models.filings import (
    Attachment,
    Filing,
    FilingImport,
    FilingQuerySet,
    FilingRevision,
    Review,
)

__all__ = [
    "LEVELS",
    "Attachment",
    "Audience",
    "Collection",
    "CollectionVersion",
    "Day",
    "Definition",
    "Edition",
    "Extension",
    "Filing",
    "FilingImport",
    "FilingQuerySet",
    "FilingRevision",
    "Hook",
    "InvalidCollection",
    "PlacedStep",
    "Recurrence",
    "RegionApproval",
    "Review",
    "Running",
    "Step",
    "from_above",
    "parse_definition",
    "placed_steps",
    "places_of",
]
