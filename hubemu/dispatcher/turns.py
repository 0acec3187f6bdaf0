"""Turns of work: every vHost gets its share of the event loop, and so do sockets and timers."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Protocol

from hubemu.supervision import Supervision

__all__ = ["Turns", "Working"]

_WORK = "the dispatcher's work"
TURN_MESSAGES = 64
TURN_SECONDS = 0.005
"""A turn ends after so many messages or so long, whichever comes first."""


class Working(Protocol):
    """Somebody with work to do, a piece a call."""

    def work(self) -> bool:
        """Do one piece, if there is one to do now; whether there is another then."""


class Turns:
    """Gives those who are awake a piece of work each, one after the other.

    Args:
        supervision: is told of a piece of work that failed; the next ones are done all the same.
    """

    def __init__(self, supervision: Supervision) -> None:
        self._supervision = supervision
        self._awake: dict[Working, None] = {}
        self._turn: asyncio.Handle | None = None
        self._running = False

    def start(self) -> None:
        """Begin; inside the event loop."""
        self._running = True
        if self._awake:
            self._come_again()

    def stop(self) -> None:
        """Work no more."""
        self._running = False
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def wake(self, who: Working) -> None:
        """There is work for somebody."""
        self._awake[who] = None
        if self._turn is None and self._running:
            self._come_again()

    def _come_again(self) -> None:
        self._turn = asyncio.get_running_loop().call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._turn = None
        end = perf_counter() + TURN_SECONDS
        left = TURN_MESSAGES
        awake = self._awake
        while awake and left:
            who = next(iter(awake))
            del awake[who]
            if self._piece_of(who):
                awake[who] = None  # last in turn
            left -= 1
            if perf_counter() >= end:
                break
        if awake and self._turn is None and self._running:
            self._come_again()

    def _piece_of(self, who: Working) -> bool:
        """Have somebody do a piece of work; whether there is another."""
        try:
            more = who.work()
        except Exception as error:
            self._supervision.fault(_WORK, error)
            return True  # if not, they say so when they are asked
        if self._supervision.troubled:
            self._supervision.mended(_WORK)
        return more
