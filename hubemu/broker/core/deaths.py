"""What `x-death` and its companions say after one more death of a message.

Rules (RabbitMQ's, whatever a client forged):
1. One entry a queue and reason, the latest death first. A repeated death counts up the entry it
   has and moves it to the front; everything else in it stays as it was.
2. Each further death turns the order of the other entries round. Of several entries of the same
   queue and reason the first stays, with its own count, or else with their number.
3. A count is 64 bits: the one after 2^63-1 is -2^63.
4. `x-first-death-*` are set by the first death and never again.
5. Where RabbitMQ's queue crashes (an entry that is no table, a count that is no number) the message
   is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from hubemu.broker.core.terms import as_erlang
from hubemu.broker.wire.fields import Binary, Int64
from hubemu.broker.wire.text import pack

__all__ = ["Death", "UncountableDeathsError", "is_cycle", "with_death"]

Death: TypeAlias = dict[str, Any]
"""One entry of `x-death`."""
_Place: TypeAlias = tuple[str, str]

_WRAP: Final = 2**64
_HALF: Final = 2**63


class UncountableDeathsError(Exception):
    """The `x-death` of a message is of a form that RabbitMQ's queues crash of."""


def with_death(headers: Mapping[str, Any], death: Death) -> dict[str, Any]:
    """The headers after one more death, sorted by name as RabbitMQ leaves them.

    Raises:
        UncountableDeathsError: `x-death` is an array of something else than deaths.
    """
    changed = dict(headers)
    if "x-death" not in headers:
        for name in ("exchange", "queue", "reason"):
            changed[f"x-first-death-{name}"] = death[name]
    given = headers.get("x-death")
    changed["x-death"] = _one_more(given, death) if isinstance(given, list) else [death]
    return _sorted(changed)


def is_cycle(queue: str, deaths: Iterable[Death]) -> bool:
    """Whether a message that dies by itself comes back to `queue` without having been rejected."""
    for entry in deaths:
        if _says(entry, "reason", "rejected"):
            return False
        if _says(entry, "queue", queue):
            return True
    return False


def _one_more(given: list[Any], death: Death) -> list[Death]:
    entries = _grouped(given)
    latest = entries.pop(_place(death), None)
    counted = death if latest is None else _once_more(latest)
    return [_sorted(counted), *entries.values()]


def _grouped(given: list[Any]) -> dict[_Place, Death]:
    """The entries by their place, the last one first."""
    groups: dict[_Place, list[Death]] = {}
    for entry in given:
        if not isinstance(entry, dict):
            raise UncountableDeathsError("an entry is no table")
        groups.setdefault(_place(entry), []).append(entry)
    if len(given) == 1:
        return {place: entries[0] for place, entries in groups.items()}
    return {place: _counted(entries) for place, entries in reversed(groups.items())}


def _counted(entries: list[Death]) -> Death:
    first = entries[0]
    if first.get("count") is not None:
        return first
    return {"count": Int64(len(entries))} | {n: v for n, v in first.items() if n != "count"}


def _once_more(death: Death) -> Death:
    count = death.get("count")
    if count is None:
        return {**death, "count": Int64(1)}
    if isinstance(count, bool) or not isinstance(count, int):
        raise UncountableDeathsError("a count is no number")
    return {**death, "count": Int64((count + 1 + _HALF) % _WRAP - _HALF)}


def _place(death: Death) -> _Place:
    """Where and why, so that what Erlang holds for equal is equal: a text is its octets."""
    return as_erlang(death.get("queue")), as_erlang(death.get("reason"))


def _says(death: Death, name: str, text: str) -> bool:
    """Whether an entry has a text (not octets, which are another type) under `name`."""
    value = death.get(name)
    if isinstance(value, str):
        return pack(value) == pack(text)
    return isinstance(value, bytes) and not isinstance(value, Binary) and value == pack(text)


def _sorted(table: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(table.items(), key=lambda item: pack(item[0])))
