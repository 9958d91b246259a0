"""Sheets of returns: the template with what is known, and the uploaded file with what is wrong."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from jiangxin.apps.collections.models import Edition, Filing, FilingImport
from jiangxin.apps.collections.permissions import can_import
from jiangxin.apps.collections.queries.comparison import previous_values
from jiangxin.apps.collections.queries.editions import expected_organisations, expected_regions
from jiangxin.apps.collections.workflow import EDITABLE
from jiangxin.core import forms
from jiangxin.core.errors import NotFound
from jiangxin.core.forms import sheets
from jiangxin.core.permissions import Viewer

KEYS = (
    sheets.SheetKey("code", forms.Label("Code of the filer", "单位代码")),
    sheets.SheetKey("name", forms.Label("Name of the filer", "单位名称")),
)


class ImportNotFound(NotFound):
    """No such import within the viewer's reach."""

    code = "import_not_found"


def imports(*, viewer: Viewer, edition: Edition | None = None) -> QuerySet[FilingImport]:
    """List imports within the viewer's reach, newest first, without the files themselves."""
    found: QuerySet[FilingImport] = (
        FilingImport.objects.visible_to(viewer)
        .select_related("edition__collection", "edition__version", "edition__region", "scope")
        .select_related("edition__scope", "uploaded_by")
    )
    return found.filter(edition=edition) if edition is not None else found


def get_import(uuid: UUID | str, *, viewer: Viewer) -> FilingImport:
    """Return one import within the viewer's reach, or raise ImportNotFound."""
    found = imports(viewer=viewer).filter(uuid=uuid).first()
    if found is None:
        raise ImportNotFound
    return found


def template(
    edition: Edition, *, path: str, viewer: Viewer, on: datetime.date, language: str
) -> bytes:
    """Return the sheet to be filled in offline for the filers within a scope path.

    It holds what was saved so far, else the last period's values.

    Raises:
        NotPermitted: the viewer neither files nor manages collections there.
    """
    can_import(viewer, edition, path).enforce()
    rows: list[tuple[str, str, dict[str, Any]]] = []
    stored = {
        filing.scope_id: filing
        for filing in Filing.objects.filter(edition=edition, scope__path__startswith=path)
    }
    filers = filers_within(edition, path=path, on=on)
    earlier = previous_values(edition, [scope for scope, *_rest in filers])
    for scope, code, name in filers:
        filing = stored.get(scope)
        if filing is not None and filing.state not in EDITABLE:
            continue
        values = filing.values if filing is not None else dict(earlier.get(scope, {}))
        rows.append((code, name, values))
    return sheets.template(
        edition.definition.form,
        rows=rows,
        keys=KEYS,
        title=str(edition),
        language=language,
        upright=len(rows) == 1,
    )


def filers_within(edition: Edition, *, path: str, on: datetime.date) -> list[tuple[int, str, str]]:
    """List scope, code and name of the filers within a scope path."""
    if edition.definition.audience.regions:
        regions = expected_regions(edition, on=on).filter(path__startswith=path)
        return list(regions.filter(scopes__kind="region").values_list("scopes__pk", "code", "name"))
    organisations = expected_organisations(edition, on=on).filter(scope__path__startswith=path)
    return list(
        organisations.order_by("region__code", "pinyin", "pk").values_list("scope", "code", "name")
    )


def corrected_file(upload: FilingImport) -> bytes:
    """Return the uploaded file with bad cells coloured and a list of what to mend."""
    findings = [sheets.Finding.from_dict(finding) for finding in upload.findings]
    return sheets.corrected(
        bytes(upload.content), findings, form=upload.edition.definition.form, keys=KEYS
    )
