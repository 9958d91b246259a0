"""The router of the app, which the modules beside this one fill."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["organisations"])
