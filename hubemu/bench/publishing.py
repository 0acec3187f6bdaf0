"""The sending half of a load, and waiting for what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from hubemu.amqp.link import Link
from hubemu.broker.wire.properties import encode_properties
from hubemu.confirmation import Confirmation
from hubemu.edxl import CONTENT_TYPES, Format
from hubemu.errors import CheckFailed
from hubemu.properties import PERSISTENT, Properties
from hubemu.topology import HUB_EXCHANGE

__all__ = ["Load", "LoadSender", "Progress"]

_SILENCE = 30.0
"""Seconds without news after which no more is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is sent: `count` times `body`, `window` unconfirmed at most, or `rate` a second.

    `client` sends it in the form `sent`, on `vhost`, and something of each comes to `queue`, which
    is of `reader`.
    """

    vhost: str
    client: str
    reader: str
    queue: str
    body: bytes
    count: int
    sent: Format = "json"
    window: int = 100
    rate: int | None = None


class Progress:
    """Waits until enough has happened on some links, for as long as anything happens at all."""

    def __init__(self, *links: Link) -> None:
        self._links = links
        self._happened = asyncio.Event()
        for link in links:
            link.closed.add_done_callback(lambda _: self.news())

    def news(self) -> None:
        """Something has happened."""
        self._happened.set()

    def require_links(self) -> None:
        """See that all links are there.

        Raises:
            LinkError: one is gone, with the reason.
        """
        for link in self._links:
            if link.closed.done():
                raise link.closed.result()

    async def until(self, done: Callable[[], bool], so_far: Callable[[], str]) -> None:
        """Wait until `done`; `so_far` tells how far it came.

        Raises:
            LinkError: a link is gone.
            CheckFailed: nothing happens any more.
        """
        while not done():
            self.require_links()
            self._happened.clear()
            try:
                async with asyncio.timeout(_SILENCE):
                    await self._happened.wait()
            except TimeoutError:
                nothing = f"then nothing more for {_SILENCE:g} s"
                raise CheckFailed(f"{so_far()}, {nothing}") from None


class LoadSender:
    """Publishes the messages of a load; `sent` tells when each went (perf_counter)."""

    def __init__(self, load: Load, link: Link, progress: Progress) -> None:
        self._load = load
        self._link = link
        self._progress = progress
        self._header = encode_properties(
            Properties(content_type=CONTENT_TYPES[load.sent], delivery_mode=PERSISTENT)
        )
        self._unconfirmed = 0
        self.sent: list[float] = []
        self.refused = 0

    async def as_fast_as_confirmed(self, count: int) -> None:
        """Publish until `count` messages went in all."""
        window = self._load.window
        while len(self.sent) < count:
            await self._progress.until(lambda: self._unconfirmed < window, self._so_far)
            for _ in range(min(window - self._unconfirmed, count - len(self.sent))):
                self._publish()

    async def at_rate(self, rate: int) -> None:
        """Publish the load, so many messages a second."""
        began, count = perf_counter(), self._load.count
        while len(self.sent) < count:
            due = min(count, int((perf_counter() - began) * rate) + 1)
            self._progress.require_links()
            for _ in range(due - len(self.sent)):
                self._publish()
            await asyncio.sleep(max(0.0, began + len(self.sent) / rate - perf_counter()))

    def require_accepted(self) -> None:
        """See that the broker took all.

        Raises:
            CheckFailed: it did not.
        """
        if self.refused:
            raise CheckFailed(f"the broker did not accept {self.refused} messages")

    def _so_far(self) -> str:
        confirmed = len(self.sent) - self._unconfirmed
        return f"{confirmed} of {len(self.sent)} messages were confirmed"

    def _publish(self) -> None:
        load = self._load
        self.sent.append(perf_counter())
        self._unconfirmed += 1
        self._link.publish(
            HUB_EXCHANGE,
            load.client,
            load.body,
            self._header,
            mandatory=False,
            settled=self._settled,
        )

    def _settled(self, confirmation: Confirmation) -> None:
        self._unconfirmed -= 1
        if confirmation is not Confirmation.ACCEPTED:
            self.refused += 1
        self._progress.news()
