"""The five real documents, where POLICIES names their folder: import, merge, cascade, clashes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

import jiangxin
from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.models import DocumentLink, PolicyDocument, Target
from jiangxin.apps.reference import sheets
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.real_documents, pytest.mark.slow]

FACTS = Path(jiangxin.__file__).parent / "config" / "demo" / "policy_facts"
# hand count of policies/gold/targets.csv
TARGETS = {"500000": 17, "000000": 0, "510000": 1, "510115": 20, "500118": 54}
# who carries out whom, as the documents say themselves (requirements, GOV-01)
LINKS = {("000000", "500000"), ("000000", "510000"), ("500000", "500118"), ("000000", "500118")}


def _import() -> None:
    from jiangxin.apps.accounts.actions import create_region_scopes

    sheets.load_reference(by=SYSTEM, at=NOW)
    create_region_scopes(by=SYSTEM, at=NOW)
    for path in sorted(Path(os.environ["POLICIES"]).glob("*.txt")):
        actions.import_document(data=path.read_bytes(), filename=path.name, by=SYSTEM, at=NOW)


def _counts() -> dict[str, int]:
    return {
        document.region.code: Target.objects.filter(document=document).count()
        for document in PolicyDocument.objects.select_related("region")
    }


def test_import_of_all_five_tells_regions_and_links() -> None:
    _import()
    assert _counts() == TARGETS
    links = DocumentLink.objects.select_related("parent__region", "child__region")
    assert {(link.parent.region.code, link.child.region.code) for link in links} == LINKS
    assert all(link.pairs.filter(strength=2).exists() for link in links)


def test_texts_give_the_facts_their_places() -> None:
    from jiangxin.apps.accounts.actions import create_region_scopes
    from jiangxin.apps.reference import queries as reference

    sheets.load_reference(by=SYSTEM, at=NOW)
    create_region_scopes(by=SYSTEM, at=NOW)
    for path in sorted(FACTS.glob("*.yaml")):
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
        region = reference.get_region(str(facts["document"]["region"]), on=NOW.date())
        actions.record_document(facts=facts, region=region, by=SYSTEM, at=NOW)
    _import()
    assert PolicyDocument.objects.filter(text="").count() == 0
    assert _counts() == TARGETS
    assert not Target.objects.filter(start=None).exists()


def test_contradictions_of_the_plan_are_found() -> None:
    _import()
    found = {
        tuple(sorted((clash.targets[0].low, clash.targets[1].low)))
        for clash in queries.contradictions(viewer=SYSTEM)
    }
    # requirements, Appendix D: stay rates 75/60 and 90/75, bachelor programmes 10/4, teams by
    # two days
    assert {(60.0, 75.0), (75.0, 90.0), (4.0, 10.0), (10.0, 10.0)} <= found
