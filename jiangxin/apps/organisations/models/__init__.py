"""Tables of the app, by noun: organisations and their names, imports of sheets, school years."""

from jiangxin.apps.organisations.models.events import (
    EventParticipant,
    FormerCode,
    OrganisationEvent,
    Phase,
)
from jiangxin.apps.organisations.models.imports import Import
from jiangxin.apps.organisations.models.keys import OrganisationKey, OrganisationSet
from jiangxin.apps.organisations.models.links import Campus, Holding, OrganisationLink
from jiangxin.apps.organisations.models.organisations import (
    Alias,
    Organisation,
    OrganisationName,
    OrganisationQuerySet,
    normal_form,
    short_region,
    stem_of,
)
from jiangxin.apps.organisations.models.region_data import RegionBoundary, RegionFigure
from jiangxin.apps.organisations.models.school_years import (
    KEYS,
    SCHOOL_TYPES,
    Key,
    Reported,
    SchoolYear,
)

__all__ = [
    "KEYS",
    "SCHOOL_TYPES",
    "Alias",
    "Campus",
    "EventParticipant",
    "FormerCode",
    "Holding",
    "Import",
    "Key",
    "Organisation",
    "OrganisationEvent",
    "OrganisationKey",
    "OrganisationLink",
    "OrganisationName",
    "OrganisationQuerySet",
    "OrganisationSet",
    "Phase",
    "RegionBoundary",
    "RegionFigure",
    "Reported",
    "SchoolYear",
    "normal_form",
    "short_region",
    "stem_of",
]
