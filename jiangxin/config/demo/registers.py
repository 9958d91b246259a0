"""Simulated registers of the demo: what is recognised, and applications on their way."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jiangxin.apps.accounts import queries as account_queries
from jiangxin.apps.accounts.models import User
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.reference import queries as reference
from jiangxin.apps.registers import actions, queries
from jiangxin.apps.registers.models import RegisterType
from jiangxin.apps.registers.models.definition import LEADER, RegisterDefinition
from jiangxin.config.demo import places
from jiangxin.config.demo.samples import Sampler
from jiangxin.core.forms import resolver_of
from jiangxin.core.permissions import SYSTEM, Viewer

_Y, _C, _W, _S = places.YONGCHUAN, places.CHONGQING, places.WENJIANG, places.SICHUAN
# region, type, level, first years of the things recognised there, who leads
RECOGNISED: tuple[tuple[str, str, str, tuple[int, ...], str], ...] = (
    (_Y, "city_consortium", "national", (2023,), "park"),
    (_Y, "city_consortium", "county", (2024, 2025), "school"),
    (_Y, "park_consortium", "county", (2025,), "park"),
    (_C, "city_consortium", "provincial", (2023, 2024), "school"),
    (_C, "park_consortium", "county", (2023, 2023, 2024, 2024, 2025, 2025, 2026), "park"),
    (_C, "industry_community", "provincial", (2023,) * 4 + (2024,) * 3 + (2025,) * 4, "enterprise"),
    (_Y, "public_training_centre", "provincial", (2024,), "school"),
    (_Y, "virtual_simulation_base", "national", (2022, 2025), "school"),
    (_Y, "virtual_simulation_base", "provincial", (2022, 2023, 2024), "school"),
    (_C, "virtual_simulation_base", "national", (2022,) * 5 + (2023,) * 3 + (2024,) * 2, "school"),
    (_Y, "industry_college", "provincial", (2022, 2022, 2023, 2023, 2024, 2025, 2026), "school"),
    (_Y, "vocational_university", "national", (2025,), "school"),
    (_C, "vocational_university", "national", (2022,), "school"),
    (_Y, "applied_university", "national", (2022,), "university"),
    (_Y, "bachelor_pilot_school", "provincial", (2024, 2026), "school"),
    (_Y, "double_high_college", "national", (2022, 2025), "school"),
    (_Y, "double_high_college", "provincial", (2022, 2023, 2024), "school"),
    (_Y, "double_excellent_school", "national", (2022,), "school"),
    (_Y, "double_excellent_school", "provincial", (2023, 2025), "school"),
    (_W, "demonstration_school", "provincial", (2020,), "school"),
    (_W, "new_quality_private_school", "county", (2020,), "school"),
    (_C, "international_school", "provincial", (2022, 2023, 2023, 2024, 2024, 2025), "school"),
    (_Y, "international_school", "provincial", (2024,), "school"),
    (_Y, "training_project", "national", (2023, 2024, 2025, 2025, 2026), "school"),
    (_Y, "online_course", "national", (2022,) * 4 + (2023,) * 2 + (2025,), "school"),
    (_C, "online_course", "national", (2022,) * 40 + (2023,) * 30 + (2024,) * 20, "school"),
    (_C, "planned_textbook", "national", (2022,) * 120 + (2023,) * 100 + (2024,) * 60, "school"),
    (_Y, "resource_library", "national", (2023, 2025), "school"),
    (_C, "resource_library", "national", (2022,) * 4 + (2023,) * 3 + (2024,) * 2, "school"),
    (_Y, "emerging_industry", "county", (2024, 2025, 2025, 2026), "other"),
    (_Y, "research_institute", "county", (2024, 2026), "enterprise"),
    (_Y, "research_platform", "national", (2026,), "university"),
    (_Y, "key_laboratory", "provincial", (2025,), "university"),
    (_Y, "sichuan_chongqing_laboratory", "provincial", (2024,), "university"),
    (_C, "innovation_centre", "national", (2024, 2025), "school"),
    (_C, "coeducation_platform", "provincial", (2023,) * 3 + (2024,) * 4 + (2025,) * 4, "school"),
    (_C, "pilot_production_base", "provincial", (2023,) * 6 + (2024,) * 6, "other"),
    (_C, "application_scene_base", "provincial", (2023,) * 5 + (2025,) * 6, "other"),
    (_C, "technology_centre", "provincial", (2023,) * 8 + (2024,) * 9, "school"),
    (_C, "international_alliance", "provincial", (2022, 2022, 2023, 2024, 2025), "school"),
    (_C, "chinese_plus_resource", "provincial", (2023,) * 12 + (2024,) * 16, "school"),
    (_C, "international_standard", "provincial", (2023,) * 9 + (2024,) * 11, "school"),
    (
        _Y,
        "international_programme",
        "provincial",
        (2024,) * 6 + (2025,) * 8 + (2026,) * 5,
        "school",
    ),
    (_Y, "international_training_base", "provincial", (2024, 2025), "school"),
    (_Y, "foreign_course", "provincial", (2024, 2025, 2026), "school"),
    (_Y, "east_west_standard", "national", (2025, 2026), "school"),
    (_Y, "east_west_cloud_course", "county", (2024,) * 3 + (2025,) * 4, "school"),
    (_Y, "east_west_training_base", "county", (2024,) * 3 + (2025,) * 3 + (2026,), "school"),
    (_Y, "teaching_standard", "county", (2024,) * 2 + (2025,) * 5 + (2026,) * 3, "school"),
    (_W, "entrepreneurship_team", "county", (2019,) * 6 + (2020,) * 5, "school"),
    (_S, "three_list", "provincial", (2024, 2025), "other"),
    (_C, "three_list", "provincial", (2023, 2024, 2024), "other"),
    (_C, "demand_catalogue", "provincial", (2022, 2024, 2026), "other"),
)
# of every type that nothing above speaks of, Yongchuan has one, first recognised in these years
_OTHERS = (2023, 2024, 2025)

# type, level, who applies, for what, and how far it is
APPLICATIONS: tuple[tuple[str, str, str, str, str], ...] = (
    ("shared_facility", "county", "重庆星湖职业技术学院", "工业机器人共享实训室", "submitted"),
    ("six_integration_case", "county", "重庆星湖职业技术学院", "书证融通的课堂改革", "returned"),
    ("digital_solution", "county", "永川星驰汽车制造有限公司", "产线数据进课堂方案", "draft"),
    ("heritage_project", "county", "永川区竹海职业学校", "竹编技艺传承项目", "publicity"),
    ("farm_school", "county", "重庆市渝西农林机械学校", "渝西新农学校", "decision"),
    ("training_base", "county", "永川区启航中等专业学校", "校企共建数控实训基地", "experts"),
)
_MINUTE = datetime.timedelta(minutes=1)


class RegisterDemo:
    """Makes up recognised things for the schools, parks and enterprises of the demo."""

    def __init__(self, *, at: datetime.datetime) -> None:
        self.at = at
        self.definitions = queries.current_definitions(on=at.date())
        self.sampler = Sampler(self._codes, year=at.year)
        self._known_codes: dict[str, list[str]] = {}
        self._organisations = list(
            Organisation.objects.select_related("region", "scope").order_by("code")
        )
        codes = (_Y, _C, _W, _S)
        self._regions = {code: reference.get_region(code, on=at.date()) for code in codes}

    def load(self) -> Iterator[tuple[str, int]]:
        """Take over what is recognised; yields what and how many."""
        for code in (_C, _S):
            actions.keep_registers(
                region=self._regions[code], since_year=2018, by=SYSTEM, at=self.at,
                is_simulated=True,
            )  # fmt: skip
        rows: dict[str, list[actions.Recognised]] = {}
        made: Counter[tuple[str, str]] = Counter()
        for region, code, level, years, led_by in RECOGNISED:
            for year in years:
                # other holders for each level: nothing here was raised from one to the next
                made[region, code] += 1
                n = made[region, code] - 1
                rows.setdefault(code, []).append(
                    self._recognised(code, region, level, year, n, led_by)
                )
        for n, (code, kind) in enumerate(self.definitions.items()):
            if code not in rows:
                level = "county" if "county" in kind.levels else kind.levels[-1]
                year = _OTHERS[n % len(_OTHERS)]
                rows[code] = [self._recognised(code, _Y, level, year, 0, "school")]
        count = 0
        for code, found in rows.items():
            kind_row = RegisterType.objects.get(code=code)
            done = actions.record_recognised_many(
                kind=kind_row, rows=found, by=SYSTEM, at=self.at, is_simulated=True
            )
            count += done.new
        yield "recognised things", count

    def _recognised(
        self, code: str, region: str, level: str, year: int, n: int, led_by: str
    ) -> actions.Recognised:
        kind = self.definitions[code]
        if level not in kind.levels:
            level = kind.levels[-1]
        nearby = self._within(region)
        holders = [o for o in nearby if kind.applicants.fits(o)]
        holder = _pick([o for o in holders if _leads_as(o) == led_by] or holders, n)
        place = self._regions[region].name if holder is None else holder.name
        return actions.Recognised(
            title=f"{place}{kind.label.zh_hans}（演示{n + 1}）"[:200],
            level=level,
            starts_on=datetime.date(year, 3 + n % 9, 1 + n % 27),
            organisation=holder,
            region=self._regions[region] if holder is None else None,
            values=self.sampler.values(kind.form, f"{region}/{code}/{level}/{n}", partial=True),
            members=self.members(kind, holder, nearby, n, led_by),
            document_number=f"演示〔{year}〕{n + 1}号",
        )

    def members(
        self,
        kind: RegisterDefinition,
        holder: Organisation | None,
        nearby: Sequence[Organisation],
        n: int,
        led_by: str,
    ) -> list[tuple[str, Any]]:
        """Return organisations for every role of a type, as many as each role needs."""
        found: list[tuple[str, Any]] = []
        for role in kind.members:
            able = [o for o in nearby if role.who.fits(o)]
            if role.code == LEADER:
                able = [o for o in able if _leads_as(o) == led_by] or able
                able.sort(key=lambda o: o != holder)
            else:
                able = [o for o in able if o != holder]
            size = max(role.min, 1 if role.code == LEADER else 2)
            size = min(size, len(able), role.max or size)
            start = 0 if role.code == LEADER else n
            found += [(role.code, able[(start + step) % len(able)]) for step in range(size)]
        return found

    def _within(self, region: str) -> list[Organisation]:
        """Return organisations of a district; of a province those of its other districts."""
        path = self._regions[region].path
        inside = [o for o in self._organisations if o.region.path.startswith(path)]
        return [o for o in inside if region in (_Y, _W) or o.region.code not in (_Y, _W)]

    def _codes(self, kind: str, where: Mapping[str, Any]) -> Sequence[str]:
        if kind == "entry":
            return ()
        if kind == "person":
            return [str(User.objects.get(username="teacher").uuid)]
        key = json.dumps([kind, dict(where)], sort_keys=True, default=str)
        if key not in self._known_codes:
            options = resolver_of(kind).search("", viewer=SYSTEM, where=where, limit=60)
            self._known_codes[key] = [option.code for option in options]
        return self._known_codes[key]

    def apply(self) -> Iterator[tuple[str, int]]:
        """Bring applications of Yongchuan as far as the table says; yields how many."""
        known = {o.name: o for o in self._organisations}
        for code, level, name, title, walk in APPLICATIONS:
            kind, organisation = self.definitions[code], known[name]
            applicant = _viewer("enterprise" if organisation.kind == "enterprise" else "", self.at)
            application = actions.start_application(
                kind=RegisterType.objects.get(code=code), level=level, title=title,
                organisation=organisation, by=applicant, at=self.at - 20 * _MINUTE, is_simulated=True,
            )  # fmt: skip
            nearby = self._within(_Y)
            application = actions.set_members(
                application=application, version=application.version,
                members=self.members(kind, organisation, nearby, 0, organisation.kind),
                by=applicant, at=self.at - 19 * _MINUTE,
            )  # fmt: skip
            application = actions.save_draft(
                application=application, version=application.version,
                raw=self.sampler.values(kind.form, f"application/{code}"),
                by=applicant, at=self.at - 18 * _MINUTE,
            ).application  # fmt: skip
            if walk != "draft":
                self._walk(application, walk, applicant)
        yield "applications", len(APPLICATIONS)

    def _walk(self, application: Any, walk: str, applicant: Viewer) -> None:
        officer = _viewer("officer", self.at)
        application = actions.submit(
            application=application, version=application.version, by=applicant,
            at=self.at - 15 * _MINUTE,
        )  # fmt: skip
        if walk == "submitted":
            return
        application = actions.review(
            application=application, verdict="return" if walk == "returned" else "approve",
            version=application.version, by=officer, at=self.at - 9 * _MINUTE,
            reason="演示：请补充合作企业的证明材料。" if walk == "returned" else "",
        )  # fmt: skip
        if walk == "publicity":
            actions.start_publicity(
                application=application, version=application.version, by=officer, at=self.at
            )
        if walk == "experts":
            panel = actions.announce_panel(
                seed_source="演示：下一期公开摇号的开奖号码", by=officer, at=self.at - 8 * _MINUTE,
                application=application,
            )  # fmt: skip
            # made-up lottery numbers until the expert who signs in has a seat
            me = str(User.objects.get(username="expert").uuid)
            seed = next(
                number
                for number in map(str, range(2026_1115, 2026_9999))
                if me in queries.draw_order(number, panel.pool)[: panel.seats_wanted]
            )
            actions.draw_panel(panel=panel, seed=seed, by=officer, at=self.at - 7 * _MINUTE)


def _viewer(username: str, at: datetime.datetime) -> Viewer:
    """Return somebody of the demo; the system where no name is given."""
    if not username:
        return SYSTEM
    return account_queries.viewer_for(User.objects.get(username=username), on=at.date())


def _leads_as(organisation: Organisation) -> str:
    if organisation.kind == Organisation.Kind.SCHOOL:
        return "university" if organisation.stage == "applied_university" else "school"
    return str(organisation.kind)


def _pick(rows: Sequence[Organisation], n: int) -> Organisation | None:
    return rows[n % len(rows)] if rows else None
