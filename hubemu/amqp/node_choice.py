"""Which node of a cluster a link is opened at."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from random import Random

from hubemu.amqp.address import Address

__all__ = ["AVOID_SECONDS", "NodeChoice"]

AVOID_SECONDS = 10.0
"""A node that failed is left alone so long, where there is another: a dead one may keep every link
that tries it waiting for its name or for an answer."""


class NodeChoice:
    """Any address will do, but rather one that has not just failed.

    Args:
        addresses: tells where the broker is now and what to show it.
        random: draws one of those that will do.
        now: seconds by a clock that only goes forward.
    """

    def __init__(
        self,
        addresses: Callable[[], Sequence[Address]],
        random: Random,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._addresses = addresses
        self._random = random
        self._now = now
        self._failed: dict[tuple[str, int], float] = {}

    def pick(self) -> Address:
        """An address to try next."""
        every, now = self._addresses(), self._now()
        good = [one for one in every if self._avoided_until(one) <= now]
        return self._random.choice(good or every)

    def failed(self, address: Address) -> None:
        """It was not reached, or a link to it broke."""
        now = self._now()
        self._failed = {place: until for place, until in self._failed.items() if until > now}
        self._failed[address.host, address.port] = now + AVOID_SECONDS

    def _avoided_until(self, address: Address) -> float:
        return self._failed.get((address.host, address.port), 0.0)
