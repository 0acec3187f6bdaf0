"""Waiting for what must happen, in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["PATIENCE", "until"]

PATIENCE = 20.0
"""Seconds after which something that should have happened has not, on the busiest machine."""


async def until(true: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.001)
