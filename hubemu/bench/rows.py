"""Everything that `hubemu bench` measures, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hubemu.bench.comparison import Plan, compare
from hubemu.bench.idle import measure_idle
from hubemu.bench.waiting import measure_waiting

__all__ = ["FurtherRows", "measure_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherRows:
    """What is measured besides the routes of a plan.

    Args:
        on_disk: Hubs that are measured too on the plan's first route, by their name with the
            arguments of `hubemu up`.
        idle: clients that do nothing beside a busy one.
        waiting: messages in a queue that nobody reads.
    """

    on_disk: Mapping[str, Sequence[str]] = field(default_factory=dict)
    idle: int | None = None
    waiting: int | None = None


async def measure_all(
    plan: Plan,
    hubs: Mapping[str, Sequence[str]],
    further: FurtherRows,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """What `hubemu bench --json` prints, but for the starts; `hubs` as for `compare`.

    Raises:
        InputError: there is no such vHost or type, or this process may not have so many clients.
        StartError: a Hub does not start, or a connection breaks.
        CheckFailed: a message did not arrive.
    """
    told = await compare(plan, hubs, say)
    for name, arguments in further.on_disk.items():
        alone = await compare(replace(plan, routes=plan.routes[:1]), {name: arguments}, say)
        told["hubs"] += alone["hubs"]
    if (idle := further.idle) is not None:
        told["idle"] = [await measure_idle(*hub, plan, idle, say) for hub in hubs.items()]
    if (waiting := further.waiting) is not None:
        told["waiting"] = [await measure_waiting(*hub, plan, waiting, say) for hub in hubs.items()]
    return told
