"""One Hub, or two that take turns, measured several times; the medians count."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from hubemu.bench.consumption import processor_seconds
from hubemu.bench.load import Measured, measure
from hubemu.bench.process import hub_process
from hubemu.bench.publishing import Load
from hubemu.bench.routes import ROUTES, SENDER
from hubemu.client.facts import HubFacts
from hubemu.errors import InputError

__all__ = ["Plan", "compare", "load_of", "steady"]

_WARM_UP = 500
"""Messages of a run that does not count."""
_STEADY_SECONDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured: `count` messages in a throughput run, `rate` a second in a latency run.

    `routes` are names of `ROUTES`, each measured by itself.
    """

    vhost: str
    type: str
    count: int
    window: int
    rate: int
    rounds: int
    routes: tuple[str, ...] = ("json-json",)


@dataclass(slots=True)
class _Runs:
    """`spent` is the processor time of each message of a throughput run, in seconds."""

    pid: int
    fast: list[Measured] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    steady: list[Measured] = field(default_factory=list)


async def compare(
    plan: Plan, hubs: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure each of `hubs`, a name and the arguments of `hubemu up`, in turns.

    Gives what `hubemu bench --json` prints: `hubs`, a row each for every route, the `ratio` of the
    throughput of the first to the second, on the first route, `None` for one alone, and `ratios`
    on every route.

    Raises:
        InputError: there is no such vHost or type.
        StartError: a Hub does not start, or a connection breaks.
        CheckFailed: a message did not arrive.
    """
    pids: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        facts: dict[str, HubFacts] = {}
        for name, arguments in hubs.items():
            say(f"starting a Hub ({name}) ...")
            began = partial(pids.__setitem__, name)
            facts[name] = await stack.enter_async_context(hub_process(arguments, began))
        for route in plan.routes:
            rows += await _on_route(route, plan, facts, pids, say)
    ratios = {}
    if len(hubs) > 1:
        for first, second in zip(rows[::2], rows[1::2], strict=True):
            ratios[first["route"]] = round(first["perSecond"] / second["perSecond"], 2)
    return {"hubs": rows, "ratio": next(iter(ratios.values()), None), "ratios": ratios}


async def _on_route(
    route: str,
    plan: Plan,
    facts: Mapping[str, HubFacts],
    pids: Mapping[str, int],
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Every Hub on one route, a row each."""
    load = load_of(route, plan, next(iter(facts.values())))
    runs = {name: _Runs(pids[name]) for name in facts}
    for hub in facts.values():
        await measure(hub, replace(load, count=min(_WARM_UP, plan.count)))
    for number in range(plan.rounds):
        for name, hub in facts.items():
            say(f"{route}, round {number + 1} of {plan.rounds}: {name} ...")
            await _once(plan, load, hub, runs[name])
    return [_row(name, route, plan, load, runs[name]) for name in facts]


async def _once(plan: Plan, load: Load, hub: HubFacts, runs: _Runs) -> None:
    before = processor_seconds(runs.pid)
    runs.fast.append(await measure(hub, load))
    after = processor_seconds(runs.pid)
    if before is not None and after is not None:
        runs.spent.append((after - before) / load.count)
    runs.steady.append(await measure(hub, steady(plan, load)))


def steady(plan: Plan, load: Load) -> Load:
    """The same load at the plan's rate."""
    return replace(load, count=plan.rate * _STEADY_SECONDS, rate=plan.rate)


def load_of(name: str, plan: Plan, hub: HubFacts) -> Load:
    """The load of a route: a name of `ROUTES`.

    Raises:
        InputError: the Hub has no such vHost or client, or there is no such type.
    """
    hub.require_vhost(plan.vhost)
    route = ROUTES[name]
    for client in (SENDER, route.recipient):
        if client not in hub.clients:
            both = f"the load is from {SENDER} to {route.recipient}"
            raise InputError("--routing", f"{both}: have both")
    return Load(
        vhost=plan.vhost,
        client=SENDER,
        reader=route.reader,
        queue=route.queue,
        body=route.body(plan.type, hub.vhosts[plan.vhost]),
        count=plan.count,
        window=plan.window,
        sent=route.sent,
    )


def _row(name: str, route: str, plan: Plan, load: Load, runs: _Runs) -> dict[str, Any]:
    return {
        "hub": name,
        "route": route,
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
