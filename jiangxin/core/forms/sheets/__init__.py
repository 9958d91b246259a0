"""Forms in Excel: a template to fill in offline, the filled file read back, a corrected file."""

from jiangxin.core.forms.sheets.correcting import Finding, corrected
from jiangxin.core.forms.sheets.layout import SheetKey
from jiangxin.core.forms.sheets.opening import Grid, UnreadableFile, grids
from jiangxin.core.forms.sheets.reading import Sheet, SheetRow, read
from jiangxin.core.forms.sheets.writing import template

__all__ = [
    "Finding",
    "Grid",
    "Sheet",
    "SheetKey",
    "SheetRow",
    "UnreadableFile",
    "corrected",
    "grids",
    "read",
    "template",
]
