"""Which document and which clause carries out which."""

from __future__ import annotations

import pytest

from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.models import CascadePair, Clause, DocumentLink
from jiangxin.core.errors import Conflict, NotFound, NotPermitted
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, officer
from tests.apps.policies import factories
from tests.apps.policies.texts import CHILD, PARENT, STRANGER

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("order", [(PARENT, CHILD), (CHILD, PARENT)])
def test_a_citation_links_documents_whichever_comes_first(order: tuple[str, str]) -> None:
    for text in order:
        factories.document(text)
    factories.document(STRANGER)
    link = DocumentLink.objects.get()
    assert link.parent.document_number == "渝府发〔2024〕31号"
    assert link.child.document_number == "永府办发〔2025〕7号"
    assert (link.origin, link.verdict) == ("cited", "suggested")
    assert "渝府发〔2024〕31号" in link.reason


def _pair(heading: str) -> CascadePair:
    return CascadePair.objects.filter(parent_clause__heading=heading).order_by("-score")[0]


def test_clauses_are_paired_with_the_words_they_share() -> None:
    factories.document(PARENT)
    factories.document(CHILD)
    pair = _pair("建设产教联合体")
    assert pair.child_clause.heading == "组建产教联合体"
    assert pair.strength == 2
    assert any("联合体" in words for words in pair.shared)


def test_cascade_of_tells_what_is_left_on_both_sides() -> None:
    factories.document(PARENT)
    factories.document(CHILD)
    shown = queries.cascade_of(DocumentLink.objects.get(), viewer=SYSTEM)
    assert "建立燃气管网巡查制度" in {clause.heading for clause in shown.uncovered}
    assert "培育非遗工坊" in {clause.heading for clause in shown.without_parent}


def test_a_rejected_pair_leaves_the_clause_uncovered_and_stays_rejected() -> None:
    factories.published(PARENT)
    factories.document(CHILD)
    pair = _pair("建设产教联合体")
    by = officer()
    for one in CascadePair.objects.filter(parent_clause=pair.parent_clause, strength=2):
        actions.decide_pair(pair=one, verdict="rejected", by=by, at=NOW)
    link = DocumentLink.objects.get()
    actions.compare_documents(link=link, by=by, at=NOW)
    pair.refresh_from_db()
    assert pair.verdict == "rejected"
    shown = queries.cascade_of(link, viewer=by)
    assert pair.parent_clause in shown.uncovered


def test_add_pair_is_confirmed_at_once() -> None:
    factories.document(PARENT)
    factories.document(CHILD)
    link = DocumentLink.objects.get()
    above = Clause.objects.get(document=link.parent, heading="建立燃气管网巡查制度")
    below = Clause.objects.get(document=link.child, heading="培育非遗工坊")
    pair = actions.add_pair(
        link=link, parent_clause=above, child_clause=below, by=officer(), at=NOW
    )
    assert (pair.strength, pair.verdict) == (2, "confirmed")
    assert above not in queries.cascade_of(link, viewer=SYSTEM).uncovered


def test_link_documents_only_once() -> None:
    parent, child = factories.document(STRANGER), factories.document(CHILD)
    link = actions.link_documents(parent=parent, child=child, by=SYSTEM, at=NOW)
    assert link.verdict == "confirmed"
    assert not link.pairs.filter(strength=2).exists()
    with pytest.raises(Conflict):
        actions.link_documents(parent=parent, child=child, by=SYSTEM, at=NOW)


def test_a_link_to_a_document_that_one_may_not_see_is_not_shown() -> None:
    parent = factories.adopted(PARENT)
    factories.document(CHILD)
    link = DocumentLink.objects.get()
    district, city = officer("500118"), officer("500000")
    assert list(queries.links(viewer=city)) == [link]
    assert not queries.links(viewer=district).exists()
    with pytest.raises(NotFound):
        queries.get_link(link.uuid, viewer=district)
    actions.move_document(document=parent, move="publish", by=SYSTEM, at=NOW)
    assert list(queries.links(viewer=district)) == [link]


def test_decide_link_is_for_the_office_of_the_child() -> None:
    factories.published(PARENT)
    factories.document(CHILD)
    link = DocumentLink.objects.get()
    with pytest.raises(NotPermitted):
        actions.decide_link(link=link, verdict="confirmed", by=officer("510115"), at=NOW)
    actions.decide_link(link=link, verdict="confirmed", by=officer("500118"), at=NOW)


def test_the_public_sees_confirmed_pairs_of_published_documents_only() -> None:
    factories.published(PARENT)
    factories.published(CHILD)
    link = DocumentLink.objects.get()
    assert not queries.links(viewer=PUBLIC).exists()
    actions.decide_link(link=link, verdict="confirmed", by=SYSTEM, at=NOW)
    assert list(queries.links(viewer=PUBLIC)) == [link]
    pair = _pair("建设产教联合体")
    rows = queries.cascade_of(link, viewer=PUBLIC).rows
    assert not any(row.pairs for row in rows)
    actions.decide_pair(pair=pair, verdict="confirmed", by=SYSTEM, at=NOW)
    rows = queries.cascade_of(link, viewer=PUBLIC).rows
    assert [p for row in rows for p in row.pairs] == [pair]
