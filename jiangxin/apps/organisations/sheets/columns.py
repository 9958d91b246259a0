"""The columns of a sheet of organisations, and one row as typed values."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from jiangxin.apps.organisations.models import Organisation, normal_form

LANGUAGES = ("en", "zh-hans")
SEPARATOR = "；"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its field, its heading, the rule of its cells, and what to do about a breach."""

    field: str
    label: Promise
    rule: Promise
    fix: Promise
    is_required: bool = False
    # a public fact; the others are filled only for those within the scope
    is_open: bool = True
    width: int = 16


_LENGTH = _("At most 200 characters.")
_SHORTEN = _("Shorten the text.")
_CHOOSE = _("Choose one of the words listed on the sheet “Allowed words”.")
_DAY = _("A day such as 2024-09-01.")
_WRITE_DAY = _("Write year, month and day, or leave the cell empty.")
_YES_NO = _("Yes or no.")
_WRITE_YES = _("Write yes or no (是 or 否).")

COLUMNS: tuple[Column, ...] = (
    Column(
        "code",
        _("Code"),
        _("The code by which the organisation is known here; empty for a new one."),
        _("Leave the cell empty, or copy the code from an export."),
        width=20,
    ),
    Column(
        "name",
        _("Official name"),
        _("The full official name, 1 to 200 characters."),
        _("Write the name as on the certificate."),
        is_required=True,
        width=34,
    ),
    Column("short_name", _("Short name"), _("At most 60 characters."), _SHORTEN),
    Column("kind", _("Kind"), _("One of the kinds of organisations."), _CHOOSE, is_required=True),
    Column("stage", _("School stage"), _("For schools only: one of the stages."), _CHOOSE),
    Column("ownership", _("Ownership"), _("Public, private or mixed."), _CHOOSE),
    Column(
        "uscc",
        _("Credit code"),
        _("18 characters of GB 32100-2015; the last one checks the others."),
        _("Compare it with the certificate."),
        width=22,
    ),
    Column(
        "school_code",
        _("School code"),
        _("Ten digits; the third and fourth are the code of a province."),
        _("Compare it with the list of the education authority."),
    ),
    Column(
        "region",
        _("Region code"),
        _("Six digits of a region for which you are responsible; empty: that of the import."),
        _("Look the code up in the reference data, or leave the cell empty."),
    ),
    Column(
        "parent",
        _("Superior body"),
        _("Code or full name of the body that it is a part of; an office needs one."),
        _("Copy the name exactly, or add a row for the body."),
        width=28,
    ),
    Column(
        "aliases",
        _("Aliases"),
        _("Other names in documents, separated by “；”; each stands for one organisation."),
        _("Remove the alias here or from the other organisation."),
        width=30,
    ),
    Column("is_listed", _("Listed for the public"), _YES_NO, _WRITE_YES),
    Column("starts_on", _("Begins on"), _DAY, _WRITE_DAY),
    Column("ends_on", _("Ends on"), _DAY, _WRITE_DAY),
    Column("address", _("Address"), _("At most 300 characters."), _SHORTEN, width=30),
    Column("contact_name", _("Contact"), _("At most 100 characters."), _SHORTEN, is_open=False),
    Column(
        "contact_phone", _("Contact phone"), _("At most 40 characters."), _SHORTEN, is_open=False
    ),
    Column("notes", _("Notes"), _("Plain text."), _SHORTEN, is_open=False, width=30),
    Column("is_simulated", _("Simulated"), _YES_NO, _WRITE_YES),
)
BY_FIELD = {column.field: column for column in COLUMNS}
# the column that a corrected file adds; it may come back and is then passed over
PROBLEMS = _("To correct")

# further words that people write
_ALSO = {
    "kind": {
        "行政部门": "bureau", "主管部门": "bureau", "政府部门": "bureau", "部门": "bureau",
        "科室": "office", "处室": "office", "院校": "school", "学校": "school",
        "社区学校": "community_school", "社区学院": "community_school", "企业": "enterprise",
        "园区": "park", "研究机构": "institute", "行业组织": "industry_body", "行业协会": "industry_body",
    },
    "stage": {
        "中职": "secondary", "中等职业学校": "secondary", "职高": "secondary", "中专": "secondary",
        "技校": "technician", "技工院校": "technician", "技工学校": "technician", "技师学院": "technician",
        "高职": "higher_specialty", "高职专科": "higher_specialty", "高职院校": "higher_specialty",
        "职业本科": "vocational_university", "职教本科": "vocational_university",
        "应用型本科": "applied_university", "普高": "general_high_school",
        "普通高中": "general_high_school", "综合高中": "comprehensive_high_school",
        "开放大学": "open_university",
    },
    "ownership": {"公办": "public", "民办": "private", "混合所有制": "mixed"},
}  # fmt: skip
_HEADINGS_ALSO = {
    "名称": "name", "单位名称": "name", "学校名称": "name", "全称": "name", "简称": "short_name",
    "类别": "kind", "单位类别": "kind", "办学层次": "stage", "学段": "stage", "办学性质": "ownership",
    "统一社会信用代码": "uscc", "信用代码": "uscc", "学校标识码": "school_code", "标识码": "school_code",
    "行政区划代码": "region", "区划代码": "region", "上级单位": "parent", "主管单位": "parent",
    "别名": "aliases", "联系人": "contact_name", "联系电话": "contact_phone", "地址": "address",
    "备注": "notes", "编码": "code",
}  # fmt: skip
_CHOICES = {
    "kind": Organisation.Kind,
    "stage": Organisation.Stage,
    "ownership": Organisation.Ownership,
}


@cache
def headings() -> dict[str, str]:
    """Return the headings that may stand over a column, in comparable form → field."""
    known = {normal_form(word): field for word, field in _HEADINGS_ALSO.items()}
    for language in LANGUAGES:
        with translation.override(language):
            known |= {normal_form(str(column.label)): column.field for column in COLUMNS}
            known[normal_form(str(PROBLEMS))] = ""
    return known | {normal_form(column.field): column.field for column in COLUMNS}


@cache
def words(field: str) -> dict[str, str]:
    """Return the words that may stand in a cell with a choice, in comparable form → value."""
    known = {normal_form(word): value for word, value in _ALSO[field].items()}
    for language in LANGUAGES:
        with translation.override(language):
            known |= {normal_form(str(label)): value for value, label in _CHOICES[field].choices}
    return known | {normal_form(value): value for value in _CHOICES[field].values}


def _choice(field: str) -> Callable[[Any], str]:
    def convert(cell: Any) -> str:
        text = _text(cell)
        if not text:
            return ""
        value = words(field).get(normal_form(text))
        if value is None:
            raise ValueError(text)
        return value

    return convert


_YES = {normal_form(word): True for word in ("yes", "true", "1", "y", "是", "公开", "√")}
_NO = {normal_form(word): False for word in ("no", "false", "0", "n", "否", "不公开", "")}


def _flag(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    return (
        (_YES | _NO)[normal_form(_text(cell))]
        if normal_form(_text(cell)) in _YES | _NO
        else _bad(cell)
    )


def _bad(cell: Any) -> bool:
    raise ValueError(str(cell))


def _text(cell: Any) -> str:
    """Return a cell as text; Excel keeps a code that looks like a number as a number."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.date):
        return cell.isoformat()[:10]
    return "" if cell is None else str(cell).strip()


def _day(cell: Any) -> datetime.date | None:
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    text = _text(cell).replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-")
    parts = text.rstrip("日").split("-")
    if parts == [""]:
        return None
    year, month, day = (int(part) for part in parts)
    return datetime.date(year, month, day)


def _names(cell: Any) -> tuple[str, ...]:
    parts = _text(cell).replace(";", SEPARATOR).replace("\n", SEPARATOR).split(SEPARATOR)
    return tuple(part.strip() for part in parts if part.strip())


def _text_up_to(length: int, least: int = 0) -> Any:
    return Annotated[
        str, BeforeValidator(_text), StringConstraints(max_length=length, min_length=least)
    ]


_Code = Annotated[
    str, BeforeValidator(lambda cell: _text(cell).upper()), StringConstraints(max_length=20)
]
_Day = Annotated[datetime.date | None, BeforeValidator(_day)]
_Flag = Annotated[bool, BeforeValidator(_flag)]


class Row(BaseModel):
    """One row of a sheet of organisations; a missing column leaves its field unset."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _text_up_to(200, least=1)  # type: ignore[valid-type]
    kind: Annotated[str, BeforeValidator(_choice("kind")), StringConstraints(min_length=1)]
    code: _Code = ""
    short_name: _text_up_to(60) = ""  # type: ignore[valid-type]
    stage: Annotated[str, BeforeValidator(_choice("stage"))] = ""
    ownership: Annotated[str, BeforeValidator(_choice("ownership"))] = ""
    uscc: _Code = ""
    school_code: _Code = ""
    region: _text_up_to(6) = ""  # type: ignore[valid-type]
    parent: _text_up_to(200) = ""  # type: ignore[valid-type]
    aliases: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    is_listed: _Flag = False
    starts_on: _Day = None
    ends_on: _Day = None
    address: _text_up_to(300) = ""  # type: ignore[valid-type]
    contact_name: _text_up_to(100) = ""  # type: ignore[valid-type]
    contact_phone: _text_up_to(40) = ""  # type: ignore[valid-type]
    notes: _text_up_to(5000) = ""  # type: ignore[valid-type]
    is_simulated: _Flag = False
