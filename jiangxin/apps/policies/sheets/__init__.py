"""Files of the app: progress reports as .docx and .xlsx."""

from jiangxin.apps.policies.sheets.report_docx import docx_report
from jiangxin.apps.policies.sheets.report_xlsx import xlsx_report

__all__ = ["docx_report", "xlsx_report"]
