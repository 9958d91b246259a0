"""Files are kept as they were given; the values of forms point at them."""

from __future__ import annotations

import datetime
import hashlib
import mimetypes
from pathlib import PurePath

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.registers import permissions, queries, workflow
from jiangxin.apps.registers.models import Application, Attachment, Entry
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.forms import Field, Form
from jiangxin.core.permissions import Viewer


@transaction.atomic
def attach_file(
    *,
    field: str,
    name: str,
    content: bytes,
    by: Viewer,
    at: datetime.datetime,
    application: Application | None = None,
    entry: Entry | None = None,
) -> Attachment:
    """Keep a file for a field of an application's or an entry's form; `value` goes into the form.

    Args:
        field: code of the field, or "table.column".

    Raises:
        Invalid: the field takes no files, or not of this kind or size.
        WrongState: the application is under review or decided.
    """
    if application is not None:
        application = application.locked()
        permissions.can_write_application(by, application).enforce()
        if application.state not in workflow.WRITABLE:
            raise WrongState(
                _("An application is changed as a draft or after it was returned, not now.")
            )
        kind, path = application.type, application.scope.path
    elif entry is not None:
        permissions.can_change_entry(by, entry).enforce()
        kind, path = entry.type, entry.scope.path
    else:
        raise Invalid(_("A file belongs to an application or an entry."))
    definition = queries.current_definition(kind, on=at.date())
    forms = [definition.form]
    if definition.annual_check is not None:
        forms.append(definition.annual_check.form)
    file_name = PurePath(name.replace("\\", "/")).name[-255:] or "file"
    _check_file(_field(forms, field), field, file_name, content)
    kept = Attachment.objects.create(
        application=application,
        entry=entry,
        field=field,
        name=file_name,
        media_type=mimetypes.guess_type(file_name)[0] or "application/octet-stream",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        content=content,
        given_by_name=by.name[:100],
        given_at=at,
        is_simulated=bool(
            application.is_simulated if application is not None else entry and entry.is_simulated
        ),
    )
    audit.record(
        "registers.file.attached",
        by=by,
        at=at,
        subject=kept,
        path=path,
        data={"field": field, "sha256": kept.sha256},
    )
    return kept


def _field(forms: list[Form], code: str) -> Field | None:
    name, _dot, column = code.partition(".")
    for form in forms:
        for field in form.fields:
            if field.code == name:
                if not column:
                    return field
                return next((c for c in field.columns if c.code == column), None)
    return None


def _check_file(field: Field | None, code: str, name: str, content: bytes) -> None:
    if field is None or field.type != "file":
        raise Invalid(_("The field “%(field)s” takes no files.") % {"field": code})
    ending = PurePath(name).suffix.lower().lstrip(".")
    message = ""
    if field.accept and ending not in field.accept:
        message = _("Files of this kind are not taken here; send one of: %(kinds)s.") % {
            "kinds": ", ".join(field.accept)
        }
    elif not content:
        message = _("The file is empty.")
    elif len(content) > settings.UPLOAD_LIMIT:
        message = _("A file is too large. Send a smaller one.")
    if message:
        raise Invalid(message, data={"fields": {code: message}})
