"""Arguments of exchanges, bindings and consumers, and a message's expiration: what is acceptable.

Rules and texts are RabbitMQ 3.10's, which each test pins; unknown arguments are kept unchecked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from hubemu.broker.core.argument_values import (
    no_integer,
    no_milliseconds,
    type_name,
)
from hubemu.broker.core.errors import precondition_failed
from hubemu.broker.core.exchanges import X_MATCH
from hubemu.broker.core.queue_types import ClassicType
from hubemu.broker.core.terms import as_erlang
from hubemu.broker.wire.erlang import string
from hubemu.broker.wire.text import pack

__all__ = [
    "check_exchange_arguments",
    "check_headers_binding",
    "consumer_priority",
    "parse_expiration",
]


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
            f"Invalid x-match field type {type_name(mode)} (value {as_erlang(mode)}); "
            "expected longstr"
        )
    if mode not in X_MATCH:
        raise precondition_failed(
            f"Invalid x-match field value {as_erlang(mode)}; "
            "expected all, any, all-with-x, or any-with-x"
        )


def consumer_priority(
    queue: str, vhost: str, arguments: Mapping[str, Any], type_: ClassicType
) -> int:
    """The `x-priority` of a consumer, 0 by default.

    Raises:
        ChannelError: 406 if it is no integer, or another argument is for other types of queue.
    """
    for name in type_.foreign_consumer_arguments & arguments.keys():
        raise precondition_failed(
            f"invalid arg '{name}' for queue '{queue}' in vhost '{vhost}' "
            f"of queue type rabbit_{type_.name}_queue"
        )
    priority = arguments.get("x-priority", 0)
    problem = no_integer(priority)
    if problem is not None:
        raise precondition_failed(
            f"invalid arg 'x-priority' for queue '{queue}' in vhost '{vhost}': {problem}"
        )
    return int(priority)


@lru_cache(maxsize=1024)
def parse_expiration(text: str) -> int:
    """The milliseconds of a message's `expiration` (255 octets at most, as every short string).

    Raises:
        ChannelError: 406 if it is no number, or out of range.
    """
    digits = text[1:] if text[:1] in ("+", "-") else text
    length = len(digits) - len(digits.lstrip("0123456789"))
    if not length:
        raise precondition_failed(f"invalid expiration '{text}': no_integer")
    if rest := digits[length:]:
        raise precondition_failed(
            f"invalid expiration '{text}': {{leftover_string,{string(pack(rest))}}}"
        )
    if problem := no_milliseconds(value := int(text)):
        raise precondition_failed(f"invalid expiration '{text}': {problem}")
    return value
