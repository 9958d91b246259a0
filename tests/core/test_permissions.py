"""Grants, scope paths and the filter that all reads share."""

import pytest

from jiangxin.core.errors import NotPermitted
from jiangxin.core.permissions import PUBLIC, SYSTEM, Grant, Viewer

DISTRICT = "000000/500000/500118/"
OFFICER = Viewer(1, "Li", (Grant("officer", frozenset({"policies.manage"}), DISTRICT),))


@pytest.mark.parametrize(
    ("viewer", "duty", "path", "allowed"),
    [
        (OFFICER, "policies.manage", DISTRICT, True),
        (OFFICER, "policies.manage", DISTRICT + "@a1/", True),
        (OFFICER, "policies.manage", "000000/500000/", False),
        (OFFICER, "policies.manage", "000000/500000/500119/", False),
        (OFFICER, "policies.approve", DISTRICT, False),
        (PUBLIC, "policies.manage", DISTRICT, False),
        (SYSTEM, "anything", "anywhere/", True),
    ],
)
def test_holds(viewer: Viewer, duty: str, path: str, allowed: bool) -> None:
    decision = viewer.holds(duty, path)
    assert bool(decision) is allowed
    assert bool(decision.reason) is not allowed


def test_reasons_tell_apart_role_reach_and_sign_in() -> None:
    reasons = {
        OFFICER.holds("policies.approve", DISTRICT).reason,
        OFFICER.holds("policies.manage", "000000/").reason,
        PUBLIC.holds("policies.manage", DISTRICT).reason,
    }
    assert len(reasons) == 3


def test_enforce_raises_with_the_reason() -> None:
    with pytest.raises(NotPermitted) as caught:
        PUBLIC.holds("policies.manage", DISTRICT).enforce()
    assert caught.value.message == PUBLIC.holds("policies.manage", DISTRICT).reason


def test_star_stands_for_every_duty() -> None:
    all_duties = Viewer(2, "All", (Grant("operator", frozenset({"*"}), DISTRICT),))
    assert all_duties.holds("whatever", DISTRICT)
    assert all_duties.paths("whatever") == (DISTRICT,)
