"""Direct reply-to: answers straight to the channel that asked, through no queue.

A channel consumes from the pseudo-queue `amq.rabbitmq.reply-to`; in what it publishes with that
name as `reply_to` an address of its own is put instead; what anybody publishes to the default
exchange with the address as key is delivered to it.

Rules (RabbitMQ's):
1. One reply consumer a channel, without acknowledgements; it needs no permission.
2. A mandatory answer is delivered and returned as unroutable all the same: no queue took it.
3. Answers all carry the channel's next delivery tag, and do not use it up.
4. An address is a process (as Erlang writes one) and a key, both in base64, with a dot between. One
   whose process cannot be read is an error of the broker (541); of a process that is not there,
   or with another key, it is nobody's.
5. CC and BCC may name addresses too; an answer in a transaction does not wait for the commit.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from hubemu.broker.core.errors import internal_error
from hubemu.broker.core.message import Message
from hubemu.broker.wire.properties import encode_properties

__all__ = ["REPLY_TO", "ReplyAddresses", "is_answer", "with_reply_address"]

REPLY_TO: Final = "amq.rabbitmq.reply-to"
_PREFIX: Final = f"{REPLY_TO}."
_NODE: Final = b"reply@1234567"
"""Where RabbitMQ has a number made of its node's name."""
_PARTS: Final = 2
_NEW_PROCESS: Final = b"\x83X"
_PROCESS: Final = b"\x83g"
_TAILS: Final = {_NEW_PROCESS: 12, _PROCESS: 9}
"""Octets of a process after the name of its node."""
_NAMES: Final = {b"v": 2, b"d": 2, b"w": 1, b"s": 1}
"""Octets of the length of a name, by its kind."""


class ReplyAddresses:
    """The addresses of all reply consumers of a vHost."""

    def __init__(self) -> None:
        self._takers: dict[str, Callable[[Message], None]] = {}

    def open(self, take: Callable[[Message], None]) -> str:
        """A new address; `take` gets what is sent there."""
        number = secrets.token_bytes(4) + bytes(4) + secrets.token_bytes(4)
        process = _NEW_PROCESS + b"v" + len(_NODE).to_bytes(2) + _NODE + number
        address = f"{_PREFIX}{_written(process)}.{_written(secrets.token_bytes(16))}"
        self._takers[address] = take
        return address

    def close(self, address: str) -> None:
        """Give up an address."""
        del self._takers[address]

    def known(self, name: str) -> bool:
        """Whether a queue of that name can be said to exist.

        Raises:
            ConnectionError_: 541 an address of no process.
        """
        _check(name)
        return name == REPLY_TO or name in self._takers

    def send(self, message: Message, keys: Iterable[str]) -> None:
        """Deliver an answer to those of `keys` that are addresses and still exist.

        Raises:
            ConnectionError_: 541 an address of no process.
        """
        for key in sorted(set(keys)):
            _check(key)
            take = self._takers.get(key)
            if take is not None:
                take(message)


def is_answer(message: Message) -> bool:
    """Whether `message` is published to a reply address."""
    return not message.exchange and message.routing_key.startswith(_PREFIX)


def with_reply_address(message: Message, address: str) -> Message:
    """`message` with `address` as its `reply_to`."""
    properties = msgspec.structs.replace(message.properties, reply_to=address)
    return Message(
        message.exchange,
        message.routing_key,
        message.body,
        encode_properties(properties),
        token=message.token,
    )


def _written(data: bytes) -> str:
    return b64encode(data).decode()


def _check(name: str) -> None:
    """Refuse an address whose first part is no process."""
    parts = [part for part in name.removeprefix(_PREFIX).split(".") if part]
    if name.startswith(_PREFIX) and len(parts) == _PARTS and not _is_process(parts[0]):
        raise internal_error()


def _is_process(written: str) -> bool:
    try:
        term = b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return False
    tail, width = _TAILS.get(term[:2]), _NAMES.get(term[2:3])
    if tail is None or width is None:
        return False
    return len(term) == 3 + width + int.from_bytes(term[3 : 3 + width]) + tail
