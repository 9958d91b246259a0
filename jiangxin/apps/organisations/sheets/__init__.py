"""Organisations from and to Excel: columns, checks, corrected file, and the jobs that run them."""

from jiangxin.apps.organisations.sheets.checking import Checked, check
from jiangxin.apps.organisations.sheets.columns import COLUMNS, Column
from jiangxin.apps.organisations.sheets.files import corrected_file, template, workbook
from jiangxin.core.forms.sheets import UnreadableFile

__all__ = [
    "COLUMNS",
    "Checked",
    "Column",
    "UnreadableFile",
    "check",
    "corrected_file",
    "template",
    "workbook",
]
