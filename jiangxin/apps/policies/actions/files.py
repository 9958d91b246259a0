"""Files are kept as they were given."""

from __future__ import annotations

import datetime
import hashlib
import mimetypes
from pathlib import PurePath
from typing import TYPE_CHECKING

from jiangxin.apps.policies.models import StoredFile
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import Scope


def store_file(
    *,
    data: bytes,
    filename: str,
    scope: Scope,
    by: Viewer,
    at: datetime.datetime,
    is_simulated: bool = False,
) -> StoredFile:
    """Keep a file as it was given; the caller has checked that `by` may."""
    name = PurePath(filename.replace("\\", "/")).name[-255:] or "file"
    return StoredFile.objects.create(
        scope=scope,
        name=name,
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        content=data,
        given_by_name=by.name[:100],
        given_at=at,
        is_simulated=is_simulated,
    )
