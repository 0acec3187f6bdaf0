"""Faults of the network, on the place made for them (`Transit`): what tests need, and no more."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

from hubemu.broker.client_socket import ClientSocket

__all__ = ["BadNetwork", "Policy", "at_rate", "delayed", "silent", "sliced", "whole"]

Policy: TypeAlias = Callable[[bytes], Iterable[tuple[bytes, float | None]]]
"""Cuts octets in pieces; each goes on so many seconds after the one before it, or `None`: not."""


def whole(data: bytes) -> Iterable[tuple[bytes, float | None]]:
    """At once."""
    return [(data, 0.0)]


def silent(data: bytes) -> Iterable[tuple[bytes, float | None]]:
    """Not until it ends."""
    return [(data, None)]


def delayed(seconds: float) -> Policy:
    """Each later."""
    return lambda data: [(data, seconds)]


def sliced(octets: int, seconds: float = 0.0) -> Policy:
    """In pieces."""
    return lambda data: [
        (data[start : start + octets], seconds) for start in range(0, len(data), octets)
    ]


def at_rate(octets_a_second: float) -> Policy:
    """As a slow line does it, in pieces of a hundredth of a second."""
    return sliced(max(1, int(octets_a_second / 100)), 0.01)


class _Direction:
    """What goes one way, in order."""

    def __init__(self, policy: Policy, hand_on: Callable[[bytes], None], cut: int | None) -> None:
        self.policy = policy
        self.passed = 0
        self.held: deque[tuple[Callable[[], None], float | None]] = deque()
        self.timer: asyncio.TimerHandle | None = None
        self._hand_on = hand_on
        self._cut = cut

    def octets(self, data: bytes) -> None:
        for piece, seconds in self.policy(data):
            self.held.append((partial(self._pass_on, piece), seconds))
        self._next()

    def end(self, action: Callable[[], None]) -> None:
        (_, seconds), *_ = self.policy(b"\0")
        self.held.append((action, seconds))
        self._next()

    def _pass_on(self, data: bytes) -> None:
        left = len(data) if self._cut is None else self._cut - self.passed
        self.passed += len(data[:left])
        self._hand_on(data[:left])

    def _next(self) -> None:
        while self.timer is None and self.held:
            action, seconds = self.held[0]
            if seconds is None:
                return
            if seconds:
                loop = asyncio.get_running_loop()
                self.timer = loop.call_later(seconds, self._due)
                return
            self.held.popleft()
            action()

    def _due(self) -> None:
        self.timer = None
        if self.held:
            action, _ = self.held.popleft()
            action()
            self._next()

    def release(self) -> None:
        self.stop_timer()
        while self.held:
            self.held.popleft()[0]()

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class BadNetwork:
    """A `Transit` with a policy for each direction; `end` takes it away.

    Args:
        socket: whose octets it gets from now on.
        up: to the Hub.
        down: to the client.
        cut: octets to the client after which its socket is closed.
    """

    def __init__(
        self,
        socket: ClientSocket,
        *,
        up: Policy = whole,
        down: Policy = whole,
        cut: int | None = None,
    ) -> None:
        self.socket = socket
        self.over = False
        self._cut = cut
        self.up = _Direction(up, socket.take_in, None)
        self.down = _Direction(down, socket.put_out, cut)
        self._holds_loss = up is silent
        self._loses: list[Callable[[], None]] = []
        socket.transit = self

    @property
    def left(self) -> tuple[int, int, bool]:
        """Pieces held and timers running: nothing must be left of it."""
        timers = bool(self.up.timer or self.down.timer)
        return len(self.up.held), len(self.down.held), timers

    def end(self) -> None:
        """Hand on all that is held, in order, and leave."""
        self.up.release()
        self.down.release()
        for tell in self._loses:
            tell()
        if self.socket.transit is self:
            self.socket.transit = None

    def to_hub(self, data: bytes) -> None:
        """See `Transit`."""
        self.up.octets(data)

    def client_ends(self) -> None:
        """See `Transit`."""
        self.up.end(self.socket.end_input)

    def to_client(self, data: bytes) -> None:
        """See `Transit`."""
        self.down.octets(data)
        if self._cut is not None and self.down.passed >= self._cut:
            self.socket.hang_up()

    def hub_closes(self) -> None:
        """See `Transit`."""
        self.down.end(self.socket.hang_up)

    def lost(self) -> None:
        """See `Transit`: in a tunnel nobody hears of it."""
        if self._holds_loss:
            self._loses.append(self.socket.forget)
        else:
            self.socket.forget()

    def ended(self) -> None:
        """See `Transit`."""
        self.over = True
        self.up.stop_timer()
        self.down.stop_timer()
        self.up.held.clear()
        self.down.held.clear()
