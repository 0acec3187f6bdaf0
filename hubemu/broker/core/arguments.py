"""Arguments of exchanges, queues and consumers: what is acceptable, and what is the same.

Rules (RabbitMQ 3.10's, which each test pins):
1. Known arguments are checked in the order of the tables below, unknown ones are kept unchecked.
2. An existing object is only compared: a wrong value is then inequivalent, not invalid.
3. Texts show values as Erlang prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias

from hubemu.broker.core.errors import ChannelError, precondition_failed
from hubemu.broker.core.exchanges import X_MATCH
from hubemu.broker.wire.fields import (
    Float32,
    Int8,
    Int16,
    Int64,
    Timestamp,
    UInt8,
    UInt16,
    UInt32,
)

__all__ = [
    "check_exchange_arguments",
    "check_headers_binding",
    "check_queue_arguments",
    "consumer_priority",
    "parse_expiration",
    "require_same_arguments",
    "require_same_property",
    "type_name",
]

_MAX_MILLISECONDS: Final = 315_360_000_000
"""Ten years."""
_FOREIGN_TO_CONSUMERS: Final[Mapping[str, frozenset[str]]] = {
    "classic": frozenset({"x-stream-offset"}),
    "quorum": frozenset({"x-stream-offset", "x-cancel-on-ha-failover"}),
}
"""Arguments of consumers that RabbitMQ knows, and refuses on a queue of this type."""
_Check: TypeAlias = Callable[[Any], str | None]
"""Gives what is wrong with a value, as Erlang prints it."""

_TYPE_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"),
    (Int8, "byte"),
    (UInt8, "unsignedbyte"),
    (Int16, "short"),
    (UInt16, "unsignedshort"),
    (UInt32, "unsignedint"),
    (Int64, "long"),
    (Timestamp, "timestamp"),
    (Float32, "float"),
    (str, "longstr"),
    (bytes, "binary"),
    (float, "double"),
    (Decimal, "decimal"),
    (Mapping, "table"),
    (list, "array"),
    (type(None), "void"),
)


def check_queue_arguments(queue: str, vhost: str, arguments: Mapping[str, Any]) -> None:
    """Refuse arguments a queue cannot be declared with.

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
    kind = arguments.get("x-queue-type", "classic")
    for name, check in _QUEUE_ARGUMENTS.items():
        if name in arguments and (problem := check(arguments[name])) is not None:
            raise precondition_failed(f"invalid arg '{name}' {subject}: {problem}")
    if "x-dead-letter-routing-key" in arguments and "x-dead-letter-exchange" not in arguments:
        raise precondition_failed(
            f"invalid arg 'x-dead-letter-routing-key' {subject}: routing_key_but_no_dlx_defined"
        )
    for name in _FOREIGN_ARGUMENTS[kind]:
        if name in arguments:
            raise precondition_failed(
                f"invalid arg '{name}' {subject} of queue type rabbit_{kind}_queue"
            )


def check_exchange_arguments(exchange: str, vhost: str, arguments: Mapping[str, Any]) -> None:
    """Refuse arguments an exchange cannot be declared with.

    Raises:
        ChannelError: 406.
    """
    alternate = arguments.get("alternate-exchange", "")
    if not isinstance(alternate, str):
        raise precondition_failed(
            f"invalid type '{type_name(alternate)}' for arg 'alternate-exchange' "
            f"in exchange '{exchange}' in vhost '{vhost}'"
        )


def check_headers_binding(arguments: Mapping[str, Any]) -> None:
    """Refuse an `x-match` that a headers exchange does not know.

    Raises:
        ChannelError: 406.
    """
    mode = arguments.get("x-match", "all")
    if not isinstance(mode, str):
        raise precondition_failed(
            f"Invalid x-match field type {type_name(mode)} (value {_erlang(mode)}); "
            "expected longstr"
        )
    if mode not in X_MATCH:
        raise precondition_failed(
            f'Invalid x-match field value <<"{mode}">>; '
            "expected all, any, all-with-x, or any-with-x"
        )


def consumer_priority(
    queue: str, vhost: str, arguments: Mapping[str, Any], *, quorum: bool = False
) -> int:
    """The `x-priority` of a consumer, 0 by default.

    Raises:
        ChannelError: 406 if it is no integer, or another argument is for other types of queue.
    """
    kind = "quorum" if quorum else "classic"
    for name in _FOREIGN_TO_CONSUMERS[kind] & arguments.keys():
        raise precondition_failed(
            f"invalid arg '{name}' for queue '{queue}' in vhost '{vhost}' "
            f"of queue type rabbit_{kind}_queue"
        )
    priority = arguments.get("x-priority", 0)
    problem = _integer(priority)
    if problem is not None:
        raise precondition_failed(
            f"invalid arg 'x-priority' for queue '{queue}' in vhost '{vhost}': {problem}"
        )
    return int(priority)


@lru_cache(maxsize=1024)
def parse_expiration(text: str) -> int:
    """The milliseconds of a message's `expiration`.

    Raises:
        ChannelError: 406 if it is no number, or out of range.
    """
    digits = text[1:] if text[:1] in ("+", "-") else text
    length = len(digits) - len(digits.lstrip("0123456789"))
    if not length:
        raise precondition_failed(f"invalid expiration '{text}': no_integer")
    if rest := digits[length:]:
        raise precondition_failed(f"invalid expiration '{text}': {{leftover_string,\"{rest}\"}}")
    value = int(text) if length < _LONGEST else _MAX_MILLISECONDS + 1
    if problem := _milliseconds(value):
        raise precondition_failed(f"invalid expiration '{text}': {problem}")
    return value


def require_same_property(
    name: str, kind: str, subject: str, vhost: str, *, received: object, current: object
) -> None:
    """Refuse to declare what exists with another property.

    Raises:
        ChannelError: 406.
    """
    if received != current:
        raise precondition_failed(
            f"inequivalent arg '{name}' for {kind} '{subject}' in vhost '{vhost}': "
            f"received '{_erlang(received)}' but current is '{_erlang(current)}'"
        )


def require_same_arguments(
    kind: str,
    subject: str,
    vhost: str,
    *,
    received: Mapping[str, Any],
    current: Mapping[str, Any],
) -> None:
    """Refuse to declare what exists with other arguments; unknown ones do not count.

    Raises:
        ChannelError: 406.
    """
    for name in _COMPARED[kind]:
        if name not in received and name not in current:
            continue
        if name == "x-queue-type" and _is_classic(received) and _is_classic(current):
            continue
        if name in received and name in current:
            require_same_property(
                name, kind, subject, vhost, received=received[name], current=current[name]
            )
            continue
        raise _one_sided(name, kind, subject, vhost, received=received, current=current)


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
    if name not in arguments:
        return "none"
    value = arguments[name]
    return f"the value '{_erlang(value)}' of type '{type_name(value)}'"


def _is_classic(arguments: Mapping[str, Any]) -> bool:
    return bool(arguments.get("x-queue-type", "classic") == "classic")


def type_name(value: object) -> str:
    """The type of a field value as Erlang's client library calls it."""
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return "signedint"


def _erlang(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _integer(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool | Timestamp):
        return None
    return f'"expected integer, got {type_name(value)}"'


def _not_negative(value: Any) -> str | None:
    return _integer(value) or (f"{{value_negative,{value}}}" if value < 0 else None)


def _milliseconds(value: Any) -> str | None:
    if problem := _not_negative(value):
        return problem
    return f"{{value_too_large,{value}}}" if value > _MAX_MILLISECONDS else None


def _lifetime(value: Any) -> str | None:
    return _milliseconds(value) or ("{value_zero,0}" if value == 0 else None)


def _priorities(value: Any) -> str | None:
    if problem := _not_negative(value):
        return problem
    return f"{{max_value_exceeded,{value}}}" if value > _MAX_PRIORITY else None


def _version(value: Any) -> str | None:
    if problem := _not_negative(value):
        return problem
    return None if value in _QUEUE_VERSIONS else f"\"unsupported queue version '{value}'\""


def _text(value: object) -> str | None:
    return None if isinstance(value, str) else f"{{unacceptable_type,{type_name(value)}}}"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else f"{{unacceptable_type,{type_name(value)}}}"


def _one_of(allowed: Iterable[str], otherwise: str) -> _Check:
    def check(value: Any) -> str | None:
        return _text(value) or (None if value in allowed else otherwise.format(value))

    return check


_MAX_PRIORITY: Final = 255
_QUEUE_VERSIONS: Final = (1, 2)
_LONGEST: Final = 15
"""Digits of a number that is worth converting before it is called too large."""

_QUEUE_ARGUMENTS: Final[Mapping[str, _Check]] = {
    "x-queue-type": _one_of(("classic", "quorum"), "\"unsupported queue type '{}'\""),
    "x-expires": _lifetime,
    "x-message-ttl": _milliseconds,
    "x-dead-letter-exchange": _text,
    "x-dead-letter-routing-key": _text,
    "x-max-length": _not_negative,
    "x-max-length-bytes": _not_negative,
    "x-max-priority": _priorities,
    "x-overflow": _one_of(
        ("drop-head", "reject-publish", "reject-publish-dlx"), "invalid_overflow"
    ),
    "x-queue-mode": _one_of(("default", "lazy"), "\"unsupported queue mode '{}'\""),
    "x-queue-version": _version,
    "x-single-active-consumer": _flag,
    "x-delivery-limit": _not_negative,
}

_FOREIGN_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "classic": (
        "x-dead-letter-strategy",
        "x-delivery-limit",
        "x-max-age",
        "x-max-in-memory-bytes",
        "x-max-in-memory-length",
        "x-queue-leader-locator",
        "x-quorum-initial-group-size",
        "x-stream-max-segment-size-bytes",
    ),
    "quorum": ("x-max-age", "x-max-priority", "x-queue-mode", "x-stream-max-segment-size-bytes"),
}

_COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "exchange": ("alternate-exchange",),
    "queue": (
        "x-expires",
        "x-message-ttl",
        "x-dead-letter-exchange",
        "x-dead-letter-routing-key",
        "x-max-length",
        "x-max-length-bytes",
        "x-max-priority",
        "x-overflow",
        "x-queue-mode",
        "x-queue-version",
        "x-single-active-consumer",
        "x-queue-type",
        "x-delivery-limit",
    ),
}
