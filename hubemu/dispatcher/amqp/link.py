"""One AMQPS connection to one vHost with one channel: consume, publish confirmed, acknowledge.

Made for the dispatcher, where a general client would spend a task on every message.

When the link breaks nothing more is settled: what was not acknowledged comes again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import BODY, HEADER, HEARTBEAT_FRAME, METHOD, FrameReader
from hubemu.broker.wire.hot import ACK, NACK, decode_ack, decode_header
from hubemu.broker.wire.methods import Method, decode_method, encode_method
from hubemu.broker.wire.properties import decode_properties, encode_properties
from hubemu.dispatcher.amqp import frames
from hubemu.dispatcher.amqp.frames import CHANNEL
from hubemu.dispatcher.amqp.publications import Publications, Settlement
from hubemu.properties import Properties
from hubemu.version import __version__

__all__ = ["Address", "Incoming", "Link", "LinkError", "open_link"]

_MAX_FRAME = 131_072
_HEARTBEAT = 30
_HANDSHAKE_SECONDS = 15.0
_GOODBYE_SECONDS = 2.0
_START_OK: dict[str, Any] = {
    "client_properties": {
        "product": "hubemu",
        "version": __version__,
        "capabilities": {
            "publisher_confirms": True,
            "basic.nack": True,
            "consumer_cancel_notify": True,
            "connection.blocked": True,
            "authentication_failure_close": True,
        },
    },
    "mechanism": "EXTERNAL",
    "response": "",
    "locale": "en_US",
}


class LinkError(Exception):
    """The link could not be opened, or broke; the text says why, `code` is AMQP's or 0."""

    def __init__(self, reason: str, code: int = 0) -> None:
        self.code = code
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens, and the TLS context that shows the user's certificate."""

    host: str
    port: int
    tls: ssl.SSLContext


@dataclass(frozen=True, slots=True)
class Incoming:
    """A delivery; `tag` settles it."""

    tag: int
    redelivered: bool
    routing_key: str
    properties: Properties
    body: bytes


class _Content:
    """A method that carries content, until its body is whole."""

    __slots__ = ("chunks", "delivered", "header", "missing", "returned_key")

    def __init__(self, delivered: frames.Delivered | None, returned_key: str = "") -> None:
        self.delivered = delivered
        self.returned_key = returned_key
        self.header = b""
        self.chunks: list[bytes] = []
        self.missing = 0


class Link(asyncio.Protocol):
    """An open connection; made by `open_link`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader(0)
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Future[Method] | None = None
        self._consumers: dict[str, Callable[[Incoming], None]] = {}
        self._publications = Publications()
        self._content: _Content | None = None
        self._frame_max = _MAX_FRAME
        self._out: list[bytes] = []
        self._beat: asyncio.TimerHandle | None = None
        self._heard = self._loop.time()
        self.blocked = ""
        """Why the broker takes no publications for now, empty when it does."""
        self._closed: asyncio.Future[LinkError] = self._loop.create_future()

    @property
    def unconfirmed(self) -> int:
        """Publications that wait for their confirm."""
        return len(self._publications)

    async def handshake(self, vhost: str) -> None:
        """Log in by certificate, open the vHost and the channel, select confirms.

        Raises:
            LinkError: the broker refuses.
        """
        self._write(b"AMQP\x00\x00\x09\x01")
        await self._answer("connection.start")
        tune = (await self._ask(0, "connection.start_ok", "connection.tune", **_START_OK)).fields
        self._frame_max = min(tune["frame_max"] or _MAX_FRAME, _MAX_FRAME)
        beat = min(tune["heartbeat"] or _HEARTBEAT, _HEARTBEAT)
        self._send(
            0, "connection.tune_ok", channel_max=1, frame_max=self._frame_max, heartbeat=beat
        )
        opening = {"virtual_host": vhost, "capabilities": "", "insist": False}
        await self._ask(0, "connection.open", "connection.open_ok", **opening)
        await self._ask(CHANNEL, "channel.open", "channel.open_ok", out_of_band="0")
        await self._ask(CHANNEL, "confirm.select", "confirm.select_ok", nowait=False)
        self._schedule_beat(beat)

    async def consume(self, queue: str, take: Callable[[Incoming], None], *, prefetch: int) -> None:
        """Have every message of a queue given to `take`, `prefetch` unacknowledged at most.

        Raises:
            LinkError: the broker refuses.
        """
        limit = {"prefetch_size": 0, "prefetch_count": prefetch, "global_": False}
        await self._ask(CHANNEL, "basic.qos", "basic.qos_ok", **limit)
        self._consumers[queue] = take
        names = {"ticket": 0, "queue": queue, "consumer_tag": queue, "arguments": {}}
        flags = dict.fromkeys(("no_local", "no_ack", "exclusive", "nowait"), False)
        await self._ask(CHANNEL, "basic.consume", "basic.consume_ok", **names, **flags)

    async def check(self, kind: str, name: str) -> None:
        """See that an `exchange` or a `queue` is there.

        Raises:
            LinkError: it is not (404); the broker then closes the channel, and the link with it.
        """
        flags = dict.fromkeys(("durable", "auto_delete", "nowait"), False)
        more: dict[str, Any] = {"exclusive": False}
        if kind == "exchange":
            more = {"internal": False, "exchange_type": "direct"}
        names = {"ticket": 0, kind: name, "passive": True, "arguments": {}}
        await self._ask(CHANNEL, f"{kind}.declare", f"{kind}.declare_ok", **names, **flags, **more)

    def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        properties: Properties,
        *,
        mandatory: bool,
        settled: Callable[[Settlement], None],
    ) -> None:
        """Publish; `settled` is told what became of it, unless the link breaks before."""
        header = encode_properties(properties)
        self._publications.add(routing_key, body, settled)
        self._write(frames.publish(exchange, routing_key, mandatory, header, body, self._frame_max))

    async def publish_confirmed(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties
    ) -> None:
        """Publish, and wait until the broker has it.

        Raises:
            LinkError: it refuses, or the link breaks.
        """
        settled: asyncio.Future[Settlement] = self._loop.create_future()
        self.publish(
            exchange, routing_key, body, properties, mandatory=False, settled=settled.set_result
        )
        await asyncio.wait((settled, self._closed), return_when=asyncio.FIRST_COMPLETED)
        if not settled.done():
            raise self._closed.result()
        if settled.result() is Settlement.REFUSED:
            raise LinkError("the broker did not accept the message (basic.nack)")

    def ack(self, tag: int) -> None:
        """Acknowledge a delivery."""
        self._write(frames.acknowledge(tag))

    def reject(self, tag: int, *, requeue: bool) -> None:
        """Give a delivery back to its queue, or drop it."""
        self._write(frames.reject(tag, requeue=requeue))

    async def broken(self) -> LinkError:
        """Wait until the link is gone; the reason."""
        # Not awaited itself: a cancelled waiter would cancel it for all.
        await asyncio.wait((self._closed,))
        return self._closed.result()

    async def close(self) -> None:
        """Say goodbye and go; what is not acknowledged stays in its queue."""
        if self._closed.done():
            return
        self._consumers.clear()
        farewell = {"reply_code": 200, "reply_text": "bye", "class_id": 0, "method_id": 0}
        try:
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._ask(0, "connection.close", "connection.close_ok", **farewell)
        except (TimeoutError, LinkError):
            # It is going anyway, whatever the broker says to it.
            pass
        self.abandon("closed by us")

    def abandon(self, reason: str, code: int = 0) -> None:
        """Be gone at once, for this reason; safe to call twice."""
        if self._closed.done():
            return
        self._closed.set_result(LinkError(reason, code))
        self._publications.clear()
        self._consumers.clear()
        if self._beat is not None:
            self._beat.cancel()
        if self._transport is not None:
            self._transport.close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.abandon(f"the connection was lost: {exc or 'closed by the broker'}")

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._heard = self._loop.time()
        self._reader.feed(data)
        try:
            while not self._closed.done() and (frame := self._reader.next()) is not None:
                self._came(*frame)
        except MalformedError as error:
            self.abandon(f"the peer does not speak AMQP 0-9-1: {error}")

    # Frames that come.

    def _came(self, kind: int, channel: int, payload: bytes) -> None:
        if kind == METHOD:
            self._method(channel, payload)
        elif self._content is None:
            return
        elif kind == HEADER:
            _, _, self._content.missing, self._content.header = decode_header(payload)
            self._if_whole(self._content)
        elif kind == BODY:
            self._content.chunks.append(payload)
            self._content.missing -= len(payload)
            self._if_whole(self._content)

    def _method(self, channel: int, payload: bytes) -> None:
        kind = payload[:4]
        if kind == frames.DELIVER:
            self._content = _Content(frames.decode_deliver(payload))
        elif kind in (ACK, NACK):
            tag, bits = decode_ack(payload)
            self._publications.confirmed(tag, multiple=bool(bits & 1), accepted=kind == ACK)
        elif kind == frames.RETURN:
            self._content = _Content(None, decode_method(payload).fields["routing_key"])
        else:
            self._seldom(channel, decode_method(payload))

    def _seldom(self, channel: int, method: Method) -> None:
        name, fields = method.spec.name, method.fields
        if name in ("connection.close", "channel.close"):
            self._send(channel, f"{name}_ok")
            self._flush()
            self.abandon(fields["reply_text"], fields["reply_code"])
        elif name == "basic.cancel":
            self.abandon(f"queue {fields['consumer_tag']} was deleted", 404)
        elif name == "connection.blocked":
            self.blocked = fields["reason"]
        elif name == "connection.unblocked":
            self.blocked = ""
        elif self._reply is not None and not self._reply.done():
            self._reply.set_result(method)

    def _if_whole(self, content: _Content) -> None:
        if content.missing > 0:
            return
        self._content = None
        body = content.chunks[0] if len(content.chunks) == 1 else b"".join(content.chunks)
        if content.delivered is None:
            self._publications.returned(content.returned_key, body)
            return
        consumer, tag, redelivered, _, key = content.delivered
        take = self._consumers.get(consumer)
        if take is not None:
            take(Incoming(tag, redelivered, key, _properties(content.header), body))

    # Frames that go.

    async def _ask(self, channel: int, name: str, answer: str, **fields: Any) -> Method:
        self._send(channel, name, **fields)
        return await self._answer(answer)

    async def _answer(self, name: str) -> Method:
        reply: asyncio.Future[Method] = self._loop.create_future()
        self._reply = reply
        await asyncio.wait((reply, self._closed), return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            raise self._closed.result()
        method = reply.result()
        if method.spec.name != name:
            raise LinkError(f"the broker answered {method.spec.name} where {name} was due")
        return method

    def _send(self, channel: int, name: str, **fields: Any) -> None:
        self._write(encode_method(channel, name, **fields))

    def _write(self, data: bytes) -> None:
        """Gather what one turn of the loop writes, to write it at once at its end."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._closed.done():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _schedule_beat(self, interval: int) -> None:
        self._beat = self._loop.call_later(interval / 2, self._heartbeat, interval)

    def _heartbeat(self, interval: int) -> None:
        if self._loop.time() - self._heard > 2 * interval:
            self.abandon(f"nothing was heard of the broker for {2 * interval} s")
            return
        self._write(HEARTBEAT_FRAME)
        self._schedule_beat(interval)


def _properties(header: bytes) -> Properties:
    """The properties of a message; none where its sender wrote what cannot be decoded."""
    try:
        return decode_properties(header)
    except MalformedError:
        return Properties()


async def open_link(address: Address, vhost: str) -> Link:
    """Connect to a vHost.

    Raises:
        LinkError: the broker cannot be reached, TLS fails, or it refuses the login or the vHost.
    """
    loop = asyncio.get_running_loop()
    link: Link | None = None
    try:
        async with asyncio.timeout(_HANDSHAKE_SECONDS):
            _, link = await loop.create_connection(
                Link, address.host, address.port, ssl=address.tls
            )
            await link.handshake(vhost)
    except BaseException as error:
        if link is not None:
            link.abandon("the handshake failed")
        if isinstance(error, OSError):
            reason = str(error) or "no answer in time"
            raise LinkError(f"{address.host}:{address.port}: {reason}") from None
        raise
    return link
