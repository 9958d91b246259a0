"""The definition of a type as a form: its tables are the fields, members, steps and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jiangxin.apps.registers.workflow import Group
from jiangxin.core.forms import parse_form

_KINDS = {
    "bureau": ("Public authority", "行政主管部门"),
    "office": ("Office of an authority", "内设机构"),
    "school": ("School", "学校"),
    "community_school": ("Community school", "社区学校"),
    "enterprise": ("Enterprise", "企业"),
    "park": ("Industrial park", "产业园区"),
    "institute": ("Institute", "科研院所"),
    "industry_body": ("Industry body", "行业组织"),
}
_LEVELS = {
    "national": ("National", "国家级"),
    "provincial": ("Provincial", "省级"),
    "city": ("City", "市级"),
    "county": ("County", "区县级"),
    "school": ("School level", "校级"),
}
_TYPES = {
    "text": ("Text", "文本"),
    "number": ("Number", "数字"),
    "money": ("Money", "金额"),
    "date": ("Date", "日期"),
    "period": ("Period", "起止时间"),
    "choice": ("Choice", "选项"),
    "yes_no": ("Yes or no", "是否"),
    "file": ("File", "文件"),
    "table": ("Table (columns as text)", "表格（列用文本定义）"),
    "link": ("Link", "关联"),
}
_PLACES = {
    "county": ("County bureau", "区县主管部门"),
    "city": ("City bureau", "市级主管部门"),
    "provincial": ("Provincial bureau", "省级主管部门"),
    "national": ("National authority", "国家主管部门"),
    "level": ("Authority that recognises", "认定部门"),
}
_GROUPS = {
    "consortia": ("Consortia and communities", "联合体与共同体"),
    "centres": ("Practice centres and bases", "实践中心与基地"),
    "colleges": ("Industry colleges", "产业学院"),
    "schools": ("Designated schools", "院校称号"),
    "construction": ("Construction projects", "建设项目"),
    "teaching": ("Courses, textbooks and standards", "课程教材标准"),
    "teachers": ("Teachers and teams", "教师与团队"),
    "digital": ("Digital transformation", "数字化"),
    "research": ("Research and transfer", "科研与转化"),
    "international": ("International cooperation", "国际合作"),
    "rural": ("Rural revitalisation and lifelong learning", "乡村振兴与终身学习"),
    "finance": ("Funding and incentives", "经费与激励"),
    "governance": ("Governance", "治理"),
    "honours": ("Honours and awards", "荣誉奖项"),
    "demand": ("Demand and supply", "供需"),
}
assert set(_GROUPS) == set(Group.values)  # noqa: S101 -- a new group needs its words here


def _l(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh-Hans": zh}


def _choices(words: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {code: _l(*label) for code, label in words.items()}


def _text(en: str, zh: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "label": _l(en, zh), "max_length": 4000, **more}


_RAW: dict[str, Any] = {
    "sections": {
        "what": _l("What it is", "基本信息"),
        "who": _l("Who and where", "申报主体与级别"),
        "asked": _l("What is asked", "填报内容"),
        "way": _l("Way to recognition", "认定程序"),
        "counts": _l("What it counts for", "统计口径"),
    },
    "fields": {
        "code": _text(
            "Code",
            "代码",
            section="what",
            required=True,
            max_length=60,
            help=_l(
                "Small letters, digits and underscores; never changes.",
                "小写字母、数字和下划线，保存后不变。",
            ),
        ),
        "label_en": _text("Name in English", "英文名称", section="what", required=True),
        "label_zh": _text("Name in Chinese", "中文名称", section="what", required=True),
        "group": {
            "type": "choice",
            "section": "what",
            "required": True,
            "label": _l("Group", "分组"),
            "choices": _choices(_GROUPS),
        },
        "purpose_en": _text("Purpose in English", "英文用途说明", section="what", required=True),
        "purpose_zh": _text("Purpose in Chinese", "中文用途说明", section="what", required=True),
        "requirements": _text(
            "Requirements",
            "对应需求",
            section="what",
            required=True,
            help=_l("Codes of requirements, with commas.", "需求编号，用逗号分隔。"),
        ),
        "inferred_en": _text(
            "What we decided ourselves, in English",
            "自行约定的内容（英文）",
            section="what",
            many_lines=True,
            help=_l("What no document says.", "文件没有规定、由我们约定的内容。"),
        ),
        "inferred_zh": _text(
            "What we decided ourselves, in Chinese",
            "自行约定的内容（中文）",
            section="what",
            many_lines=True,
            help=_l(
                "If only one language is filled in, it stands for both.",
                "只填一种语言的，两种语言都用它。",
            ),
        ),
        "levels": {
            "type": "choice",
            "many": True,
            "section": "who",
            "required": True,
            "label": _l("Levels of recognition", "可认定级别"),
            "choices": _choices(_LEVELS),
        },
        "kinds": {
            "type": "choice",
            "many": True,
            "section": "who",
            "label": _l("Who may hold it", "可申报的单位类型"),
            "help": _l("None chosen means any.", "不选表示不限。"),
            "choices": _choices(_KINDS),
        },
        "calls": {
            "type": "yes_no",
            "section": "who",
            "label": _l("Only within a call", "须在申报通知期内申报"),
        },
        "validity_years": {
            "type": "number",
            "section": "who",
            "unit": "year",
            "low": 1,
            "high": 50,
            "decimals": 0,
            "label": _l("Years of validity", "有效期"),
            "help": _l("Empty: until withdrawn.", "不填表示长期有效。"),
        },
        "members": {
            "type": "table",
            "section": "who",
            "max_rows": 12,
            "label": _l("Roles of members", "成员角色"),
            "columns": {
                "code": _text("Code of the role", "角色代码", required=True),
                "label_en": _text("English", "英文", required=True),
                "label_zh": _text("Chinese", "中文", required=True),
                "least": {
                    "type": "number",
                    "low": 0,
                    "decimals": 0,
                    "label": _l("Fewest", "最少"),
                },
                "most": {"type": "number", "low": 1, "decimals": 0, "label": _l("Most", "最多")},
            },
        },
        "form_fields": {
            "type": "table",
            "section": "asked",
            "required": True,
            "min_rows": 1,
            "max_rows": 200,
            "label": _l("Fields of the form", "填报字段"),
            "help": _l(
                "Conditions, checks and columns of tables are kept as they are; they are edited "
                "as text.",
                "填报条件、校验规则和表格列保持不变，请用文本方式编辑。",
            ),
            "columns": {
                "code": _text("Code of the field", "字段代码", required=True),
                "type": {
                    "type": "choice",
                    "required": True,
                    "label": _l("Kind of field", "字段类型"),
                    "choices": _choices(_TYPES),
                },
                "label_en": _text("English", "英文", required=True),
                "label_zh": _text("Chinese", "中文", required=True),
                "required": {"type": "yes_no", "label": _l("Required", "必填")},
                "is_public": {"type": "yes_no", "label": _l("For the public", "对外公开")},
                "unit": _text("Unit code", "单位代码"),
                "low": {"type": "number", "label": _l("Smallest", "最小值")},
                "high": {"type": "number", "label": _l("Largest", "最大值")},
                "choices": _text(
                    "Answers",
                    "选项内容",
                    help=_l("For a choice: code=English=Chinese; …", "选项写作：代码=英文=中文；…"),
                ),
                "to": _text("Linked kind", "关联类型"),
                "source": _text("Requirement", "依据需求"),
            },
        },
        "review": {
            "type": "table",
            "section": "way",
            "required": True,
            "min_rows": 1,
            "max_rows": 12,
            "label": _l("Steps in their order", "审核步骤（按顺序）"),
            "columns": {
                "code": _text("Code of the step", "步骤代码", required=True),
                "label_en": _text("English", "英文", required=True),
                "label_zh": _text("Chinese", "中文", required=True),
                "at": {
                    "type": "choice",
                    "required": True,
                    "label": _l("Lies with", "办理层级"),
                    "choices": _choices(_PLACES),
                },
                "by": {
                    "type": "choice",
                    "label": _l("Passed by", "办理角色"),
                    "choices": {
                        "officer": _l("Officer", "经办人员"),
                        "leader": _l("Leader", "负责人"),
                    },
                },
                "publicity_days": {
                    "type": "number",
                    "low": 1,
                    "decimals": 0,
                    "label": _l("Days of public notice", "公示天数"),
                },
            },
        },
        "counting": {
            "type": "table",
            "section": "counts",
            "required": True,
            "min_rows": 1,
            "max_rows": 20,
            "label": _l("Rules that count it", "统计规则"),
            "columns": {
                "indicator": _text("Indicator that exists", "已有指标代码"),
                "code": _text("Code of a new indicator", "新指标代码"),
                "label_en": _text("English", "英文"),
                "label_zh": _text("Chinese", "中文"),
                "unit": _text("Unit code", "单位代码"),
            },
        },
    },
}
DEFINITION = parse_form(_RAW, code="register_definition")


def values_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition as the values of the form."""
    if not raw:
        return {}
    values: dict[str, Any] = {
        "code": raw.get("code"),
        "group": raw.get("group"),
        "requirements": ", ".join(raw.get("requirements") or ()),
        "levels": list(raw.get("levels") or ()),
        "kinds": list((raw.get("applicants") or {}).get("kinds") or ()),
        "calls": bool(raw.get("calls", False)),
        "validity_years": raw.get("validity_years"),
        **_words(raw.get("label"), "label"),
        **_words(raw.get("purpose"), "purpose"),
        **_words(raw.get("inferred"), "inferred"),
    }
    values["members"] = [
        _filled(
            {
                "code": code,
                **_words(body.get("label"), "label"),
                "least": body.get("min"),
                "most": body.get("max"),
            }
        )
        for code, body in (raw.get("members") or {}).items()
    ]
    public = raw.get("public") or ()
    values["form_fields"] = [
        _field_row(code, body, code in public) for code, body in (raw.get("fields") or {}).items()
    ]
    values["review"] = [
        _filled(
            {
                **{key: step.get(key) for key in ("code", "at", "by", "publicity_days")},
                **_words(step.get("label"), "label"),
            }
        )
        for step in raw.get("review") or ()
    ]
    values["counting"] = [
        _filled(
            {
                **{key: rule.get(key) for key in ("indicator", "code", "unit")},
                **_words(rule.get("label"), "label"),
            }
        )
        for rule in raw.get("counting") or ()
    ]
    return _filled(values)


def _words(label: Any, name: str) -> dict[str, Any]:
    if isinstance(label, str):  # one text for both languages
        label = _l(label, label)
    label = label or {}
    return {f"{name}_en": label.get("en"), f"{name}_zh": label.get("zh-Hans")}


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _field_row(code: str, body: Mapping[str, Any], is_public: bool) -> dict[str, Any]:
    answers = "; ".join(
        f"{answer}={label['en']}={label['zh-Hans']}"
        for answer, label in (body.get("choices") or {}).items()
    )
    row = {
        "code": code,
        **{key: body.get(key) for key in ("type", "unit", "low", "high", "to", "source")},
        **_words(body.get("label"), "label"),
        "required": bool(body.get("required", False)),
        "is_public": is_public,
        "choices": answers,
    }
    return _filled(row)


def raw_of(values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition that the form says; what the form does not show stays as in `base`."""
    raw: dict[str, Any] = dict(base)
    raw["code"] = values.get("code")
    raw["label"] = _label(values, "label")
    raw["purpose"] = _label(values, "purpose")
    raw["group"] = values.get("group")
    texts = str(values.get("requirements", "")).replace("，", ",").split(",")
    raw["requirements"] = [text.strip() for text in texts if text.strip()]
    raw["levels"] = list(values.get("levels") or ())
    who = base.get("applicants") or {}
    kinds = list(values.get("kinds") or ())
    if set(kinds) != set(who.get("kinds") or ()):  # else their order stays as it was
        raw["applicants"] = {**who, "kinds": kinds}
    raw["calls"] = bool(values.get("calls", False))
    raw.pop("validity_years", None)
    if "validity_years" in values:
        raw["validity_years"] = values["validity_years"]
    raw.pop("inferred", None)
    said = {text for name in ("inferred_en", "inferred_zh") if (text := values.get(name))}
    if said:
        raw["inferred"] = said.pop() if len(said) == 1 else _label(values, "inferred")
    raw.setdefault("sources", [])
    _put_members(raw, values, base)
    _put_fields(raw, values, base)
    raw["review"] = _rows(values, base, "review", ("at", "by", "publicity_days"))
    raw["counting"] = _rows(values, base, "counting", ("indicator", "unit"), key="code")
    return raw


def _label(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return _l(values.get(f"{name}_en", ""), values.get(f"{name}_zh", ""))


def _put_members(raw: dict[str, Any], values: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    before = base.get("members") or {}
    members = {}
    for row in values.get("members") or ():
        kept = {k: v for k, v in (before.get(row["code"]) or {}).items() if k not in ("min", "max")}
        limits = _filled({"min": row.get("least"), "max": row.get("most")})
        members[row["code"]] = {**kept, "label": _label(row, "label"), **limits}
    raw.pop("members", None)
    if members:
        raw["members"] = members


def _put_fields(raw: dict[str, Any], values: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    before = base.get("fields") or {}
    fields, public = {}, []
    for row in values.get("form_fields") or ():
        code = row["code"]
        old = before.get(code) or {}
        shown = {"type", "label", "required", "unit", "low", "high", "choices", "to", "source"}
        kept = {k: v for k, v in old.items() if k not in shown}
        if old.get("type") != row.get("type"):  # the rest belonged to the other type of field
            kept = {k: v for k, v in kept.items() if k in ("section", "help", "was")}
        body = {"type": row.get("type"), "label": _label(row, "label"), **kept}
        body |= _filled({key: row.get(key) for key in ("unit", "low", "high", "to", "source")})
        if row.get("required"):
            body["required"] = True
            body.pop("required_when", None)
        if row.get("choices"):
            body["choices"] = _answers(row["choices"])
        if row.get("is_public"):
            public.append(code)
        fields[code] = body
    raw["fields"] = fields
    if public or "public" in base:
        raw["public"] = public


def _answers(text: str) -> dict[str, dict[str, str]]:
    """Read "code=English=Chinese; …"; what is not complete is left for the parser to refuse."""
    found = {}
    for part in text.replace("；", ";").split(";"):
        pieces = [piece.strip() for piece in part.replace("＝", "=").split("=")]
        if len(pieces) == 3:
            found[pieces[0]] = _l(pieces[1], pieces[2])
        elif any(pieces):
            found[pieces[0]] = {}
    return found


def _rows(
    values: Mapping[str, Any],
    base: Mapping[str, Any],
    name: str,
    keys: tuple[str, ...],
    *,
    key: str = "code",
) -> list[dict[str, Any]]:
    """Return the rows of a list of the definition, each with what the form does not show of it."""
    before = {old.get(key) or old.get("indicator"): old for old in base.get(name) or ()}
    found = []
    for row in values.get(name) or ():
        old = before.get(row.get(key) or row.get("indicator")) or {}
        kept = {k: v for k, v in old.items() if k not in (key, "label", *keys)}
        body = _filled({key: row.get(key), **{name: row.get(name) for name in keys}})
        if row.get("label_en") or row.get("label_zh"):
            body["label"] = _label(row, "label")
        found.append({**body, **kept})
    return found
