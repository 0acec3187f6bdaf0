"""What the Hub says became of the messages of one scenario, read over its control API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from hubemu.client.control import ControlClient

__all__ = ["HubJournal", "Row"]

_MESSAGES = frozenset(
    {"routed", "delivered", "acknowledged", "rejected", "dead-lettered", "dropped"}
)
_LONGEST_WAIT = 20.0
_EVENTS = "/api/v1/events"
Row = Mapping[str, Any]


class HubJournal:
    """Follows the events of a Hub from `begin` on; calls do not block the loop.

    Args:
        control: the Hub's control API.
        before: what was judged before the Hub was started again.
    """

    def __init__(self, control: ControlClient, before: list[Row] | None = None) -> None:
        self._control = control
        self._before = before or []
        self._after = 0
        self._rows: dict[str, Row] = {}

    async def begin(self) -> None:
        """What was before is none of ours."""
        page = await self._get(_EVENTS, {"limit": "1"})
        self._after = page["next"]
        self._rows.clear()

    async def rows(self) -> list[Row]:
        """What is known of each message judged since, in the order in which it was judged."""
        await self._read(0)
        return [*self._before, *self._rows.values()]

    async def of(self, distribution_id: str) -> Row | None:
        """The whole entry of the newest message with that id."""
        found = [row for row in await self.rows() if row["distributionID"] == distribution_id]
        return await self.detail(found[-1]["id"]) if found else None

    async def detail(self, entry_id: str) -> Row | None:
        """An entry with bodies, properties and trace."""
        status, entry = await asyncio.to_thread(
            self._control.call, "GET", f"/api/v1/messages/{entry_id}"
        )
        return entry if status == 200 else None

    async def wait(self, wanted: Callable[[Row], bool], within: float) -> Row | None:
        """The first message judged since `begin` that is wanted; `None` when there was none."""
        deadline = time.monotonic() + within
        while True:
            for row in self._rows.values():
                if wanted(row):
                    return row
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            await self._read(min(left, _LONGEST_WAIT))

    async def _read(self, wait: float) -> None:
        asked = {"after": str(self._after), "wait": f"{wait:.3f}", "limit": "10000"}
        page = await self._get(_EVENTS, asked, timeout=wait + 10)
        self._after = page["next"]
        for event in page["events"]:
            if event["kind"] in _MESSAGES:
                self._rows[event["id"]] = event

    async def _get(self, path: str, asked: Mapping[str, str], timeout: float = 10) -> Any:
        return await asyncio.to_thread(self._control.get, path, asked, timeout)
