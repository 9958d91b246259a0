"""Documents and targets for tests; every state is reached by the real actions."""

from __future__ import annotations

from typing import Any

from jiangxin.apps.policies import actions
from jiangxin.apps.policies.models import PolicyDocument, Target
from jiangxin.core.permissions import SYSTEM, Viewer
from tests.apps.accounts.factories import NOW, region
from tests.apps.policies.texts import CHILD


def document(text: str = CHILD, *, by: Viewer = SYSTEM, name: str = "plan.txt") -> PolicyDocument:
    """Return a document that was imported from a text."""
    region()
    done = actions.import_document(data=text.encode(), filename=name, by=by, at=NOW)
    return PolicyDocument.objects.select_related("scope", "region").get(pk=done.document.pk)


def adopted(text: str = CHILD, **values: Any) -> PolicyDocument:
    """Return a document whose items were all accepted and that was adopted."""
    found = document(text, **values)
    actions.accept_all(document=found, by=SYSTEM, at=NOW)
    return actions.move_document(document=found, move="adopt", by=SYSTEM, at=NOW)


def published(text: str = CHILD, **values: Any) -> PolicyDocument:
    """Return a document that the public can see."""
    return actions.move_document(
        document=adopted(text, **values), move="publish", by=SYSTEM, at=NOW
    )


def target(found: PolicyDocument, words: str = "双师型") -> Target:
    """Return the first target of a document whose metric or quote has these words."""
    rows = Target.objects.filter(document=found).order_by("start")
    row: Target = (rows.filter(metric__contains=words) | rows.filter(quote__contains=words)).first()
    return row


def bound(found: PolicyDocument, words: str = "双师型", indicator: str = "") -> Target:
    """Return a target whose indicator a person confirmed: the suggested one unless named."""
    row = target(found, words)
    return actions.bind_target(
        target=row, indicator_code=indicator or row.indicator_code, by=SYSTEM, at=NOW
    )


def facts(**document_values: Any) -> dict[str, Any]:
    """Return the facts of CHILD as somebody knows them who does not have its text."""
    return {
        "document": {
            "title": "永川区技能人才培养行动计划（2025-2027年）",
            "document_number": "永府办发〔2025〕7号",
            "issuers": ["重庆市永川区人民政府办公室"],
            **document_values,
        },
        "clauses": [
            {"path": "一", "heading": "目标"},
            {"path": "二", "heading": "任务"},
            {"path": "二/（一）", "heading": "联合体"},
        ],
        "targets": [
            {
                "clause": "一",
                "metric": "双师型教师占比",
                "comparator": ">=",
                "low": 80,
                "unit": "%",
                "strength": "planned",
            },
            {
                "clause": "二/（一）",
                "metric": "市级产教联合体数",
                "comparator": "range",
                "low": 2,
                "high": 3,
                "unit": "个",
                "strength": "planned",
            },
        ],
        "responsibilities": [{"clause": "二/（一）", "role": "lead", "units": ["区教委"]}],
    }
