"""What people type, by noun: the directory, events, ownership and campuses, duplicates."""

from jiangxin.apps.organisations.forms.directory import (
    AliasForm,
    CloseForm,
    DayInput,
    FactsForm,
    OrganisationFilter,
    RegisterForm,
    RenameForm,
    UploadForm,
)

__all__ = [
    "AliasForm",
    "CloseForm",
    "DayInput",
    "FactsForm",
    "OrganisationFilter",
    "RegisterForm",
    "RenameForm",
    "UploadForm",
]
