"""The stages of each effect of the network, from its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from hubemu.broker.client_socket import ClientSocket
from hubemu.faults.network.stage import Stage, Struck, Timers, always
from hubemu.faults.network.stages import Allowance, Bandwidth, Cut, Latency, Silence, Slice

__all__ = ["ON_DATA", "Direction", "Site", "stages"]

Direction: TypeAlias = Literal["to-hub", "to-client", "both"]
_Pair: TypeAlias = tuple[Stage | None, Stage | None]


@dataclass(frozen=True, slots=True)
class Site:
    """Where an effect acts: one connection, its time, what is struck of it, and the rule's luck."""

    socket: ClientSocket
    timers: Timers
    struck: Struck = always
    draw: Callable[[], float] = field(default=lambda: 0.0)


def stages(effect: str, parameters: Mapping[str, Any], site: Site) -> _Pair:
    """What a connection is led through, to the Hub and to the client; `None`: as it was.

    Args:
        effect: one of `ON_DATA`.
        parameters: as the contract names them: `ms`, `jitterMs`, `kbps`, `bytes`, `direction`.
    """
    make = ON_DATA[effect](parameters, site)
    direction = cast("Direction", parameters.get("direction", "both"))
    return (
        make() if direction != "to-client" else None,
        make() if direction != "to-hub" else None,
    )


def _latency(given: Mapping[str, Any], site: Site) -> Callable[[], Stage]:
    return lambda: Latency(
        site.timers,
        site.struck,
        seconds=given["ms"] / 1000,
        jitter=given.get("jitterMs", 0) / 1000,
        draw=site.draw,
    )


def _bandwidth(given: Mapping[str, Any], site: Site) -> Callable[[], Stage]:
    return lambda: Bandwidth(site.timers, site.struck, bits_a_second=given["kbps"] * 1000)


def _slice(given: Mapping[str, Any], site: Site) -> Callable[[], Stage]:
    return lambda: Slice(
        site.timers, site.struck, octets=given["bytes"], seconds=given.get("ms", 0) / 1000
    )


def _silence(given: Mapping[str, Any], site: Site) -> Callable[[], Stage]:
    del given
    return lambda: Silence(site.timers, site.struck)


def _cut(given: Mapping[str, Any], site: Site) -> Callable[[], Stage]:
    """Both directions, where both are meant, count together."""
    allowance = Allowance(given["bytes"])
    return lambda: Cut(site.timers, site.struck, allowance=allowance, part=site.socket.part)


ON_DATA: Mapping[str, Callable[[Mapping[str, Any], Site], Callable[[], Stage]]] = {
    "latency": _latency,
    "bandwidth": _bandwidth,
    "slice": _slice,
    "silence": _silence,
    "cut": _cut,
}
"""The effects that act on data, by their names."""
