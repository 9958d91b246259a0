"""Tables of the app, by noun: organisations and their names, imports of sheets."""

from jiangxin.apps.organisations.models.imports import Import
from jiangxin.apps.organisations.models.keys import OrganisationKey, OrganisationSet
from jiangxin.apps.organisations.models.organisations import (
    Alias,
    Organisation,
    OrganisationName,
    OrganisationQuerySet,
    normal_form,
    short_region,
    stem_of,
)

__all__ = [
    "Alias",
    "Import",
    "Organisation",
    "OrganisationKey",
    "OrganisationName",
    "OrganisationQuerySet",
    "OrganisationSet",
    "normal_form",
    "short_region",
    "stem_of",
]
