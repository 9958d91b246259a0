"""The router that all modules of this package add their operations to."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["policies"])
