"""The router that all modules of this package add their operations to, and what they share."""

from __future__ import annotations

from typing import Annotated

from ninja import Router
from pydantic import Field

# who reviews, binds and publishes
WRITERS = ("officer", "leader")

# where a page of a list begins, and how many rows it may hold
Offset = Annotated[int, Field(ge=0, le=10_000_000)]
Limit = Annotated[int, Field(ge=1, le=500)]

router = Router(tags=["policies"])
