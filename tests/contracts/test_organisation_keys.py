"""Every key to an organisation says what a merger does with its rows."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from jiangxin.apps.organisations.models import Organisation, OrganisationKey, OrganisationSet


def _keys() -> dict[str, models.Field]:  # type: ignore[type-arg]
    found = {}
    for model in apps.get_models(include_auto_created=False):
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if field.related_model is Organisation:
                found[f"{model._meta.label}.{field.name}"] = field
    return found


def test_every_key_to_an_organisation_says_whether_its_rows_follow() -> None:
    keys = _keys()
    assert "policies.TaskAssignment.organisation" in keys
    assert "policies.Target.owners" in keys
    plain = [
        name
        for name, field in keys.items()
        if not isinstance(field, OrganisationKey | OrganisationSet)
    ]
    assert plain == [], "use OrganisationKey or OrganisationSet of apps.organisations.models"
    assert {field.on_merger for field in keys.values()} <= {"follow", "stay"}  # type: ignore[attr-defined]


def test_migrations_see_plain_keys() -> None:
    for field in _keys().values():
        path = field.deconstruct()[1]
        assert path in {"django.db.models.ForeignKey", "django.db.models.ManyToManyField"}
        assert field.clone().on_merger == field.on_merger  # type: ignore[attr-defined]
