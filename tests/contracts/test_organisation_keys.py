"""Every key to an organisation says what a merger does with its rows."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.models import (
    Organisation,
    OrganisationEvent,
    OrganisationKey,
    OrganisationSet,
)
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW
from tests.contracts import marked


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


def _rows(organisation: Organisation) -> dict[str, int]:
    """Return how many rows each column has for an organisation."""
    return {
        key.code: models.QuerySet(key.model).filter(**{key.field: organisation}).count()
        for key in queries.organisation_keys()
    }


def _all() -> dict[type[models.Model], int]:
    written = {"AuditRow", "AuditSeal", "AuditHead", "Role", "Notice", "Delivery"}
    written |= {"OrganisationEvent", "EventParticipant"}
    return {
        model: models.QuerySet(model).count()
        for model in apps.get_models(include_auto_created=True)
        if model.__name__ not in written
    }


@pytest.mark.django_db
def test_a_merger_of_two_schools_keeps_every_row_of_every_table() -> None:
    world = marked.build()
    target, source = world.a1.rows["organisation"], world.a2.rows["organisation"]
    before, total = {row.pk: _rows(row) for row in (target, source)}, _all()
    plan = queries.Plan(
        kind="merger", effective_on=NOW.date(), document="批复", sources=(source,), target=target
    )
    event: OrganisationEvent = actions.plan_event(plan=plan, by=SYSTEM, at=NOW)
    assert _all() == total
    after = {row.pk: _rows(row) for row in (target, source)}
    took_part = "organisations.EventParticipant.organisation"
    stayed = {row["rows"]: row["clashing"] for row in event.outcome}
    for key in queries.organisation_keys():
        if key.code == took_part:
            continue
        had = before[source.pk][key.code]
        stays = stayed.get(key.code, 0) if key.follows else had
        assert after[source.pk][key.code] == stays, key.code
        assert after[target.pk][key.code] == before[target.pk][key.code] + had - stays, key.code
    assert sum(row["moved"] for row in event.outcome) > 0
