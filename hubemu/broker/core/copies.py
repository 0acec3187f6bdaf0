"""Sender-selected distribution: further routing keys in the headers CC and BCC of a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.broker.core.argument_values import type_name
from hubemu.broker.core.errors import precondition_failed
from hubemu.broker.core.message import Message
from hubemu.broker.wire.properties import replace_headers

__all__ = ["address", "copy_keys", "further_keys"]


def address(message: Message) -> Message:
    """`message` as recipients may see it: without BCC, whose keys it keeps as `blind_keys`.

    Raises:
        ChannelError: 406 if CC or BCC is not an array.
    """
    headers = message.headers
    copy_keys(headers, "CC")
    if "BCC" not in headers:
        return message
    blind_keys = copy_keys(headers, "BCC")
    shown = {name: value for name, value in headers.items() if name != "BCC"}
    addressed = Message(
        message.exchange,
        message.routing_key,
        message.body,
        replace_headers(message.header, shown),
        token=message.token,
        blind_keys=blind_keys,
    )
    addressed.ttl = message.ttl
    return addressed


def further_keys(message: Message) -> tuple[str, ...]:
    """The routing keys of an addressed message beside its own."""
    return (*copy_keys(message.headers, "CC"), *message.blind_keys)


def copy_keys(headers: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The routing keys in the header `name`; what is no text in it does not count.

    Raises:
        ChannelError: 406 if the header is there and not an array.
    """
    if name not in headers:
        return ()
    keys = headers[name]
    if not isinstance(keys, list):
        raise precondition_failed(
            f'invalid message: {{unacceptable_type_in_header,"{name}",{type_name(keys)}}}'
        )
    return tuple(key for key in keys if isinstance(key, str))
