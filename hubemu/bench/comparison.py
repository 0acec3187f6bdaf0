"""One Hub, or two that take turns, measured several times; the medians count."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from hubemu.bench.load import Load, Measured, measure
from hubemu.bench.process import hub_process
from hubemu.bench.processor import processor_seconds
from hubemu.client.facts import HubFacts
from hubemu.errors import InputError
from hubemu.messages import example_message

__all__ = ["Plan", "compare"]

_SENDER, _RECIPIENT = "fr.health.samuA", "fr.health.samuC"
_WARM_UP = 500
"""Messages of a run that does not count."""
_STEADY_SECONDS = 4
_SEED = 31
"""Draws the optional fields of the message so that it is about as large as a real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured: `count` messages in a throughput run, `rate` a second in a latency run."""

    vhost: str
    type: str
    count: int
    window: int
    rate: int
    rounds: int


@dataclass(slots=True)
class _Runs:
    """`spent` is the processor time of each message of a throughput run, in seconds."""

    pid: int = 0
    fast: list[Measured] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    steady: list[Measured] = field(default_factory=list)


async def compare(
    plan: Plan, hubs: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure each of `hubs`, a name and the arguments of `hubemu up`, in turns.

    Gives what `hubemu bench --json` prints: `hubs`, a row each, and the `ratio` of the throughput
    of the first to the second, `None` for one alone.

    Raises:
        InputError: there is no such vHost or type.
        StartError: a Hub does not start, or a connection breaks.
        CheckFailed: a message did not arrive.
    """
    runs = {name: _Runs() for name in hubs}
    async with AsyncExitStack() as stack:
        facts: dict[str, HubFacts] = {}
        for name, arguments in hubs.items():
            say(f"starting a Hub ({name}) ...")
            began = partial(setattr, runs[name], "pid")
            facts[name] = await stack.enter_async_context(hub_process(arguments, began))
        load = _load(plan, next(iter(facts.values())))
        for hub in facts.values():
            await measure(hub, replace(load, count=_WARM_UP))
        for number in range(plan.rounds):
            for name, hub in facts.items():
                say(f"round {number + 1} of {plan.rounds}: {name} ...")
                await _once(plan, load, hub, runs[name])
    rows = [_row(name, plan, load, runs[name]) for name in hubs]
    ratio = round(rows[0]["perSecond"] / rows[1]["perSecond"], 2) if len(rows) > 1 else None
    return {"hubs": rows, "ratio": ratio}


async def _once(plan: Plan, load: Load, hub: HubFacts, runs: _Runs) -> None:
    before = processor_seconds(runs.pid)
    runs.fast.append(await measure(hub, load))
    after = processor_seconds(runs.pid)
    if before is not None and after is not None:
        runs.spent.append((after - before) / load.count)
    steady = replace(load, count=plan.rate * _STEADY_SECONDS, rate=plan.rate)
    runs.steady.append(await measure(hub, steady))


def _load(plan: Plan, hub: HubFacts) -> Load:
    hub.require_vhost(plan.vhost)
    for client in (_SENDER, _RECIPIENT):
        if client not in hub.clients:
            raise InputError("--routing", f"the load is from {_SENDER} to {_RECIPIENT}: have both")
    body = example_message(
        plan.type,
        hub.vhosts[plan.vhost],
        sender=_SENDER,
        recipient=_RECIPIENT,
        extent="random",
        seed=_SEED,
    )
    return Load(
        vhost=plan.vhost,
        client=_SENDER,
        recipient=_RECIPIENT,
        body=body,
        count=plan.count,
        window=plan.window,
    )


def _row(name: str, plan: Plan, load: Load, runs: _Runs) -> dict[str, Any]:
    return {
        "hub": name,
        "vhost": plan.vhost,
        "type": plan.type,
        "bytes": len(load.body),
        "messages": plan.count,
        "perSecond": round(statistics.median(one.per_second for one in runs.fast)),
        "processorMicroseconds": round(statistics.median(runs.spent) * 1e6) if runs.spent else None,
        "rate": plan.rate,
        "p50": round(statistics.median(one.p50 for one in runs.steady) * 1000, 2),
        "p99": round(statistics.median(one.p99 for one in runs.steady) * 1000, 2),
        "runs": [one.to_json() for one in runs.fast],
    }
