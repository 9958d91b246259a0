"""Forms as data: one vocabulary of typed fields for registers, collections and annual checks.

A definition (YAML, or made on screen) becomes a `Form`; what people, sheets and the API fill in
becomes values and problems. Screens are in `ui.dynamic`, sheets in `core.forms.sheets`.

Example:
    >>> form = parse_form({"fields": {"area": {"type": "number", "unit": "m2", "low": 0,
    ...     "label": {"en": "Area", "zh-Hans": "面积"}}}}, code="example")
    >>> clean(form, {"area": "３.２万平方米"}).values
    {'area': 32000}
"""

from jiangxin.core.forms.check import clean, clean_many
from jiangxin.core.forms.links import (
    LinkOption,
    LinkResolver,
    Links,
    register_links,
    resolver_of,
)
from jiangxin.core.forms.model import (
    Check,
    Checked,
    Choice,
    Field,
    FieldType,
    Form,
    InvalidForm,
    Label,
    LinkKind,
    Problem,
    Section,
    Severity,
    Values,
)
from jiangxin.core.forms.parse import parse_form
from jiangxin.core.forms.plan import rules_named
from jiangxin.core.forms.read import read_value
from jiangxin.core.forms.shown import shown
from jiangxin.core.forms.units import Unit, unit
from jiangxin.core.forms.versions import Carried, Change, Changes, Dropped, carry, compare

__all__ = [
    "Carried",
    "Change",
    "Changes",
    "Check",
    "Checked",
    "Choice",
    "Dropped",
    "Field",
    "FieldType",
    "Form",
    "InvalidForm",
    "Label",
    "LinkKind",
    "LinkOption",
    "LinkResolver",
    "Links",
    "Problem",
    "Section",
    "Severity",
    "Unit",
    "Values",
    "carry",
    "clean",
    "clean_many",
    "compare",
    "parse_form",
    "read_value",
    "register_links",
    "resolver_of",
    "rules_named",
    "shown",
    "unit",
]
