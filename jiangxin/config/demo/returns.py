"""Simulated returns of the demo: what schools and enterprises of a district filed in a year."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Collection, Edition, Filing
from jiangxin.apps.collections.workflow import EditionState
from jiangxin.apps.organisations.models import SchoolYear
from jiangxin.apps.reference import queries as reference
from jiangxin.config.demo import places
from jiangxin.config.demo.samples import Sampler
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import SYSTEM

_DAY = datetime.timedelta(days=1)
_STEP = 30 * _DAY
_MONTHS_BACK = 330 * _DAY
# the smallest file that a reader opens; the demo has no real papers
_PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
# answers that a draw would hardly bring into agreement
_GIVEN: Mapping[str, Mapping[str, Any]] = {
    "annual_school_return": {
        "income_fiscal": 18_600_000, "income_tuition": 2_400_000, "income_other": 900_000,
        "income_total": 21_900_000, "spending_people": 12_800_000, "spending_teaching": 5_100_000,
        "spending_building": 2_700_000, "spending_total": 20_600_000,
    },
    "enterprise_annual_report": {"interns_taken": 24, "interns_paid": 24},
    "internship_inspection": {"interns_in_all": 180, "agreements_archived": 180, "unpaid": 0},
    "internship_plan": {
        "three_party": 4_800, "insured": 4_800,
        "firms_vetted": ["lawful", "managed", "equipped", "safe"],
    },
    "teacher_development_plan": {"yearly_budget": 90_000_000},
}  # fmt: skip


class ReturnDemo:
    """Walks through a year as it might have been: editions open, filers file, bureaus decide."""

    def __init__(self, *, at: datetime.datetime, sampler: Sampler) -> None:
        self.at = at
        self._sampler = sampler
        self._left = 0

    def load(self) -> Iterator[tuple[str, int]]:
        """Run the collections in a district; yields what and how many."""
        begin = self.at - _MONTHS_BACK
        region = reference.get_region(places.YONGCHUAN, on=self.at.date())
        for collection in Collection.objects.select_related("current").order_by("code"):
            if not collection.definition.audience.regions:
                actions.run_collection(
                    collection=collection, region=region, by=SYSTEM, at=begin,
                    starts_on=begin.date(), is_simulated=True,
                )  # fmt: skip
        moment = begin
        while moment < self.at:
            self._go_on(moment)
            moment += _STEP
        self._go_on(self.at, is_now=True)
        yield "editions", Edition.objects.count()
        yield "returns", Filing.objects.count()

    def _go_on(self, at: datetime.datetime, *, is_now: bool = False) -> None:
        actions.open_editions(by=SYSTEM, at=at)
        opened = Edition.objects.filter(state=EditionState.OPEN).select_related(
            "collection__current", "version", "scope", "region"
        )
        for edition in opened:
            for organisation in queries.expected_organisations(edition, on=at.date()):
                draw = _draw(f"{edition.collection.code}/{edition.period}/{organisation.code}")
                # few file in the first days, most before the deadline, some never
                if draw < (0.55 if at.date() <= edition.due_on else 0.9):
                    self._file(edition, organisation, draw, at, is_now=is_now)
            if not is_now:
                actions.review_many(edition=edition, by=SYSTEM, at=at)

    def _file(
        self,
        edition: Edition,
        organisation: Any,
        draw: float,
        at: datetime.datetime,
        *,
        is_now: bool,
    ) -> None:
        scope = organisation.scope
        if edition.filings.filter(scope=scope).exists():
            return
        filing = queries.filing_of(edition, scope.uuid, viewer=SYSTEM, on=at.date())
        form = edition.version.definition.form
        key = f"{edition.collection.code}/{edition.period}/{organisation.code}"
        given = self._known(edition, organisation, form)
        values = self._sampler.values(form, key, given=given)
        filing = actions.save_draft(
            filing=filing, raw=values, seen=filing.row_version, by=SYSTEM, at=at
        ).filing
        papers = [field for field in form.fields if field.type == "file" and field.required]
        for field in papers:
            paper = actions.attach(
                filing=filing, field=field, data=_PAPER, filename=f"{field.label.zh_hans}（演示）.pdf",
                by=SYSTEM, at=at,
            )  # fmt: skip
            values[field.code] = paper.as_value
        if papers:
            filing = actions.save_draft(
                filing=filing, raw=values, seen=filing.row_version, by=SYSTEM, at=at
            ).filing
        if is_now and draw > 0.42:
            return  # still a draft
        try:
            filing = actions.submit(
                filing=filing, seen=filing.row_version, note="模拟数据：数值变化已核实。",
                by=SYSTEM, at=at,
            )  # fmt: skip
        except Invalid:
            self._left += 1  # made-up answers that do not fit stay a draft
            return
        if is_now and draw < 0.08:
            actions.return_filing(
                filing=filing, seen=filing.row_version, by=SYSTEM, at=at,
                reason="演示：请补充说明数据来源后重新报送。",
            )  # fmt: skip

    def _known(self, edition: Edition, organisation: Any, form: Any) -> Mapping[str, Any]:
        """Return the numbers that the school has reported already, by field of the return."""
        given = dict(_GIVEN.get(edition.collection.code, {}))
        hook = edition.version.definition.on_approval
        if hook is None:
            return given
        row = SchoolYear.objects.filter(organisation=organisation, year=edition.year).first()
        fields = {field.code for field in form.fields}
        return given | {
            field: row.values[key]
            for key, field in hook.values.items()
            if row is not None and field in fields and key in row.values
        }


def _draw(key: str) -> float:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
