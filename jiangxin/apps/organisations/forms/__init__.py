"""What people type, by noun: the directory, events, ownership and campuses, duplicates."""

from jiangxin.apps.organisations.forms.conditions import RegionFileForm, WhatIfForm
from jiangxin.apps.organisations.forms.directory import (
    AliasForm,
    CloseForm,
    DayInput,
    EventFilter,
    FactsForm,
    OrganisationFilter,
    RegisterForm,
    RenameForm,
    UploadForm,
)
from jiangxin.apps.organisations.forms.events import FORMS, EventForm, UndoForm
from jiangxin.apps.organisations.forms.ties import (
    AlignmentForm,
    CampusForm,
    EndForm,
    HoldingForm,
    JoinForm,
    OwnershipForm,
)

__all__ = [
    "FORMS",
    "AliasForm",
    "AlignmentForm",
    "CampusForm",
    "CloseForm",
    "DayInput",
    "EndForm",
    "EventFilter",
    "EventForm",
    "FactsForm",
    "HoldingForm",
    "JoinForm",
    "OrganisationFilter",
    "OwnershipForm",
    "RegionFileForm",
    "RegisterForm",
    "RenameForm",
    "UndoForm",
    "UploadForm",
    "WhatIfForm",
]
