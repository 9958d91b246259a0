"""Loaded before the settings: every test process gets a folder of its own and fixed keys."""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

_folder = tempfile.mkdtemp(prefix="jiangxin-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["JIANGXIN_VAR"] = _folder
os.environ["JIANGXIN_SECRET_KEY"] = "a key for tests, known to everybody and long enough to be one"
os.environ["JIANGXIN_PERSONAL_DATA_KEYS"] = (
    '{"k1": "' + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode() + '"}'
)
# Playwright's loop is always running in browser tests; Django must not mind
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

if "PYTEST_XDIST_WORKER" not in os.environ:
    # a fresh checkout has no compiled catalogues; the first process makes them for all
    from jiangxin.config.management.commands.messages import compile_

    for _catalogue in (Path(__file__).parents[1] / "jiangxin").rglob("locale/*/*/django.po"):
        compile_(_catalogue)
