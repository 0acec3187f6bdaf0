"""What must be the same when something is declared that exists already (RabbitMQ 3.10's rules).

1. An existing object is only compared: a wrong value is then inequivalent, not invalid.
2. Which arguments count, and in which order, depends on the type of the queue there is.
3. Texts show values as Erlang prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from hubemu.broker.core.errors import ChannelError, precondition_failed
from hubemu.broker.core.queue_types import queue_type
from hubemu.broker.core.terms import quoted, same_argument, value_of_type

__all__ = ["require_same"]


class _Declared(Protocol):
    """What exists: an exchange or a queue, with its properties as attributes."""

    @property
    def name(self) -> str: ...

    @property
    def arguments(self) -> Mapping[str, Any]: ...


def require_same(
    kind: str,
    existing: _Declared,
    vhost: str,
    *,
    properties: Mapping[str, object],
    arguments: Mapping[str, Any],
) -> None:
    """Refuse to declare what exists with other properties or arguments, in this order.

    Args:
        kind: `exchange` or `queue`.
        existing: what there is of that name.
        vhost: the name of its vHost.
        properties: those received, by the names that `existing` has them under.
        arguments: those received; unknown ones do not count.

    Raises:
        ChannelError: 406.
    """
    for name, received in properties.items():
        current = getattr(existing, name)
        _require_same_value(name, kind, existing.name, vhost, received=received, current=current)
    _require_same_arguments(
        kind, existing.name, vhost, received=arguments, current=existing.arguments
    )


def _require_same_value(
    name: str, kind: str, subject: str, vhost: str, *, received: object, current: object
) -> None:
    if not same_argument(received, current):
        raise precondition_failed(
            f"inequivalent arg '{name}' for {kind} '{subject}' in vhost '{vhost}': "
            f"received {quoted(received)} but current is {quoted(current)}"
        )


def _require_same_arguments(
    kind: str,
    subject: str,
    vhost: str,
    *,
    received: Mapping[str, Any],
    current: Mapping[str, Any],
) -> None:
    for name in _compared(kind, current):
        if name not in received and name not in current:
            continue
        if name == "x-queue-type" and _is_classic(received) and _is_classic(current):
            continue
        if name in received and name in current:
            _require_same_value(
                name, kind, subject, vhost, received=received[name], current=current[name]
            )
            continue
        raise _one_sided(name, kind, subject, vhost, received=received, current=current)


def _compared(kind: str, current: Mapping[str, Any]) -> tuple[str, ...]:
    if kind == "exchange":
        return ("alternate-exchange",)
    return queue_type(current).compared_arguments


def _one_sided(
    name: str,
    kind: str,
    subject: str,
    vhost: str,
    *,
    received: Mapping[str, Any],
    current: Mapping[str, Any],
) -> ChannelError:
    return precondition_failed(
        f"inequivalent arg '{name}' for {kind} '{subject}' in vhost '{vhost}': "
        f"received {_typed(received, name)} but current is {_typed(current, name)}"
    )


def _typed(arguments: Mapping[str, Any], name: str) -> str:
    return value_of_type(arguments[name]) if name in arguments else "none"


def _is_classic(arguments: Mapping[str, Any]) -> bool:
    return bool(arguments.get("x-queue-type", "classic") == "classic")
