"""Forms of `core.forms` on screen: drawn, read back from a POST, and shown for reading.

A view gives a `DynamicForm` to its template, which includes "ui/dynamic_form.html" within a form
of its own (`method="post" enctype="multipart/form-data"`), or "ui/dynamic_values.html" to read.
Everything works without JavaScript: rows are added by buttons, links are typed by name or code.
"""

from jiangxin.ui.dynamic.boxes import linked_text
from jiangxin.ui.dynamic.drawing import DynamicForm
from jiangxin.ui.dynamic.posting import RowMove, dynamic_row_move, posted
from jiangxin.ui.dynamic.saving import autosaved

__all__ = ["DynamicForm", "RowMove", "autosaved", "dynamic_row_move", "linked_text", "posted"]
