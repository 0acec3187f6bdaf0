"""What was measured as the tables of `docs/performance.md`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["tables"]


_IDLE = ("idle clients", "memory each", "to open", "p50, p99 of a busy one alone", "beside them")
_WAITING = ("waiting messages", "memory each", "routed, first and last tenth", "read, the same")


def tables(told: Mapping[str, Any]) -> str:
    """Markdown of what `hubemu bench --json` prints."""
    rows = [
        (
            f"{hub['route']}, {hub['hub']}",
            f"{hub['perSecond']:,}/s",
            _known(hub["processorMicroseconds"], "µs"),
            f"{hub['p50']} ms, {hub['p99']} ms",
        )
        for hub in told["hubs"]
    ]
    rate = told["hubs"][0]["rate"]
    head = ("", "messages", "processor time a message", f"p50, p99 at {rate}/s")
    parts = [_table(head, rows)]
    if told["ratios"]:
        ratios = ((route, f"{ratio:g}") for route, ratio in told["ratios"].items())
        parts.append(_table(("", "times the other's rate"), ratios))
    if idle := told.get("idle"):
        parts.append(_table(_IDLE, map(_idle, idle)))
    if waiting := told.get("waiting"):
        parts.append(_table(_WAITING, map(_waiting, waiting)))
    if starts := told.get("starts"):
        found = [
            (f"`{one['what']}`", f"{one['seconds']:.2f} s", _known(one["processorSeconds"], "s"))
            for one in starts
        ]
        parts.append(_table(("start", "time", "processor time"), found))
    return "\n\n".join(parts)


def _idle(one: Mapping[str, Any]) -> Sequence[str]:
    return (
        f"{one['clients']:,}, {one['hub']}",
        _known(one["kibibytesEach"], "KiB"),
        _known(one["openingMilliseconds"], "ms"),
        *(f"{one[when]['p50']} ms, {one[when]['p99']} ms" for when in ("alone", "beside")),
    )


def _waiting(one: Mapping[str, Any]) -> Sequence[str]:
    return (
        f"{one['messages']:,} of {one['bytes']:,} octets, {one['hub']}",
        _known(one["memoryOctetsEach"], "octets"),
        *(
            f"{one[what]['first']:,}/s, {one[what]['last']:,}/s"
            for what in ("routedPerSecond", "readPerSecond")
        ),
    )


def _known(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
