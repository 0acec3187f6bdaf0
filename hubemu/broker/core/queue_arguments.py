"""Arguments of queues: what is acceptable (RabbitMQ 3.10's rules and words).

Known arguments are checked in the order of the tables below, unknown ones are kept unchecked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from hubemu.broker.core.argument_values import (
    no_flag,
    no_milliseconds,
    no_natural,
    no_text,
    type_name,
)
from hubemu.broker.core.errors import internal_error, precondition_failed
from hubemu.broker.core.queue_types import QUEUE_TYPES

__all__ = ["check_locator", "check_queue_arguments"]

_Check: TypeAlias = Callable[[Any], str | None]
"""Gives what is wrong with a value, as Erlang prints it."""


def check_queue_arguments(queue: str, vhost: str, arguments: Mapping[str, Any]) -> None:
    """Refuse arguments a queue cannot be declared with; a delivery limit may be anything.

    Raises:
        ChannelError: 406.
    """
    subject = f"for queue '{queue}' in vhost '{vhost}'"
    exchange = arguments.get("x-dead-letter-exchange", "")
    if not isinstance(exchange, str):
        raise precondition_failed(
            f"invalid type '{type_name(exchange)}' for arg 'x-dead-letter-exchange' "
            f"in queue '{queue}' in vhost '{vhost}'"
        )
    _check_values({"x-queue-type": _queue_type}, subject, arguments)
    kind = arguments.get("x-queue-type", "classic")
    foreign = [name for name in QUEUE_TYPES[kind].foreign_arguments if name in arguments]
    checks = {name: check for name, check in _QUEUE_ARGUMENTS.items() if name not in foreign}
    if "x-dead-letter-exchange" not in arguments:
        checks["x-dead-letter-routing-key"] = _key_to_nowhere
    _check_values(checks, subject, arguments)
    for name in foreign:
        raise precondition_failed(
            f"invalid arg '{name}' {subject} of queue type rabbit_{kind}_queue"
        )


def check_locator(arguments: Mapping[str, Any]) -> None:
    """Refuse an unknown `x-queue-master-locator`, at which RabbitMQ fails.

    It is read only where the queue is nobody's own: an exclusive one is where its connection is.

    Raises:
        ConnectionError_: 541.
    """
    if arguments.get("x-queue-master-locator", "random") not in _LOCATORS:
        raise internal_error()


def _check_values(checks: Mapping[str, _Check], subject: str, arguments: Mapping[str, Any]) -> None:
    for name, check in checks.items():
        if name in arguments and (problem := check(arguments[name])) is not None:
            raise precondition_failed(f"invalid arg '{name}' {subject}: {problem}")


def _key_to_nowhere(value: Any) -> str | None:
    return no_text(value) or "routing_key_but_no_dlx_defined"


def _lifetime(value: Any) -> str | None:
    return no_milliseconds(value) or ("{value_zero,0}" if value == 0 else None)


def _positive(value: Any) -> str | None:
    return no_natural(value) or ("{value_zero,0}" if value == 0 else None)


def _priorities(value: Any) -> str | None:
    if problem := no_natural(value):
        return problem
    return f"{{max_value_exceeded,{value}}}" if value > _MAX_PRIORITY else None


def _version(value: Any) -> str | None:
    if problem := no_natural(value):
        return problem
    return None if value in _QUEUE_VERSIONS else f"\"unsupported queue version '{value}'\""


def _one_of(allowed: Iterable[str], otherwise: str) -> _Check:
    def check(value: Any) -> str | None:
        return no_text(value) or (None if value in allowed else otherwise.format(value))

    return check


_LOCATORS: Final = ("client-local", "min-masters", "random")
_MAX_PRIORITY: Final = 255
_QUEUE_VERSIONS: Final = (1, 2)

_queue_type: Final = _one_of(QUEUE_TYPES, "\"unsupported queue type '{}'\"")
_QUEUE_ARGUMENTS: Final[Mapping[str, _Check]] = {
    "x-expires": _lifetime,
    "x-message-ttl": no_milliseconds,
    "x-dead-letter-exchange": no_text,
    "x-dead-letter-routing-key": no_text,
    "x-dead-letter-strategy": _one_of(("at-most-once", "at-least-once"), "invalid_dlx_strategy"),
    "x-max-length": no_natural,
    "x-max-length-bytes": no_natural,
    "x-max-in-memory-length": no_natural,
    "x-max-in-memory-bytes": no_natural,
    "x-max-priority": _priorities,
    "x-overflow": _one_of(
        ("drop-head", "reject-publish", "reject-publish-dlx"), "invalid_overflow"
    ),
    "x-queue-mode": _one_of(("default", "lazy"), "\"unsupported queue mode '{}'\""),
    "x-queue-version": _version,
    "x-single-active-consumer": no_flag,
    "x-quorum-initial-group-size": _positive,
    "x-queue-leader-locator": _one_of(
        ("client-local", "balanced", "random", "least-leaders"), "invalid_queue_locator_arg"
    ),
}
