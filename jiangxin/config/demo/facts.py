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
from jiangxin.apps.organisations import actions as organisations
from jiangxin.apps.organisations.models import Organisation
from jiangxin.config.demo import places
from jiangxin.core.permissions import Viewer

VOCATIONAL = ("secondary", "technician", "higher_specialty", "vocational_university")

# what schools report of a year; the organisations app publishes it and judges the conditions
SCHOOLS = """
    SELECT organisation_code, year, sector, learners, {u:conditions} < p_conditions AS met,
      {u:failing} AS failing,
      {u:infra} < p + 0.12 AS digital_infrastructure,
      {u:digital} < p AS digitally_transformed, {u:courses} < p - 0.1 AS courses_upgraded,
      {u:consortium} < p + 0.05 AS in_consortium, {u:adjust} < p + 0.1 AS adjustment_plan,
      {u:day} < p + 0.08 AS experience_day, {u:report} < p + 0.2 AS quality_report,
      {u:practice} < p + 0.15 AS practice_plan_filed,
      {u:intern} < p + 0.2 AS internship_plan_filed
    FROM (SELECT *, organisation_code AS k FROM school_years) ORDER BY year, organisation_code"""
_FLAGS = (
    "digital_infrastructure",
    "digitally_transformed",
    "courses_upgraded",
    "in_consortium",
    "adjustment_plan",
    "experience_day",
    "quality_report",
    "practice_plan_filed",
    "internship_plan_filed",
)

# fact → statement; {u:NAME} is a draw between 0 and 1 for the row called `k`
STATEMENTS: Mapping[str, str] = {
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
    covers = [(code, 2018, last_year) for code in (places.NATION, places.CHONGQING, places.SICHUAN)]
    connection = duckdb.connect()
    _tables(connection, schools, enterprises, programmes, learners, last_year)
    yield "schools", _record_schools(connection, seed, by=by, at=at)
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


def _record_schools(connection: Any, seed: int, *, by: Viewer, at: datetime.datetime) -> int:
    """Record what each school reports of each year, so that as many meet the conditions as drawn."""
    found = connection.execute(_drawn(SCHOOLS, seed))
    names = [column[0] for column in found.description]
    known = {o.code: o for o in Organisation.objects.select_related("scope", "region")}
    reports = []
    for cells in found.fetchall():
        row = dict(zip(names, cells, strict=True))
        values: dict[str, Any] = {name: row[name] for name in _FLAGS}
        values["establishment_posts"] = row["learners"] // 16 + 20
        if row["sector"] != "general_high_school":
            values |= _conditions(row)
        organisation = known[row["organisation_code"]]
        reports.append(
            organisations.Reports(organisation, row["year"], values, "演示数据", is_simulated=True)
        )
    return len(organisations.record_school_years(rows=reports, by=by, at=at))


def _conditions(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return area, teachers, equipment and books that meet the conditions, or miss one or two."""
    n = int(row["learners"])
    if row["sector"] in ("secondary", "technician"):
        values = {
            "area_m2": max(42_000, 36 * n),
            "building_m2": max(25_500, 22 * n),
            "full_time_teachers": max(64, n // 17),
            "equipment_yuan": max(3_300_000, 2_900 * n),
            "books": 34 * n,
        }
        postgraduates, school_type = (
            0.08,
            "general" if row["sector"] == "secondary" else "technician",
        )
    else:
        values = {
            "teaching_m2": 17 * n,
            "full_time_teachers": n // 15 + 10,
            "equipment_yuan": 4_600 * n,
            "books": 90 * n,
        }
        postgraduates, school_type = 0.32, "comprehensive"
    if not row["met"]:
        names = list(values)
        first = int(row["failing"] * len(names))
        for name in {names[first], names[int(row["failing"] * 1_000) % len(names)]}:
            values[name] = int(values[name] * (0.55 + 0.2 * row["failing"]))
    teachers = values["full_time_teachers"]
    return {
        **values,
        "school_type": school_type,
        "students": n,
        "graduates": n * 3 // 10,
        "external_teachers": teachers // 8,
        "postgraduate_teachers": int(teachers * postgraduates),
        "equipment_added_yuan": values["equipment_yuan"] // 20,
        "books_added": values["books"] // 30,
    }


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
    regions = [*sorted({region for _c, region, *_rest in schools}), places.CHONGQING]
    connection.executemany(
        "INSERT INTO district_years VALUES (?, ?)",
        [(region, year) for region in regions for year in range(last_year - 4, last_year + 1)],
    )
    connection.execute("CREATE TABLE activity_kinds (kind TEXT, times BIGINT, regions TEXT)")
    connection.executemany("INSERT INTO activity_kinds VALUES (?, ?, ?)", list(_ACTIVITIES))
    connection.execute("CREATE TABLE project_kinds (kind TEXT, times BIGINT)")
    connection.executemany("INSERT INTO project_kinds VALUES (?, ?)", list(_PROJECTS))
