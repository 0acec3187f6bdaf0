"""What clients cost that are connected and do nothing, and what one that works feels of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from hubemu.amqp.address import LinkError
from hubemu.amqp.link import Link
from hubemu.bench.comparison import Plan, load_of, steady
from hubemu.bench.consumption import processor_seconds, resident_octets
from hubemu.bench.load import Measured, connected, measure
from hubemu.bench.process import hub_process
from hubemu.bench.publishing import Load
from hubemu.client.facts import HubFacts
from hubemu.errors import InputError, StartError
from hubemu.openfiles import allowed_open_files, raise_open_files

__all__ = ["measure_idle"]

_AT_ONCE = 20
_OTHER_FILES = 100
"""What this process has open besides."""
_SETTLE_SECONDS = 3.0
"""After so long the Hub has given back what the last handshakes needed."""
_WATCHED_SECONDS = 5.0


async def measure_idle(
    hub: str, arguments: Sequence[str], plan: Plan, clients: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """A Hub with so many idle clients: each has a connection, a channel and a consumer.

    Args:
        hub: its name.
        arguments: those of `hubemu up`.
        plan: the busy client's message and its rate.
        clients: how many do nothing.
        say: is told what is done.

    Raises:
        InputError: this process may not have so many files open.
        StartError: the Hub does not start, or does not take them.
        CheckFailed: a message of the busy one did not arrive.
    """
    _require_files(clients)
    pids: list[int] = []
    async with hub_process(arguments, pids.append) as facts:
        [pid] = pids
        load = load_of(plan.routes[0], plan, facts)
        say(f"{hub}: a busy client alone ...")
        await measure(facts, replace(load, count=plan.rate))
        alone = await measure(facts, steady(plan, load))
        before, spent = resident_octets(pid), processor_seconds(pid)
        say(f"{hub}: {clients:,} idle clients ...")
        idle = await _opened(facts, load, clients)
        try:
            opening = _each(spent, processor_seconds(pid), clients)
            await asyncio.sleep(_SETTLE_SECONDS)
            memory = _each(before, resident_octets(pid), clients)
            say(f"{hub}: a busy client beside them ...")
            beside = await measure(facts, steady(plan, load))
            spent = processor_seconds(pid)
            await asyncio.sleep(_WATCHED_SECONDS)
            resting = _each(spent, processor_seconds(pid), _WATCHED_SECONDS)
        finally:
            await asyncio.gather(*(link.close() for link in idle))
    return {
        "hub": hub,
        "clients": clients,
        "kibibytesEach": None if memory is None else round(memory / 1024, 1),
        "openingMilliseconds": None if opening is None else round(opening * 1000, 2),
        "idleMillisecondsASecond": None if resting is None else round(resting * 1000, 1),
        "rate": plan.rate,
        "alone": _latency(alone),
        "beside": _latency(beside),
    }


def _require_files(clients: int) -> None:
    raise_open_files()
    allowed = allowed_open_files()
    if allowed is not None and clients + _OTHER_FILES > allowed:
        limit = f"this system lets a process have {allowed:,} files open"
        raise InputError("--idle", f"{limit}; `ulimit -n` tells and raises it")


async def _opened(facts: HubFacts, load: Load, clients: int) -> list[Link]:
    """So many consumers of a queue to which nothing comes."""
    idle: list[Link] = []
    one = partial(_consumer, facts, load)
    try:
        while len(idle) < clients:
            together = min(_AT_ONCE, clients - len(idle))
            idle += await asyncio.gather(*(one() for _ in range(together)))
    except LinkError as error:
        raise StartError(f"after {len(idle):,} idle clients: {error}") from None
    return idle


async def _consumer(facts: HubFacts, load: Load) -> Link:
    link = await connected(facts, load.client, load.vhost)
    await link.consume(f"{load.client}.message", lambda _: None, prefetch=1)
    return link


def _each(before: float | None, after: float | None, parts: float) -> float | None:
    return None if before is None or after is None else (after - before) / parts


def _latency(measured: Measured) -> dict[str, float]:
    told = measured.to_json()
    return {"p50": told["p50"], "p99": told["p99"]}
