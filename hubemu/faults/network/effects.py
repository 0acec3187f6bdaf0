"""The stages of each effect of the network, from its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from hubemu.broker.client_socket import ClientSocket
from hubemu.faults.network.portions import Struck, always
from hubemu.faults.network.stage import Stage, Timers
from hubemu.faults.network.stages import Allowance, Bandwidth, Cut, Latency, Silence, Slice

__all__ = ["ON_DATA", "Direction", "Site", "stages"]

Direction: TypeAlias = Literal["to-hub", "to-client", "both"]
_Pair: TypeAlias = tuple[Stage | None, Stage | None]
_Make: TypeAlias = Callable[[Struck], Stage]


@dataclass(frozen=True, slots=True)
class Site:
    """Where an effect acts: one connection, its time, and what is struck of it each way."""

    socket: ClientSocket
    timers: Timers
    up: Struck = always
    down: Struck = always


def stages(effect: str, parameters: Mapping[str, Any], site: Site) -> _Pair:
    """What a connection is led through, to the Hub and to the client; `None`: as it was.

    Args:
        effect: one of `ON_DATA`.
        parameters: as the contract names them: `ms`, `jitterMs`, `kbps`, `bytes`, `direction`.
    """
    make = ON_DATA[effect](parameters, site)
    direction = cast("Direction", parameters.get("direction", "both"))
    return (
        make(site.up) if direction != "to-client" else None,
        make(site.down) if direction != "to-hub" else None,
    )


def _latency(given: Mapping[str, Any], site: Site) -> _Make:
    return lambda struck: Latency(
        site.timers,
        struck,
        seconds=given["ms"] / 1000,
        jitter=given.get("jitterMs", 0) / 1000,
    )


def _bandwidth(given: Mapping[str, Any], site: Site) -> _Make:
    return lambda struck: Bandwidth(site.timers, struck, bits_a_second=given["kbps"] * 1000)


def _slice(given: Mapping[str, Any], site: Site) -> _Make:
    return lambda struck: Slice(
        site.timers, struck, octets=given["bytes"], seconds=given.get("ms", 0) / 1000
    )


def _silence(given: Mapping[str, Any], site: Site) -> _Make:
    del given
    return lambda struck: Silence(site.timers, struck)


def _cut(given: Mapping[str, Any], site: Site) -> _Make:
    """Both directions, where both are meant, count together."""
    allowance = Allowance(given["bytes"])
    return lambda struck: Cut(site.timers, struck, allowance=allowance, part=site.socket.part)


ON_DATA: Mapping[str, Callable[[Mapping[str, Any], Site], _Make]] = {
    "latency": _latency,
    "bandwidth": _bandwidth,
    "slice": _slice,
    "silence": _silence,
    "cut": _cut,
}
"""The effects that act on data, by their names."""
