"""A client that does anything a client may do, and a few things none should, by chance.

It works over a real socket and never waits for an answer: what comes is noted when it comes, what
is sent may be overtaken by an error, and the connection may end at any point.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

from hubemu.broker.wire.frames import BODY, METHOD, FrameReader
from hubemu.broker.wire.methods import Method, decode_method, encode_method
from hubemu.broker.wire.properties import NO_PROPERTIES, encode_properties
from hubemu.properties import Properties
from tests.support.amqp_dialogue import CAPABILITIES, HEADER, method, publish

__all__ = ["Notes", "Player", "identity"]

_CHANNELS = (1, 2, 3)
_LARGE = 200_000
"""Octets of body, more than a frame holds."""
_NO_ACK = "unacknowledged"
_SHORT_LIVED = encode_properties(Properties(delivery_mode=2, expiration="700"))
_BYE = {"reply_code": 200, "reply_text": "", "class_id": 0, "method_id": 0}


def identity(body: bytes) -> bytes:
    """Which message it is, whatever fills the rest of its body."""
    return body.partition(b"|")[0]


class Notes:
    """What all players of a game have been told."""

    def __init__(self) -> None:
        self.sent = 0
        self.confirmed: set[tuple[str, bytes]] = set()
        """Queue and identity of messages the broker said it took."""
        self.seen: set[bytes] = set()
        """Identities of messages that were delivered."""
        self.settled = 0
        self.errors = 0
        self.connections = 0


class Player(asyncio.Protocol):
    """One connection of the game, from open to whatever end.

    Args:
        chance: decides everything.
        queues: durable ones that exist for the whole game.
        notes: where it writes down what it is told.
    """

    def __init__(self, chance: random.Random, queues: Sequence[str], notes: Notes) -> None:
        self.over = asyncio.Event()
        self._chance = chance
        self._queues = queues
        self._notes = notes
        self._frames = FrameReader(0)
        self._transport: asyncio.Transport | None = None
        self._owed: dict[int, list[int]] = {number: [] for number in _CHANNELS}
        self._pending: dict[int, dict[int, tuple[str, bytes]]] = {one: {} for one in _CHANNELS}
        self._published = dict.fromkeys(_CHANNELS, 0)
        self._opening = dict.fromkeys(_CHANNELS, 0)
        self._consumers = 0
        self._body_follows = False

    # Socket

    def connection_made(self, transport: Any) -> None:
        """Say all that opens a connection at once."""
        self._transport = transport
        self._notes.connections += 1
        login = {"mechanism": "PLAIN", "response": b"\0guest\0guest", "locale": "en_US"}
        properties = {"capabilities": CAPABILITIES}
        limits = {"channel_max": 2047, "frame_max": 131072, "heartbeat": 0}
        self._send(
            HEADER,
            encode_method(0, "connection.start_ok", client_properties=properties, **login),
            encode_method(0, "connection.tune_ok", **limits),
            method(0, "connection.open", virtual_host="/"),
        )
        for number in _CHANNELS:
            self._open(number)

    def data_received(self, data: bytes) -> None:
        """Note what came."""
        self._frames.feed(data)
        while (frame := self._frames.next()) is not None:
            kind, number, payload = frame
            if kind == METHOD:
                self._on_method(number, decode_method(payload))
            elif kind == BODY and self._body_follows:
                self._body_follows = False
                self._notes.seen.add(identity(payload))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, whoever wanted it."""
        self.over.set()

    # What comes

    def _on_method(self, number: int, came: Method) -> None:
        fields = came.fields
        match came.spec.name:
            case "basic.deliver" | "basic.get_ok":
                self._body_follows = True
                if not fields.get("consumer_tag", "").startswith(_NO_ACK):
                    self._owe(number, fields["delivery_tag"])
            case "basic.ack":
                self._confirmed(number, fields["delivery_tag"], fields["multiple"])
            case "basic.nack" if not self._opening[number]:
                self._no_longer_pending(number, fields["delivery_tag"], fields["multiple"])
            case "channel.open_ok":
                self._opening[number] -= 1
            case "channel.close":
                self._notes.errors += 1
                self._send(method(number, "channel.close_ok"))
                self._open(number)
            case "connection.close":
                self._notes.errors += 1
                self._send(method(0, "connection.close_ok"))

    def _owe(self, number: int, tag: int) -> None:
        if not self._opening[number]:
            self._owed[number].append(tag)

    def _confirmed(self, number: int, tag: int, multiple: bool) -> None:
        """Note it, unless it is about the channel that had this number before."""
        if self._opening[number]:
            return
        self._notes.confirmed.update(self._no_longer_pending(number, tag, multiple))

    def _no_longer_pending(self, number: int, tag: int, multiple: bool) -> list[tuple[str, bytes]]:
        """The messages whose fate is told by `tag`."""
        pending = self._pending[number]
        told = [one for one in pending if one == tag or (multiple and one <= tag)]
        return [pending.pop(one) for one in told]

    # What it does

    def step(self) -> None:
        """Do something."""
        moves: list[Callable[[int], None]] = [
            *[self._publish] * 8,
            *[self._settle] * 8,
            *[self._consume] * 3,
            self._get,
            self._cancel,
            self._recover,
            self._offend,
            self._reopen,
            self._housekeeping,
        ]
        self._chance.choice(moves)(self._chance.choice(_CHANNELS))

    def leave(self) -> None:
        """End the connection: politely, in the middle of a frame, or by breaking the rules."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        how = self._chance.random()
        if how < 0.3:
            self._send(method(0, "connection.close", **_BYE))
        elif how < 0.4:
            self._send(b"\x01\x00\x01\xff\xff\xff\xff")
        elif how < 0.7:
            self._send(publish(1, self._chance.choice(self._queues), b"cut|")[:-3])
            transport.close()
        else:
            transport.abort()

    def vanish(self) -> None:
        """Be gone at once, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _open(self, number: int) -> None:
        """A channel in confirm mode; its prefetch is small, so that queues fill."""
        self._opening[number] += 1
        self._owed[number].clear()
        self._pending[number].clear()
        self._published[number] = 0
        self._send(
            method(number, "channel.open"),
            method(number, "confirm.select"),
            method(number, "basic.qos", prefetch_count=self._chance.randrange(1, 20)),
        )

    def _publish(self, number: int) -> None:
        for _ in range(self._chance.randrange(1, 20)):
            self._notes.sent += 1
            name = b"%d" % self._notes.sent
            queue = self._chance.choice(self._queues)
            size = _LARGE if self._chance.random() < 0.002 else self._chance.randrange(3000)
            raw = _SHORT_LIVED if self._chance.random() < 0.2 else NO_PROPERTIES
            exchange = "amq.fanout" if self._chance.random() < 0.1 else ""
            self._published[number] += 1
            if not exchange:
                self._pending[number][self._published[number]] = (queue, name)
            body = name + b"|" + bytes(size)
            self._send(publish(number, queue, body, raw=raw, exchange=exchange))

    def _settle(self, number: int) -> None:
        owed = self._owed[number]
        if not owed:
            return
        multiple = self._chance.random() < 0.3
        tag = self._chance.choice(owed)
        name = self._chance.choice(("basic.ack", "basic.ack", "basic.nack", "basic.reject"))
        requeue = self._chance.random() < 0.5
        multiple = multiple and name != "basic.reject"
        done = [one for one in owed if one == tag or (multiple and one < tag)]
        self._owed[number] = [one for one in owed if one not in done]
        self._notes.settled += len(done)
        self._send(method(number, name, delivery_tag=tag, multiple=multiple, requeue=requeue))

    def _consume(self, number: int) -> None:
        self._consumers += 1
        no_ack = self._chance.random() < 0.2
        tag = f"{_NO_ACK if no_ack else 'c'}{self._consumers}"
        queue = self._chance.choice(self._queues)
        self._send(method(number, "basic.consume", queue=queue, consumer_tag=tag, no_ack=no_ack))

    def _get(self, number: int) -> None:
        self._send(method(number, "basic.get", queue=self._chance.choice(self._queues)))

    def _cancel(self, number: int) -> None:
        tag = f"c{self._chance.randrange(self._consumers + 1)}"
        self._send(method(number, "basic.cancel", consumer_tag=tag))

    def _recover(self, number: int) -> None:
        self._owed[number].clear()
        self._send(method(number, "basic.recover", requeue=True))

    def _offend(self, number: int) -> None:
        """Have the channel closed by the broker."""
        mistakes = (
            method(number, "queue.declare", queue="nowhere", passive=True),
            method(number, "basic.ack", delivery_tag=10**9),
            method(number, "queue.declare", queue=self._queues[0], durable=False),
            publish(number, "k", b"lost|", exchange="no such exchange"),
        )
        self._send(self._chance.choice(mistakes))

    def _reopen(self, number: int) -> None:
        self._send(method(number, "channel.close", **_BYE))
        self._open(number)

    def _housekeeping(self, number: int) -> None:
        """Queues that come and go, with their consumers and messages."""
        name = f"passing{self._chance.randrange(5)}"
        self._consumers += 1
        self._published[number] += 1
        self._send(
            method(number, "queue.declare", queue=name, durable=True),
            method(number, "queue.bind", queue=name, exchange="amq.fanout"),
            method(number, "basic.consume", queue=name, consumer_tag=f"c{self._consumers}"),
            method(number, "queue.declare", queue="", exclusive=True),
            method(number, "basic.consume", queue=""),
            publish(number, name, b"passing|"),
        )
        if self._chance.random() < 0.5:
            self._send(method(number, "queue.delete", queue=name))

    def _send(self, *data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(data))
