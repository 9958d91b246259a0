"""Simulated facts of the demo: one SQL statement per fact, drawn from a table of school years.

DuckDB makes them, so that hundreds of thousands of learners take seconds. A draw is a hash of
the row and the seed: the same seed gives the same facts.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from jiangxin.apps.indicators import actions as indicators
from jiangxin.config.demo import places
from jiangxin.core.permissions import Viewer

VOCATIONAL = ("secondary", "technician", "higher_specialty", "vocational_university")

# fact → statement; {u:NAME} is a draw between 0 and 1 for the row called `k`
STATEMENTS: Mapping[str, str] = {
    "schools": """
        SELECT region_code, organisation_code, year, sector, ownership,
          {u:conditions} < p_conditions AS conditions_met,
          {u:infra} < p + 0.12 AS digital_infrastructure,
          {u:digital} < p AS digitally_transformed, {u:courses} < p - 0.1 AS courses_upgraded,
          {u:consortium} < p + 0.05 AS in_consortium, {u:adjust} < p + 0.1 AS adjustment_plan,
          {u:day} < p + 0.08 AS experience_day, {u:report} < p + 0.2 AS quality_report,
          {u:practice} < p + 0.15 AS practice_plan_filed,
          {u:intern} < p + 0.2 AS internship_plan_filed,
          CAST(learners / 16 AS BIGINT) + 20 AS establishment_posts
        FROM (SELECT *, organisation_code AS k FROM school_years)""",
    "enrolments": """
        SELECT region_code, organisation_code, year, learner_id,
          CASE sector WHEN 'technician' THEN 'secondary'
            WHEN 'vocational_university' THEN
              CASE WHEN {u:bachelor} < 0.55 THEN 'vocational_bachelor' ELSE 'higher_specialty' END
            ELSE sector END AS stage,
          CASE WHEN sector = 'general_high_school' THEN NULL
            ELSE programmes[1 + CAST(floor({u:programme} * len(programmes)) AS BIGINT)] END
            AS programme_code,
          CASE WHEN sector = 'general_high_school' OR {u:path} > 0.18 + 0.02 * step THEN 'ordinary'
            WHEN sector IN ('secondary', 'technician') THEN
              CASE WHEN {u:kind} < 0.6 THEN 'secondary_specialty'
                WHEN {u:kind} < 0.8 THEN 'five_year' ELSE 'secondary_bachelor' END
            ELSE 'specialty_bachelor' END AS pathway,
          {u:new} < 0.34 AS new_entrant,
          sector IN ('secondary', 'general_high_school') AND {u:integrated} < 0.05 + 0.01 * step
            AS integrated,
          CASE WHEN {u:sex} < 0.47 THEN 'female' ELSE 'male' END AS sex,
          CASE WHEN {u:household} < 0.63 THEN 'rural' ELSE 'urban' END AS household
        FROM (SELECT s.*, 'L' || n.n AS learner_id, organisation_code || year || n.n AS k
          FROM school_years s, LATERAL (SELECT unnest(range(s.learners)) AS n) n)""",
    "graduates": """
        SELECT region_code, organisation_code, year, graduate_id,
          CASE sector WHEN 'technician' THEN 'secondary'
            WHEN 'vocational_university' THEN 'vocational_bachelor' ELSE sector END AS stage,
          programmes[1 + CAST(floor({u:programme} * len(programmes)) AS BIGINT)] AS programme_code,
          employed, further_study,
          CASE WHEN NOT employed THEN NULL WHEN {u:place} < p_local * 0.45 THEN 'same_county'
            WHEN {u:place} < p_local * 0.45 + 0.02 THEN 'same_city'
            WHEN {u:place} < p_local THEN 'same_province'
            WHEN {u:place} < p_local + 0.15 THEN 'same_circle'
            WHEN {u:place} < 0.995 THEN 'elsewhere' ELSE 'abroad' END AS works_in,
          CASE WHEN employed THEN {u:match} < 0.6 + 0.2 * quality END AS matches_programme,
          CASE WHEN employed THEN CAST(3200 + 900 * step / 4 + 2600 * {u:wage} +
            CASE sector WHEN 'vocational_university' THEN 1500 WHEN 'higher_specialty' THEN 700
              ELSE 0 END AS BIGINT) END AS starting_wage_yuan,
          CASE WHEN {u:sex} < 0.47 THEN 'female' ELSE 'male' END AS sex,
          CASE WHEN {u:household} < 0.63 THEN 'rural' ELSE 'urban' END AS household
        FROM (SELECT *, {u:study} < p_study AS further_study,
            {u:study} >= p_study AND {u:work} < p_employed AS employed
          FROM (SELECT s.*, 'G' || n.n AS graduate_id, organisation_code || 'G' || year || n.n AS k,
              CASE WHEN sector IN ('secondary', 'technician') THEN 0.55 ELSE 0.12 END AS p_study
            FROM school_years s, LATERAL (SELECT unnest(range(s.learners * 3 // 10)) AS n) n
            WHERE sector <> 'general_high_school'))""",
    "teachers": """
        SELECT region_code, organisation_code, year, teacher_id, sector, full_time, professional,
          {u:qualified} < 0.8 + 0.03 * step + 0.05 * quality AS qualified, dual AS dual_qualified,
          CASE WHEN NOT dual THEN NULL WHEN {u:level} < 0.5 THEN 'junior'
            WHEN {u:level} < 0.85 THEN 'intermediate' ELSE 'senior' END AS dual_level,
          NOT full_time AND {u:enterprise} < 0.75 AS from_enterprise,
          CASE WHEN professional AND {u:days} < p THEN CAST(5 + 35 * {u:length} AS BIGINT) ELSE 0
            END AS enterprise_practice_days,
          CASE WHEN {u:sex} < 0.55 THEN 'female' ELSE 'male' END AS sex
        FROM (SELECT *, {u:full} < 0.82 AS full_time, {u:prof} < 0.62 AS professional,
            {u:full} < 0.82 AND {u:dual} < p_dual AS dual
          FROM (SELECT s.*, 'T' || n.n AS teacher_id, organisation_code || 'T' || n.n AS k
            FROM school_years s, LATERAL (SELECT unnest(range(s.learners // 17 + 8)) AS n) n
            WHERE sector <> 'general_high_school'))""",
    "classes": """
        SELECT region_code, organisation_code, year, class_id,
          CASE sector WHEN 'technician' THEN 'secondary'
            WHEN 'vocational_university' THEN 'vocational_bachelor' ELSE sector END AS stage,
          CAST(32 + 18 * {u:size} AS BIGINT) AS learners,
          {u:order} < 0.16 + 0.06 * step + 0.1 * quality AS order_class,
          {u:apprentice} < 0.08 + 0.02 * step AS apprenticeship,
          sector <> 'secondary' AND {u:talent} < 0.01 + 0.006 * step AS talent_class
        FROM (SELECT s.*, 'C' || n.n AS class_id, organisation_code || 'C' || year || n.n AS k
          FROM school_years s, LATERAL (SELECT unnest(range(s.learners // 40 + 1)) AS n) n
          WHERE sector <> 'general_high_school')""",
    "offerings": """
        SELECT region_code, organisation_code, year, programme_code,
          CASE sector WHEN 'technician' THEN 'secondary'
            WHEN 'vocational_university' THEN
              CASE WHEN number <= 10 THEN 'vocational_bachelor' ELSE 'higher_specialty' END
            ELSE sector END AS stage,
          first_year, {u:match} < p_match AS matches_industry,
          {u:plan} < p + 0.2 AS has_training_plan,
          sector <> 'secondary' AND number % 9 = 4 AND step >= 2 AS new_productive_forces,
          sector IN ('higher_specialty', 'vocational_university') AND number = 3 AND step >= 1
            AS bachelor_pilot,
          CASE WHEN number % 7 = 5 AND step >= 1 THEN 'sichuan_chongqing'
            WHEN number % 11 = 8 AND step >= 2 THEN 'east_west'
            WHEN number % 13 = 9 THEN 'international' ELSE 'none' END AS joint_training
        FROM (SELECT s.*, n.n AS number, programmes[n.n] AS programme_code,
            organisation_code || 'P' || n.n AS k,
            CASE WHEN n.n <= 6 THEN 2012 ELSE 2021 + n.n % 5 END AS first_year
          FROM school_years s, LATERAL (SELECT unnest(range(1, len(s.programmes) + 1)) AS n) n
          WHERE sector <> 'general_high_school')
        WHERE first_year <= year""",
    "training_rooms": """
        SELECT region_code, organisation_code, year, programme_code, sector, 6 AS rooms_required,
          CAST(least(6, 3 + floor({u:rooms} * 4 + 0.25 * step)) AS BIGINT) AS rooms_available
        FROM (SELECT s.*, programmes[n.n] AS programme_code, organisation_code || 'R' || n.n AS k
          FROM school_years s, LATERAL (SELECT unnest(range(1, 1 + len(s.programmes) // 2)) AS n) n
          WHERE sector <> 'general_high_school')""",
    "enterprises": """
        SELECT region_code, organisation_code, year, {u:scale} < 0.75 AS above_scale,
          {u:consortium} < p AS in_consortium, {u:certified} < 0.1 + 0.08 * step
            AS integration_certified
        FROM (SELECT *, organisation_code AS k FROM enterprise_years)""",
    "training_sessions": """
        SELECT region_code, organisation_code, year, k AS session_id,
          CASE WHEN n % 40 = 0 THEN 'teachers' WHEN n % 55 = 1 THEN 'talents'
            WHEN n % 9 = 2 THEN 'community' ELSE 'skills' END AS kind,
          ['employees', 'unemployed', 'farmers', 'migrant_workers', 'veterans', 'disabled',
            'jobless_graduates', 'school_leavers', 'teachers']
            [1 + CAST(floor({u:group} * 9) AS BIGINT)] AS target_group,
          CASE WHEN n % 80 = 0 THEN 'sichuan_chongqing' WHEN n % 120 = 40 THEN 'east_west'
            WHEN n % 110 = 1 THEN 'international' ELSE 'none' END AS partnership,
          CAST(40 + 90 * {u:size} AS BIGINT) AS person_times
        FROM (SELECT s.*, n.n, 'S' || organisation_code || '-' || year || '-' || n.n AS k
          FROM school_years s,
            LATERAL (SELECT unnest(range(CAST(s.learners * (0.011 + 0.0013 * step) AS BIGINT) + 2))
              AS n) n
          WHERE sector <> 'general_high_school')""",
    "activities": """
        SELECT region_code, NULL AS organisation_code, year, k AS activity_id, kind,
          CASE WHEN kind IN ('skills_competition', 'teaching_competition') AND n = 0
            THEN 'sichuan_chongqing' ELSE 'none' END AS partnership
        FROM (SELECT d.region_code, d.year, a.kind, n.n,
            'A' || d.region_code || '-' || d.year || '-' || a.kind || n.n AS k
          FROM district_years d, activity_kinds a, LATERAL (SELECT unnest(range(a.times)) AS n) n
          WHERE (a.regions = '' OR list_contains(string_split(a.regions, ' '), d.region_code)))""",
    "projects": """
        SELECT region_code, NULL AS organisation_code, year, k AS project_id, kind,
          ['intelligent_manufacturing', 'new_materials', 'biomedicine', 'new_productive_forces']
            [1 + CAST(floor({u:field} * 4) AS BIGINT)] AS field,
          CASE WHEN kind = 'cooperation' THEN
            CASE WHEN n % 2 = 0 THEN 'shandong_chongqing' ELSE 'east_west' END ELSE 'none' END
            AS partnership
        FROM (SELECT d.region_code, d.year, a.kind, n.n,
            'X' || d.region_code || '-' || d.year || '-' || a.kind || n.n AS k
          FROM district_years d, project_kinds a, LATERAL (SELECT unnest(range(a.times)) AS n) n)""",
    "recognitions": """
        SELECT region_code, NULL AS organisation_code, y.y AS year,
          'Z' || region_code || '-' || type || '-' || level || '-' || n AS recognition_id,
          type, level, first_year, led_by
        FROM recognised, LATERAL (SELECT unnest(range(first_year, last_year + 1)) AS y) y""",
}

_ACTIVITIES: tuple[tuple[str, int, str], ...] = (
    ("skills_competition", 2, ""),
    ("teaching_competition", 2, ""),
    ("joint_meeting", 2, ""),
    ("conference", 1, f"{places.YONGCHUAN} {places.CHONGQING}"),
    ("forum", 2, places.CHONGQING),
    ("technology_transfer_meeting", 1, places.CHONGQING),
    ("activity_month", 1, ""),
    ("quality_evaluation", 1, ""),
    ("teaching_inspection", 1, ""),
    ("internship_inspection", 1, ""),
    ("development_report", 1, places.CHONGQING),
    ("demand_release", 2, places.CHONGQING),
    ("supply_demand_release", 4, places.CHONGQING),
)
_PROJECTS: tuple[tuple[str, int], ...] = (
    ("major_research", 1),
    ("applied_result", 1),
    ("technology_transfer", 4),
    ("cooperation", 2),
    ("research_topic", 8),
)

# region, type, level, first years of the things recognised there, who leads
_Y, _C, _W, _S, _N = (
    places.YONGCHUAN,
    places.CHONGQING,
    places.WENJIANG,
    places.SICHUAN,
    places.NATION,
)
_RECOGNISED: tuple[tuple[str, str, str, tuple[int, ...], str], ...] = (
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


def hand_in(
    *,
    schools: list[tuple[str, str, str, str, float, float, int]],
    enterprises: list[tuple[str, str, float, int]],
    programmes: Mapping[str, list[str]],
    learners: int,
    seed: int,
    last_year: int,
    by: Viewer,
    at: datetime.datetime,
) -> Iterator[tuple[str, int]]:
    """Make and hand in every fact; yields its name and the number of rows.

    Args:
        schools: (organisation code, region code, stage, ownership, share, quality, first year).
        enterprises: (organisation code, region code, quality, first year).
        programmes: codes of the catalogue by sector.
        learners: how many in all in the last year.
    """
    covers = [(code, 2018, last_year) for code in (_N, _C, _S)]
    connection = duckdb.connect()
    _tables(connection, schools, enterprises, programmes, learners, last_year)
    with TemporaryDirectory() as folder:
        for fact, statement in STATEMENTS.items():
            file = Path(folder) / f"{fact}.parquet"
            connection.execute(
                f"COPY ({_drawn(statement, seed)}) TO '{file.as_posix()}' (FORMAT parquet)"
            )
            table = indicators.hand_in_facts(
                fact=fact,
                file=file,
                origin="demo",
                by=by,
                at=at,
                covers=covers,
                is_simulated=True,
            )
            yield fact, table.rows
    connection.close()


def _drawn(statement: str, seed: int) -> str:
    """Put a draw in the place of each {u:NAME}: a hash of row, name and seed between 0 and 1."""
    parts = statement.split("{u:")
    text = parts[0]
    for part in parts[1:]:
        name, _brace, rest = part.partition("}")
        text += f"((hash(k || '{name}{seed}') % 1000003) / 1000003.0){rest}"
    return text


def _tables(
    connection: Any,
    schools: list[tuple[str, str, str, str, float, float, int]],
    enterprises: list[tuple[str, str, float, int]],
    programmes: Mapping[str, list[str]],
    learners: int,
    last_year: int,
) -> None:
    """Write what the statements draw from; `step` counts years and moves every rate upwards."""
    connection.execute(
        "CREATE TABLE school_years (organisation_code TEXT, region_code TEXT, year BIGINT,"
        " sector TEXT, ownership TEXT, learners BIGINT, quality DOUBLE, step BIGINT, p DOUBLE,"
        " p_dual DOUBLE, p_employed DOUBLE, p_local DOUBLE, p_match DOUBLE, p_conditions DOUBLE,"
        " programmes TEXT[])"
    )
    rows = []
    for code, region, sector, ownership, share, quality, since in schools:
        offered = programmes.get(sector, [])
        start = sum(map(ord, code)) % max(1, len(offered) - 14)
        for year in range(since, last_year + 1):
            step = year - (last_year - 4)
            p = min(0.97, max(0.1, 0.42 + 0.09 * step + 0.25 * quality))
            rows.append(
                (
                    code,
                    region,
                    year,
                    sector,
                    ownership,
                    int(learners * share * (1 - 0.035 * (last_year - year))),
                    quality,
                    max(0, step),
                    p,
                    min(0.92, 0.46 + 0.03 * step + 0.27 * quality),
                    0.82 + 0.012 * step + 0.06 * quality,
                    0.55 + 0.01 * step + 0.15 * quality,
                    min(0.99, 0.72 + 0.035 * step + 0.08 * quality),
                    min(0.97, 0.5 + 0.07 * step + 0.25 * quality),
                    offered[start : start + 14],
                )
            )
    connection.executemany(f"INSERT INTO school_years VALUES ({', '.join('?' * 15)})", rows)
    connection.execute(
        "CREATE TABLE enterprise_years (organisation_code TEXT, region_code TEXT, year BIGINT,"
        " quality DOUBLE, step BIGINT, p DOUBLE)"
    )
    connection.executemany(
        "INSERT INTO enterprise_years VALUES (?, ?, ?, ?, ?, ?)",
        [
            (code, region, year, quality, year - last_year + 4, 0.3 + 0.1 * (year - last_year + 4))
            for code, region, quality, since in enterprises
            for year in range(max(since, last_year - 4), last_year + 1)
        ],
    )
    connection.execute("CREATE TABLE district_years (region_code TEXT, year BIGINT)")
    regions = [*sorted({region for _c, region, *_rest in schools}), _C]
    connection.executemany(
        "INSERT INTO district_years VALUES (?, ?)",
        [(region, year) for region in regions for year in range(last_year - 4, last_year + 1)],
    )
    connection.execute("CREATE TABLE activity_kinds (kind TEXT, times BIGINT, regions TEXT)")
    connection.executemany("INSERT INTO activity_kinds VALUES (?, ?, ?)", list(_ACTIVITIES))
    connection.execute("CREATE TABLE project_kinds (kind TEXT, times BIGINT)")
    connection.executemany("INSERT INTO project_kinds VALUES (?, ?)", list(_PROJECTS))
    connection.execute(
        "CREATE TABLE recognised (region_code TEXT, type TEXT, level TEXT, n BIGINT,"
        " first_year BIGINT, last_year BIGINT, led_by TEXT)"
    )
    connection.executemany(
        "INSERT INTO recognised VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (region, kind, level, n, first, last_year, led_by)
            for region, kind, level, years, led_by in _RECOGNISED
            for n, first in enumerate(years)
        ],
    )
