"""The peer of the benchmark: the same indicators in SQL written by hand, without the engine.

One statement per fact, as an analyst would write it who knows that a scan is the expensive
part: summed per school first, then up the tree. Names are the codes of the indicators.
"""

from __future__ import annotations

VOCATIONAL = "stage IN ('secondary', 'higher_specialty', 'vocational_bachelor')"
SCHOOL = "sector IN ('secondary', 'technician', 'higher_specialty', 'vocational_university')"
LOCAL = "works_in IN ('same_county', 'same_city', 'same_province')"
CIRCLE = "works_in IN ('same_county', 'same_city', 'same_province', 'same_circle')"
HIGH = "level IN ('national', 'provincial')"


def n(condition: str = "true") -> str:
    """Count rows that meet a condition."""
    return f"count(*) FILTER (WHERE {condition})"


def total(column: str, condition: str = "true") -> str:
    """Sum a column over rows that meet a condition."""
    return f"coalesce(sum({column}) FILTER (WHERE {condition}), 0)"


def recognised(kinds: str, more: str = "true") -> tuple[str, str]:
    """Count recognised things of some kinds."""
    listed = ", ".join(f"'{kind}'" for kind in kinds.split())
    return n(f"type IN ({listed}) AND {more}"), ""


def schools_with(column: str, sectors: str = SCHOOL) -> tuple[str, str]:
    """Count schools with something among those of some sectors of which it is known."""
    return n(f"{column} AND {sectors}"), n(f"{column} IS NOT NULL AND {sectors}")


# fact → indicator → numerator, denominator (empty for none)
SUMS: dict[str, dict[str, tuple[str, str]]] = {
    "enrolments": {
        "vocational_learners": (n(VOCATIONAL), ""),
        "secondary_learners": (n("stage = 'secondary'"), ""),
        "integrated_learners": (n("integrated"), ""),
        "bachelor_intake_ratio": (
            n("stage = 'vocational_bachelor' AND new_entrant"),
            n("stage IN ('higher_specialty', 'vocational_bachelor') AND new_entrant"),
        ),
        "secondary_general_ratio": (
            n("stage = 'secondary' AND new_entrant"),
            n("stage = 'general_high_school' AND new_entrant"),
        ),
        "articulated_share": (n(f"pathway <> 'ordinary' AND {VOCATIONAL}"), n(VOCATIONAL)),
        "rural_learner_share": (n(f"household = 'rural' AND {VOCATIONAL}"), n(VOCATIONAL)),
    },
    "graduates": {
        "employment_rate": (n("employed OR further_study"), n()),
        "direct_employment_rate": (n("employed AND NOT further_study"), n("NOT further_study")),
        "stay_local_rate": (n(f"employed AND {LOCAL}"), n("employed")),
        "stay_circle_rate": (n(f"employed AND {CIRCLE}"), n("employed")),
        "employed_in_province_rate": (n(LOCAL), n()),
        "employed_in_circle_rate": (n(CIRCLE), n()),
        "matching_work_rate": (n("employed AND matches_programme"), n("employed")),
        "mean_starting_wage": (
            total("starting_wage_yuan", "employed"),
            n("employed AND starting_wage_yuan IS NOT NULL"),
        ),
    },
    "teachers": {
        "dual_qualified_rate": (n("dual_qualified AND full_time"), n("full_time")),
        "dual_qualified_professional_rate": (
            n("dual_qualified AND professional"),
            n("professional"),
        ),
        "qualified_teacher_rate": (n("qualified"), n()),
        "enterprise_practice_rate": (
            n("enterprise_practice_days >= 1 AND professional AND full_time"),
            n("professional AND full_time"),
        ),
        "mean_practice_days": (
            total("enterprise_practice_days", "professional AND full_time"),
            n("professional AND full_time AND enterprise_practice_days IS NOT NULL"),
        ),
        # numerators of ratios whose denominators stand in other facts
        "enterprise_hire_ratio": (n("from_enterprise"), ""),
        "learners_per_teacher": (n("full_time"), ""),
    },
    "schools": {
        "conditions_met_rate": schools_with("conditions_met"),
        "digital_infrastructure_rate": schools_with("digital_infrastructure"),
        "digitally_transformed_rate": schools_with("digitally_transformed"),
        "courses_upgraded_rate": schools_with("courses_upgraded"),
        "consortium_school_rate": schools_with("in_consortium"),
        "adjustment_plan_rate": schools_with("adjustment_plan", "sector = 'secondary'"),
        "experience_day_rate": schools_with("experience_day"),
        "quality_report_rate": schools_with("quality_report"),
        "practice_plan_rate": schools_with("practice_plan_filed", "sector = 'secondary'"),
        "internship_plan_rate": schools_with("internship_plan_filed", "sector = 'secondary'"),
        "vocational_schools": (n(SCHOOL), ""),
        "enterprise_hire_ratio": (total("establishment_posts", SCHOOL), ""),
    },
    "enterprises": {
        "consortium_enterprise_rate": (n("in_consortium AND above_scale"), n("above_scale")),
        "integration_enterprises": (n("integration_certified"), ""),
    },
    "filings": {
        "filing_rate": (n("filed"), n()),
        "on_time_rate": (n("on_time"), n()),
    },
    "training_rooms": {
        "training_room_ratio": (total("rooms_available"), total("rooms_required")),
    },
    "classes": {
        "order_class_rate": (n("order_class AND stage = 'secondary'"), n("stage = 'secondary'")),
        "apprenticeship_class_rate": (n("apprenticeship"), n()),
        "talent_classes": (n("talent_class"), ""),
        "order_learner_share": (total("learners", "order_class"), total("learners")),
    },
    "offerings": {
        "programme_match_rate": (n("matches_industry"), n()),
        "training_plan_rate": (n("has_training_plan"), n()),
        "new_bachelor_programmes": (n("stage = 'vocational_bachelor' AND first_year >= 2024"), ""),
        "bachelor_pilot_programmes": (n("bachelor_pilot"), ""),
        "new_forces_programmes": (
            n(
                "new_productive_forces "
                "AND stage IN ('higher_specialty', 'vocational_bachelor', 'bachelor')"
            ),
            "",
        ),
        "sichuan_chongqing_programmes": (n("joint_training = 'sichuan_chongqing'"), ""),
        "east_west_programmes": (n("joint_training = 'east_west'"), ""),
        "programme_change": (n(), ""),
    },
    "recognitions": {
        "national_city_consortia": recognised("city_consortium", "level = 'national'"),
        "municipal_consortia": recognised("city_consortium", HIGH),
        "park_consortia": recognised("park_consortium"),
        "led_consortia": recognised(
            "city_consortium park_consortium", "led_by IN ('school', 'park')"
        ),
        "industry_communities": recognised("industry_community"),
        "vocational_universities": recognised("vocational_university"),
        "applied_universities": recognised("applied_university"),
        "bachelor_pilot_schools": recognised("bachelor_pilot_school"),
        "national_double_high": recognised("double_high_college", "level = 'national'"),
        "municipal_double_high": recognised("double_high_college", "level = 'provincial'"),
        "double_excellent": recognised("double_excellent_school", HIGH),
        "national_double_excellent": recognised("double_excellent_school", "level = 'national'"),
        "municipal_double_excellent": recognised("double_excellent_school", "level = 'provincial'"),
        "demonstration_schools": recognised("demonstration_school", HIGH),
        "new_quality_private_schools": recognised("new_quality_private_school"),
        "international_schools": recognised("international_school"),
        "ministry_training_projects": recognised("training_project", "level = 'national'"),
        "national_online_courses": recognised("online_course", "level = 'national'"),
        "national_textbooks": recognised("planned_textbook", "level = 'national'"),
        "national_resource_libraries": recognised("resource_library", "level = 'national'"),
        "national_simulation_bases": recognised("virtual_simulation_base", "level = 'national'"),
        "emerging_industries": recognised("emerging_industry"),
        "national_research_platforms": recognised("research_platform", "level = 'national'"),
        "provincial_key_laboratories": recognised("key_laboratory", HIGH),
        "sichuan_chongqing_laboratories": recognised("sichuan_chongqing_laboratory"),
        "innovation_centres": recognised("innovation_centre", "level = 'national'"),
        "coeducation_platforms": recognised("coeducation_platform"),
        "transfer_bases": recognised(
            "pilot_production_base application_scene_base technology_centre"
        ),
        "international_alliances": recognised("international_alliance"),
        "chinese_plus_resources": recognised("chinese_plus_resource"),
        "international_standards": recognised("international_standard"),
        "international_training_bases": recognised("international_training_base"),
        "foreign_courses": recognised("foreign_course"),
        "east_west_standards": recognised("east_west_standard", "level = 'national'"),
        "east_west_cloud_courses": recognised("east_west_cloud_course"),
        "east_west_training_bases": recognised("east_west_training_base"),
        "entrepreneurship_teams": recognised("entrepreneurship_team"),
        "teaching_standards": recognised("teaching_standard"),
        "three_lists": recognised("three_list"),
        "demand_catalogues": recognised("demand_catalogue"),
        "training_base_total": (
            n(
                "type IN ('public_training_centre', 'virtual_simulation_base') "
                f"OR (type = 'industry_college' AND {HIGH})"
            ),
            "",
        ),
        "new_vocational_universities": recognised("vocational_university", "first_year >= 2024"),
        "new_research_institutes": recognised("research_institute", "first_year >= 2024"),
        "new_international_programmes": recognised("international_programme", "first_year >= 2024"),
    },
    "training_sessions": {
        "training_person_times": (total("person_times", "kind = 'skills'"), ""),
        "mean_session_size": (total("person_times"), n("person_times IS NOT NULL")),
    },
    "projects": {"research_topics": (n("kind = 'research_topic'"), "")},
    "activities": {
        "sichuan_chongqing_competitions": (
            n(
                "kind IN ('skills_competition', 'teaching_competition') "
                "AND partnership = 'sichuan_chongqing'"
            ),
            "",
        ),
        "teaching_competitions": (n("kind = 'teaching_competition'"), ""),
        "conferences_competitions": (n("kind IN ('conference', 'skills_competition')"), ""),
        "joint_meetings": (n("kind = 'joint_meeting'"), ""),
        "quality_evaluations": (n("kind = 'quality_evaluation'"), ""),
        "technology_transfer_meetings": (n("kind = 'technology_transfer_meeting'"), ""),
        "supply_demand_releases": (n("kind = 'supply_demand_release'"), ""),
        "forums": (n("kind = 'forum'"), ""),
        "development_reports": (n("kind = 'development_report'"), ""),
        "demand_releases": (n("kind = 'demand_release'"), ""),
        "activity_months": (n("kind = 'activity_month'"), ""),
        "teaching_inspections": (n("kind = 'teaching_inspection'"), ""),
        "internship_inspections": (n("kind = 'internship_inspection'"), ""),
    },
}

# Running totals since 2024: fact → indicator → numerator of one year
RUNNING: dict[str, dict[str, str]] = {
    "training_sessions": {
        "sichuan_chongqing_teacher_training": total(
            "person_times", "kind = 'teachers' AND partnership = 'sichuan_chongqing'"
        ),
        "east_west_teacher_training": total(
            "person_times", "kind = 'teachers' AND partnership = 'east_west'"
        ),
        "international_talent_training": total(
            "person_times", "kind = 'talents' AND partnership = 'international'"
        ),
    },
    "projects": {
        "applied_results": n("kind = 'applied_result'"),
        "major_research_projects": n("kind = 'major_research'"),
        "field_transfers": n(
            "kind = 'technology_transfer' "
            "AND field IN ('intelligent_manufacturing', 'new_materials', 'biomedicine')"
        ),
        "shandong_chongqing_projects": n(
            "kind = 'cooperation' AND partnership = 'shandong_chongqing'"
        ),
    },
}

# What cannot be summed: indicator → fact, aggregate
BY_ROW = {
    "median_starting_wage": (
        "graduates",
        "quantile_cont(starting_wage_yuan, 0.5) FILTER (WHERE employed)",
    ),
    "median_class_size": ("classes", "quantile_cont(learners, 0.5)"),
    "programmes_offered": ("offerings", "count(DISTINCT programme_code)"),
}

# Facts whose indicators nobody asks of single organisations
REGIONAL = ("enterprises", "recognitions", "projects", "activities")

_REGIONS = """
SELECT 'region' AS scope, ancestor_code AS code, year, {picks} FROM {source}
JOIN region_closure ON descendant_code = region_code GROUP BY ALL
"""
_BOTH = """
SELECT 'organisation' AS scope, organisation_code AS code, year, {picks} FROM {source}
WHERE organisation_code IS NOT NULL GROUP BY ALL
UNION ALL
SELECT 'region', ancestor_code, year, {picks} FROM {source}
JOIN region_closure ON descendant_code = region_code GROUP BY ALL
"""


def sums_sql(fact: str) -> str:
    """Write the statement of one fact: key, then numerator, denominator and value each."""
    leaves, totals, shown = [], [], []
    for code, (numerator, denominator) in SUMS[fact].items():
        leaves.append(f"{numerator} AS {code}_n")
        totals.append(f"sum({code}_n)::BIGINT AS {code}_n")
        if denominator:
            leaves.append(f"{denominator} AS {code}_d")
            totals.append(f"sum({code}_d)::BIGINT AS {code}_d")
            shown.append(f"{code}_n, {code}_d, {code}_n::DOUBLE / nullif({code}_d, 0)")
        else:
            shown.append(f"{code}_n, NULL, {code}_n::DOUBLE")
    is_regional = fact in REGIONAL
    both = (_REGIONS if is_regional else _BOTH).format(picks=", ".join(totals), source="leaf")
    place = "region_code, year" if is_regional else "region_code, organisation_code, year"
    return f"""
    WITH leaf AS (SELECT {place}, {", ".join(leaves)}
                  FROM {fact} GROUP BY ALL), both_ AS ({both})
    SELECT scope, code, year, {", ".join(shown)} FROM both_
    """


def running_sql(fact: str) -> str:
    """Write the statement of running totals over one fact, for regions."""
    names = list(RUNNING[fact])
    leaves = ", ".join(f"{sql} AS {name}" for name, sql in RUNNING[fact].items())
    totals = ", ".join(f"sum({name})::BIGINT" for name in names)
    return f"""
    WITH leaf AS (SELECT region_code, year, {leaves} FROM {fact}
                  WHERE year >= 2024 GROUP BY ALL)
    SELECT 'region', ancestor_code, y.year, {totals}
    FROM leaf JOIN (SELECT DISTINCT year FROM leaf) y ON leaf.year <= y.year
    JOIN region_closure ON descendant_code = region_code GROUP BY ALL
    """


def by_row_sql(code: str) -> str:
    """Write the statement of a quantile or distinct count."""
    fact, aggregate = BY_ROW[code]
    return _BOTH.format(picks=aggregate, source=fact)
