"""Set a value of a rule for a region from a day on, and take a setting back."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.reference import permissions, queries
from jiangxin.apps.reference.models import RuleSetting
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer
from jiangxin.engines import rulebook


@dataclass(frozen=True, slots=True)
class RuleSource:
    """The official document behind a setting."""

    document: str
    number: str = ""
    article: str = ""
    reason: str = ""


@transaction.atomic
def set_rule_value(
    *,
    code: str,
    region_code: str,
    starts_on: datetime.date,
    content: rulebook.RuleContent,
    source: RuleSource,
    by: Viewer,
    at: datetime.datetime,
) -> RuleSetting:
    """Set what a rule says in a region and below from a day on; the file stays as it is.

    Args:
        region_code: six digits, or empty for the whole country.
        content: of the shape that the file has: a number, numbers in order, or named numbers.

    Raises:
        NotFound: no such rule, or no such region on that day.
        NotPermitted: `by` does not keep the rules of this region.
        Invalid: the content has another shape, or no document is named.
    """
    region = queries.get_region(region_code, on=starts_on) if region_code else None
    path = region.path if region is not None else permissions.NATION_PATH
    permissions.can_set_rule(by, path).enforce()
    stated = queries.rule(code)
    problems = _problems(stated, content, source)
    if problems:
        raise Invalid(" ".join(problems.values()), data={"fields": problems})
    setting = RuleSetting.objects.create(
        code=code,
        region_code=region_code,
        starts_on=starts_on,
        content=list(content) if isinstance(content, tuple) else content,
        document=source.document.strip(),
        number=source.number.strip(),
        article=source.article.strip(),
        reason=source.reason.strip(),
        set_by_name=by.name,
        set_at=at,
    )
    audit.record(
        "reference.rule.set",
        by=by,
        at=at,
        subject=setting,
        path=path,
        data={"code": code, "region": region_code, "from": starts_on, "content": setting.content},
    )
    transaction.on_commit(queries.forget_settings)
    return setting


def _problems(
    stated: rulebook.Rule, content: rulebook.RuleContent, source: RuleSource
) -> dict[str, str]:
    found = {}
    if not source.document.strip():
        found["document"] = _("Name the official document that says so.")
    if stated.formula:
        found["content"] = _(
            "This rule is computed from others. Set the values of the rules that it reads."
        )
        return found
    now = stated.values[-1].content
    if isinstance(now, Mapping) != isinstance(content, Mapping) or isinstance(
        now, tuple
    ) != isinstance(content, tuple):
        found["content"] = _("The value must have the shape of the one in force.")
    elif (
        # a check by type may be set for one type only, also one that the file does not know
        not stated.comparator
        and isinstance(now, Mapping)
        and isinstance(content, Mapping)
        and set(now) != set(content)
    ):
        found["content"] = _("Give a number for each of: %(names)s.") % {"names": ", ".join(now)}
    return found


@transaction.atomic
def withdraw_rule_setting(
    *, setting: RuleSetting, by: Viewer, at: datetime.datetime
) -> RuleSetting:
    """Take a setting back: what held without it holds again; the setting stays in the history.

    Raises:
        NotPermitted: `by` does not keep the rules of this region.
        WrongState: it was taken back before.
    """
    setting = setting.locked()
    path = permissions.NATION_PATH
    if setting.region_code:
        path = queries.get_region(setting.region_code, on=setting.starts_on).path
    permissions.can_set_rule(by, path).enforce()
    if setting.withdrawn_at is not None:
        raise WrongState(_("This setting was taken back before. Nothing has changed."))
    setting.withdrawn_at = at
    setting.save(update_fields=["withdrawn_at"])
    audit.record(
        "reference.rule.withdrawn",
        by=by,
        at=at,
        subject=setting,
        path=path,
        data={"code": setting.code, "region": setting.region_code},
    )
    transaction.on_commit(queries.forget_settings)
    return setting
