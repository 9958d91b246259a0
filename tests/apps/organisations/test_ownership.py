"""Who owns whom: shares add up to at most the whole, and nobody owns itself. Expected by hand."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.models import Holding, Organisation
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, TODAY
from tests.apps.organisations.factories import organisation

pytestmark = pytest.mark.django_db


def hold(held: Organisation, holder: Any, share: str = "", **values: Any) -> Holding:
    known = {"holder": holder} if isinstance(holder, Organisation) else {"holder_name": holder}
    return actions.record_holding(
        organisation=held, holder_kind="private_enterprise", by=SYSTEM, at=NOW,
        share_percent=Decimal(share) if share else None, **known, **values,
    )  # fmt: skip


def firm(name: str) -> Organisation:
    return organisation(name, kind="enterprise", stage="", key=f"E{name}")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_a_cycle_over_several_steps_is_refused() -> None:
    a, b, c, d = (firm(n) for n in "甲乙丙丁")
    for held, holder in ((b, a), (c, b), (d, c)):  # a owns b, b owns c, c owns d
        hold(held, holder)
    with pytest.raises(Invalid) as refused:
        hold(a, d)
    assert refused.value.data["fields"] == {
        "holder": "丁 belongs to this organisation already, so it cannot own it."
    }
    with pytest.raises(Invalid):
        hold(a, a)
    assert Holding.objects.count() == 3


def test_an_ended_holding_closes_no_cycle() -> None:
    a, b = firm("甲"), firm("乙")
    hold(b, a, starts_on=day("2020-01-01"), ends_on=day("2024-01-01"))
    hold(a, b, starts_on=day("2024-01-01"))
    assert queries.owns(b, a, on=TODAY)
    assert not queries.owns(a, b, on=TODAY)


def test_shares_are_at_most_the_whole_on_every_day() -> None:
    school = organisation()
    hold(school, "甲", "60", ends_on=day("2024-01-01"))
    hold(school, "乙", "40")
    hold(school, "丙", "60", starts_on=day("2024-01-01"))  # follows on the first
    with pytest.raises(Invalid, match="0 are left"):
        hold(school, "丁", "0.001", starts_on=day("2023-01-01"), ends_on=day("2025-01-01"))
    third = Holding.objects.get(holder_name="丙")
    actions.end_holding(holding=third, ends_on=day("2026-01-01"), by=SYSTEM, at=NOW)
    hold(school, "丁", "60", starts_on=day("2026-01-01"))
    assert queries.ties_of(school, viewer=SYSTEM, on=day("2026-02-01")).shared_percent == 100.0


def test_a_share_that_overlaps_two_others_only_in_the_middle_is_refused() -> None:
    school = organisation()
    hold(school, "甲", "50", starts_on=day("2020-01-01"), ends_on=day("2022-01-01"))
    hold(school, "乙", "50", starts_on=day("2021-01-01"), ends_on=day("2023-01-01"))
    # 50 until 2021, 100 in 2021, 50 in 2022: 50 more fits in 2020 and 2022, not across 2021
    with pytest.raises(Invalid):
        hold(school, "丙", "50", starts_on=day("2020-06-01"), ends_on=day("2022-06-01"))
    hold(school, "丙", "50", starts_on=day("2022-01-01"), ends_on=day("2022-06-01"))


@pytest.mark.parametrize(
    ("ownership", "form", "fits"),
    [
        ("public", "government", True),
        ("public", "state_enterprise", True),
        ("public", "sole", False),
        ("private", "sole", True),
        ("private", "joint", True),
        ("private", "cooperative", True),
        ("private", "shareholding", True),
        ("private", "mixed", False),
        ("mixed", "mixed", True),
        ("mixed", "shareholding", True),
        ("mixed", "", True),
    ],
)
def test_the_form_goes_with_the_ownership(ownership: str, form: str, fits: bool) -> None:
    school = organisation()
    values: dict[str, Any] = {"organisation": school, "ownership": ownership, "form": form}
    if not fits:
        with pytest.raises(Invalid):
            actions.set_ownership(**values, by=SYSTEM, at=NOW)
        return
    actions.set_ownership(**values, by=SYSTEM, at=NOW)
    school.refresh_from_db()
    assert (school.ownership, school.ownership_form) == (ownership, form)


def test_what_a_school_is_entitled_to_depends_on_owner_and_region() -> None:
    wenjiang = organisation("温江民办学校", "510115", ownership="private", key="W")
    chongqing = organisation("永川混合所有制学校", ownership="mixed", key="Y")
    codes = {row.code for row in queries.entitlements_of(wenjiang)}
    assert codes == {"equal_standing", "shared_policies", "subsidies"}
    assert {row.code for row in queries.entitlements_of(chongqing)} == {"public_projects"}
    actions.set_ownership(
        organisation=chongqing, ownership="mixed", form="shareholding", by=SYSTEM, at=NOW
    )
    chongqing.refresh_from_db()
    assert {row.code for row in queries.entitlements_of(chongqing)} == {
        "combined_incentives", "state_enterprise_investment", "public_projects",
    }  # fmt: skip


def test_a_successor_holds_what_its_predecessor_held() -> None:
    one, two, school = firm("甲"), firm("乙"), organisation()
    hold(school, two, "30")
    plan = queries.Plan(
        kind="merger", effective_on=TODAY, document="批复", sources=(two,), target=one
    )
    actions.plan_event(plan=plan, by=SYSTEM, at=NOW)
    assert school.holdings.get().holder == one
