"""The line between a client's socket and the Hub while something is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

from hubemu.broker.client_socket import ClientSocket
from hubemu.faults.network.portions import End, Item
from hubemu.faults.network.stage import Stage

__all__ = ["BadLine", "line_of"]

_HIGH: Final = 256 * 1024
_LOW: Final = 64 * 1024
"""Octets held one way above which its source is stopped, and below which it goes on."""


class _Way:
    """What goes one way, through its stages in the order in which they came.

    Args:
        exit_: takes the octets that passed them all.
        hold_up: stops the source, or lets it go on.
    """

    def __init__(self, exit_: Callable[[bytes], None], hold_up: Callable[[bool], None]) -> None:
        self.stages: list[Stage] = []
        self.held_up = False
        self._exit = exit_
        self._hold_up = hold_up

    @property
    def held(self) -> int:
        """Octets that wait in all stages."""
        return sum(stage.held for stage in self.stages)

    def take(self, item: Item) -> None:
        """Something came."""
        if self.stages:
            self.stages[0].take(item)
            self._press()
        else:
            self._leave(item)

    def add(self, stage: Stage) -> None:
        """One more stage, behind the others."""
        self.stages.append(stage)
        self._link()

    def remove(self, stage: Stage) -> None:
        """A stage ends: what it holds goes on."""
        if stage in self.stages:
            stage.release()
        if stage in self.stages:  # what went on may have ended the connection
            self.stages.remove(stage)
            self._link()
            self._press()

    def drop(self) -> None:
        """Everything ends: what is held goes nowhere."""
        for stage in self.stages:
            stage.drop()
        self.stages.clear()

    def _link(self) -> None:
        for stage, following in pairwise(self.stages):
            stage.hand_on = following.take
        if self.stages:
            self.stages[-1].hand_on = self._leave

    def _leave(self, item: Item) -> None:
        if isinstance(item, End):
            item.tell()
        else:
            self._exit(item)
        self._press()

    def _press(self) -> None:
        """Stop or start the source by what is held."""
        held = self.held
        wanted = held > _LOW if self.held_up else held > _HIGH
        if wanted != self.held_up:
            self.held_up = wanted
            self._hold_up(wanted)


class BadLine:
    """A `Transit` of one connection; it stays as long as it has a stage.

    Args:
        socket: whose octets go through it from now on.
    """

    def __init__(self, socket: ClientSocket) -> None:
        self._socket = socket
        self._up = _Way(socket.take_in, socket.stall)
        self._down = _Way(socket.put_out, socket.hold_output)
        socket.transit = self

    @property
    def held(self) -> tuple[int, int]:
        """Octets that wait to reach the Hub, and the client."""
        return self._up.held, self._down.held

    def add(self, up: Stage | None, down: Stage | None) -> None:
        """Lead a way, or both, through one more stage."""
        if up is not None:
            self._up.add(up)
        if down is not None:
            self._down.add(down)

    def remove(self, up: Stage | None, down: Stage | None) -> None:
        """Take stages away: what they hold goes on in order. The last one takes the line along."""
        if down is not None:
            self._down.remove(down)
        if up is not None:
            self._up.remove(up)
        if not (self._up.stages or self._down.stages) and self._socket.transit is self:
            self._socket.transit = None

    # What the socket tells (Transit)

    def to_hub(self, data: bytes) -> None:
        """See `Transit`."""
        self._up.take(data)

    def client_ends(self) -> None:
        """See `Transit`."""
        self._up.take(End(self._socket.end_input))

    def to_client(self, data: bytes) -> None:
        """See `Transit`."""
        self._down.take(data)

    def hub_closes(self) -> None:
        """See `Transit`."""
        self._down.take(End(self._socket.hang_up))

    def lost(self) -> None:
        """See `Transit`: the Hub hears of it behind what the client said last."""
        self._up.take(End(self._socket.forget))

    def ended(self) -> None:
        """See `Transit`."""
        self._up.drop()
        self._down.drop()


def line_of(socket: ClientSocket) -> BadLine:
    """The bad line of a socket, made if it has none."""
    found = socket.transit
    return found if isinstance(found, BadLine) else BadLine(socket)
