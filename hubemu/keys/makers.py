"""Keys made by processes of their own (`making`), one for each processor up to a few."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hubemu.keys.rsa import key_of_primes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["KeyMakers"]

_MOST = 4
"""Processes: with so many the keys are there before the imports are. A container may be given two
of the sixty-four processors it sees."""


class KeyMakers:
    """Makes keys of 2,048 bits; may be asked by several threads at once.

    One processor is left to whoever wants the keys until it asks for the first.

    Args:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        processes = min(os.cpu_count() or 1, _MOST)
        at_once = max(1, processes - 1)
        self._later = processes - at_once
        self._processes: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        asked, asking = os.pipe()
        reading, writing = os.pipe()
        self._lines = os.fdopen(reading, "rb")
        self._ends: tuple[int, ...] = asked, writing
        # Each takes an octet from the pipe for each key, so none has more to do than another.
        with os.fdopen(asking, "wb") as order:
            order.write(b"k" * count)
        self._begin(at_once)

    def take(self) -> RSAPrivateKey | None:
        """A key, waited for; `None`: no more are made."""
        with self._lock:
            self._begin_the_rest()
            line = b"" if self._lines.closed else self._lines.readline()
        return _key_of(line)

    def close(self) -> list[RSAPrivateKey]:
        """End the processes; the keys that nobody took."""
        self._kill()
        with self._lock:
            self._close_ends()
            self._kill()  # those that were begun meanwhile too
            left = self._lines.readlines()
            self._lines.close()
        for process in self._processes:
            process.wait()
        return [key for line in left if (key := _key_of(line)) is not None]

    def _begin(self, processes: int) -> None:
        # Without `site`, which takes a third of what a start takes; where modules are, it is told.
        making = Path(__file__).with_name("making.py")
        program = [sys.executable, "-I", "-S", str(making), *filter(None, sys.path)]
        asked, writing = self._ends
        silent = subprocess.DEVNULL
        # Where no process can be had, keys are made when they are wanted.
        with suppress(OSError):
            for _ in range(processes):
                # All write to one pipe: a line is shorter than what a pipe takes at once.
                process = subprocess.Popen(program, stdin=asked, stdout=writing, stderr=silent)  # noqa: S603
                self._processes.append(process)

    def _begin_the_rest(self) -> None:
        if self._ends:
            self._begin(self._later)
            self._close_ends()

    def _kill(self) -> None:
        for process in self._processes:
            process.kill()

    def _close_ends(self) -> None:
        """Leave both pipes to the processes: their end is seen when all of them have ended."""
        for end in self._ends:
            os.close(end)
        self._ends = ()


def _key_of(line: bytes) -> RSAPrivateKey | None:
    """The key of two primes and a coefficient; `None`: the line is not whole."""
    if not line.endswith(b"\n"):
        return None
    return key_of_primes(*(int(number, 16) for number in line.split()))
