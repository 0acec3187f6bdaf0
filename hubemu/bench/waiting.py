"""A queue that nobody reads: what each further message costs, and how fast all are read at last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from hubemu.amqp.frames import CHANNEL
from hubemu.amqp.link import Incoming, Link
from hubemu.bench.comparison import Plan, load_of
from hubemu.bench.consumption import resident_octets
from hubemu.bench.load import both_ends
from hubemu.bench.process import hub_process
from hubemu.bench.publishing import Load, LoadSender, Progress

__all__ = ["measure_waiting"]

_PARTS = 10
_POLL_SECONDS = 0.005
_PREFETCH = 200


async def measure_waiting(
    hub: str, arguments: Sequence[str], plan: Plan, messages: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """A Hub that routes so many messages to a queue without a reader, who then reads them.

    Args:
        hub: its name.
        arguments: those of `hubemu up`.
        plan: the message.
        messages: how many, in ten parts; rates are told of the first and the last.
        say: is told what is done.

    Raises:
        StartError: the Hub does not start, or a connection breaks.
        CheckFailed: a message did not arrive.
    """
    pids: list[int] = []
    async with hub_process(arguments, pids.append) as facts:
        load = replace(load_of(plan.routes[0], plan, facts), count=messages)
        async with both_ends(facts, load) as (sender, reader):
            queue = _Queue(load, sender, reader)
            say(f"{hub}: {messages:,} messages that nobody reads ...")
            filling = [await queue.fill(1)]
            small = resident_octets(pids[0])
            filling += [await queue.fill(part) for part in range(2, _PARTS + 1)]
            large = resident_octets(pids[0])
            say(f"{hub}: reading them ...")
            reading = await queue.read()
    grown = messages * (_PARTS - 1) // _PARTS
    return {
        "hub": hub,
        "messages": messages,
        "bytes": len(load.body),
        "memoryOctetsEach": None
        if small is None or large is None
        else round((large - small) / grown),
        "routedPerSecond": {"first": filling[0], "last": filling[-1]},
        "readPerSecond": {"first": reading[0], "last": reading[-1]},
    }


class _Queue:
    """The queue of a load's reader."""

    def __init__(self, load: Load, sender: Link, reader: Link) -> None:
        self._load = load
        self._reader = reader
        self._progress = Progress(sender, reader)
        self._sender = LoadSender(load, sender, self._progress)
        self._came: list[float] = []

    async def fill(self, part: int) -> int:
        """Publish a part of the load, and wait until it waits here; messages a second."""
        began, before = perf_counter(), len(self._sender.sent)
        await self._sender.as_fast_as_confirmed(self._load.count * part // _PARTS)
        self._sender.require_accepted()
        while await self._depth() < len(self._sender.sent):
            await asyncio.sleep(_POLL_SECONDS)
        return round((len(self._sender.sent) - before) / (perf_counter() - began))

    async def read(self) -> list[int]:
        """Read and acknowledge all; messages a second of each part."""
        began, count = perf_counter(), self._load.count
        await self._reader.consume(self._load.queue, self._take, prefetch=_PREFETCH)
        await self._progress.until(lambda: len(self._came) >= count, self._so_far)
        ends = [count * part // _PARTS for part in range(_PARTS + 1)]
        times = [began, *(self._came[end - 1] for end in ends[1:])]
        return [
            round((ends[part + 1] - ends[part]) / (times[part + 1] - times[part]))
            for part in range(_PARTS)
        ]

    async def _depth(self) -> int:
        names = {"ticket": 0, "queue": self._load.queue, "passive": True, "arguments": {}}
        flags = dict.fromkeys(("durable", "exclusive", "auto_delete", "nowait"), False)
        told = await self._reader.ask(
            CHANNEL, "queue.declare", "queue.declare_ok", **names, **flags
        )
        return int(told.fields["message_count"])

    def _take(self, incoming: Incoming) -> None:
        self._reader.ack(incoming.tag)
        self._came.append(perf_counter())
        self._progress.news()

    def _so_far(self) -> str:
        return f"{len(self._came)} of {self._load.count} messages came"
