"""Simulated changes of organisations in the demo: a group in force, a merger and an upgrade to come."""

from __future__ import annotations

import datetime

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.models import Organisation
from jiangxin.core.permissions import SYSTEM

_DAY = datetime.timedelta(days=1)


def load_events(*, at: datetime.datetime) -> int:
    """Plan three events of Yongchuan; returns how many."""
    today = at.date()
    named = {o.name: o for o in Organisation.objects.select_related("region", "scope")}
    plans = (
        queries.Plan(
            kind="group",
            effective_on=today - 90 * _DAY,
            document="关于组建渝西职业教育集团的批复（演示）",
            lead=named["重庆星湖职业技术学院"],
            members=(named["永川区明德职业教育中心"], named["永川区启航中等专业学校"]),
            values={"link": "one_n", "title": "渝西职业教育集团（演示）"},
            is_simulated=True,
        ),
        queries.Plan(
            kind="merger",
            effective_on=today + 60 * _DAY,
            document="关于整合永川区中等职业教育资源的通知（演示）",
            sources=(named["永川区竹海职业学校"],),
            target=named["永川区明德职业教育中心"],
            is_simulated=True,
        ),
        queries.Plan(
            kind="upgrade",
            effective_on=today + 280 * _DAY,
            document="关于同意设置职业本科学校的批复（演示）",
            sources=(named["重庆茶山水利职业学院"],),
            values={"stage": "vocational_university"},
            is_simulated=True,
        ),
    )
    for plan in plans:
        actions.plan_event(plan=plan, by=SYSTEM, at=at)
    return len(plans)
