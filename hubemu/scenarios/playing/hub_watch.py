"""What the Hub shows of software outside: that it took a message, answered one, is connected."""

from __future__ import annotations

import asyncio

from hubemu.documents import summary_of
from hubemu.edxl import CONTENT_TYPES, Format
from hubemu.scenarios.format.exchange_steps import Expect
from hubemu.scenarios.playing.journal import Row
from hubemu.scenarios.playing.presence import Presence
from hubemu.scenarios.playing.scene import Scene, Sending
from hubemu.settings import EngineKind

__all__ = ["HubWatch", "format_of"]

_POLL = 0.2
"""seconds"""


class HubWatch:
    """Looks at the Hub until it shows what is waited for.

    Args:
        scene: with the Hub's journal and its control API.
        patience: seconds to look.
    """

    def __init__(self, scene: Scene, patience: float) -> None:
        self._scene = scene
        self._patience = patience

    async def sent(self, presence: Presence, type_: str, recipient: str) -> Row | None:
        """The message of a type that an actor sends to a recipient, as the journal has it with all
        that is known of it; `None` if none came in time.

        One that the Hub could not read may be the one, too.
        """

        def is_it(row: Row) -> bool:
            return (
                row["sender"] == presence.id
                and row["vhost"] == presence.vhost
                and row["type"] in (type_, None)
                and row["recipient"] in (recipient, None)
                and row["distributionID"] not in self._scene.known_ids()
            )

        row = await self._scene.journal.wait(is_it, self._patience)
        return row and (await self._scene.journal.detail(row["id"]) or row)

    async def taken(self, action: Expect, awaited: Sending, client: str) -> str | None:
        """What became of the message: that it was acknowledged, or another end of it; `None` if
        that is not known in time."""
        scene = self._scene
        loop, lag = asyncio.get_running_loop(), await self._untold()
        deadline = loop.time() + self._patience + (lag or 0)
        counted: float | None = None
        while loop.time() < deadline:
            row = await scene.journal.of(self._followed(action, awaited))
            if row is not None and (end := _end_of(row, action.queue)):
                return end
            if row is not None and lag is not None:
                counted = counted or loop.time() + lag
                settled = loop.time() >= counted
                if settled and await self._emptied(f"{client}.{action.queue}", row["vhost"]):
                    return "acknowledged"
            await asyncio.sleep(_POLL)
        return None

    async def _untold(self) -> float | None:
        """Beside RabbitMQ the Hub never hears of acknowledgements: by how many seconds what it
        says of queues may be behind. Else `None`."""
        hub = await asyncio.to_thread(self._scene.control.get, "/api/v1/hub")
        lag: float = hub["countsLag"]
        return lag if hub["engine"] == EngineKind.RABBITMQ.value else None

    async def _emptied(self, queue: str, vhost: str) -> bool:
        """Whether nothing is in a queue: what was there was taken."""
        hub = await asyncio.to_thread(self._scene.control.get, "/api/v1/hub")
        queues = next(row["queues"] for row in hub["vhosts"] if row["name"] == vhost)
        depth = queues.get(queue)
        return depth is not None and depth["ready"] + depth["unacked"] == 0

    def _followed(self, action: Expect, awaited: Sending) -> str:
        """The id of the message that tells: the acknowledgement itself on `.ack`."""
        if action.queue == "ack":
            acks = [
                one.messages[-1].distribution_id
                for one in self._scene.sendings
                if one.recipient == awaited.sender and one.messages[-1].type == "RC-REF"
            ]
            if acks:
                return acks[-1]
        return awaited.messages[-1].distribution_id

    async def reference(self, sender: str, awaited: Sending) -> Row | None:
        """The RC-REF of that sender about that message, as the journal has it; `None` if none came
        in time."""
        seen: set[str] = set()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while (left := deadline - loop.time()) > 0:
            row = await self._scene.journal.wait(
                lambda one: (
                    one["sender"] == sender and one["type"] == "RC-REF" and one["id"] not in seen
                ),
                left,
            )
            if row is None:
                return None
            seen.add(row["id"])
            detail = await self._scene.journal.detail(row["id"])
            if detail is None:
                continue
            about = summary_of(detail["body"].encode(), CONTENT_TYPES[format_of(detail)])
            if about.reference in awaited.ids:
                return detail
        return None

    async def connected(self, presence: Presence) -> bool | None:
        """Whether an actor is connected: true as soon as it is, `None` if it is not in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while loop.time() < deadline:
            control = self._scene.control
            answer = await asyncio.to_thread(control.get, "/api/v1/connections")
            holder = self._scene.facts.holder(presence.id)
            for one in answer["connections"]:
                if one["client"] in (presence.id, holder) and one["vhost"] == presence.vhost:
                    return True
            await asyncio.sleep(_POLL)
        return None


def format_of(row: Row) -> Format:
    """The format of a message of the journal."""
    return "xml" if row["format"] == "xml" else "json"


def _end_of(row: Row, queue: str) -> str | None:
    if queue == "info":
        told = any(step["step"] == "error report acknowledged" for step in row["trace"])
        return "acknowledged" if told else None
    outcome: str = row["outcome"]
    return outcome if outcome not in ("routed", "delivered") else None
