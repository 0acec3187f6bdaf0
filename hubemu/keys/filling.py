"""Fills the pool of unused keys, as a program that gives way to all others.

A thread of the Hub would not do: while it waits for a processor, it may hold the interpreter.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from hubemu.keys.pool import KeyPool
from hubemu.keys.rsa import key_of_primes, key_pem
from hubemu.keys.supply import BITS, ENOUGH, unused
from hubemu.supervision import Supervision

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["fill", "filled_meanwhile"]

_LEAST_URGENT = 19
_LATER = 20.0
"""Seconds until it begins: a Hub that is up for a test of seconds is not to share its processor."""


def fill(pool: KeyPool, made: Iterator[RSAPrivateKey], enough: int = ENOUGH) -> None:
    """Keep keys of those that are `made` until there are `enough`, the pool takes none or the
    starter is gone."""
    starter, had = os.getppid(), -1
    while had < (have := pool.count(BITS)) < enough and os.getppid() == starter:
        had = have
        pool.put(key_pem(next(made)), BITS)


def _made() -> Iterator[RSAPrivateKey]:
    from hubemu.keys.making import pairs  # by the program only: it loads ctypes

    return (key_of_primes(p, q, pow(q, -1, p)) for p, q in pairs())


@asynccontextmanager
async def filled_meanwhile(supervision: Supervision, after: float = _LATER) -> AsyncIterator[None]:
    """The pool filled for the next home, beginning in `after` seconds; given up at the end."""
    filling = supervision.passing("filling the pool of keys", partial(_have_it_filled, after))
    try:
        yield
    finally:
        filling.cancel()
        await asyncio.wait({filling})


async def _have_it_filled(after: float) -> None:
    await asyncio.sleep(after)
    program = [sys.executable, "-P", "-m", "hubemu.keys.filling"]
    silent = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *program, stdin=silent, stdout=silent, stderr=silent
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(_LEAST_URGENT)
    fill(unused(), _made())
