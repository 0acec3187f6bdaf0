"""One AMQPS connection to one vHost with one channel: consume, publish confirmed, acknowledge.

Made for the dispatcher, where aio-pika would spend a task per message and match returns by a
`message_id` that belongs to the sender.

Rules:
1. A publication is settled once: accepted, returned (no such queue) or refused by the broker.
2. The broker returns a message before it confirms it, in the order of publication, so a return is
   matched by key and body to the first that waits for its confirm.
3. When the link breaks, nothing more is settled: what was not acknowledged comes again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import BODY, HEADER, HEARTBEAT_FRAME, METHOD, FrameReader, RawFrame
from hubemu.broker.wire.hot import ACK, NACK, decode_ack, decode_header
from hubemu.broker.wire.methods import Method, decode_method, encode_method
from hubemu.broker.wire.properties import decode_properties, encode_properties
from hubemu.dispatcher.amqp import frames
from hubemu.properties import Properties
from hubemu.version import __version__

__all__ = ["Address", "Incoming", "Link", "LinkError", "Settlement", "open_link"]

_HEADER = b"AMQP\x00\x00\x09\x01"
_DELIVER = b"\x00\x3c\x00\x3c"
_RETURN = b"\x00\x3c\x00\x32"
_MAX_FRAME = 131_072
_HEARTBEAT = 30
_HANDSHAKE_SECONDS = 15.0


class LinkError(Exception):
    """The link could not be opened, or broke; the text says why, `code` is AMQP's or 0."""

    def __init__(self, reason: str, code: int = 0) -> None:
        self.code = code
        super().__init__(reason)


class Settlement(Enum):
    """What became of a publication."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens, and the TLS context that shows the user's certificate."""

    host: str
    port: int
    tls: ssl.SSLContext
    server_name: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A delivery; `tag` settles it."""

    tag: int
    redelivered: bool
    routing_key: str
    properties: Properties
    body: bytes


@dataclass(slots=True)
class _Pending:
    routing_key: str
    body: bytes
    settled: Callable[[Settlement], None]
    returned: bool = False


@dataclass(slots=True)
class _Content:
    """A method that carries content, until its body is whole."""

    method: frames.Delivered | None
    routing_key: str
    header: bytes = b""
    size: int = -1
    body: bytes = b""


class Link(asyncio.Protocol):
    """An open connection; made by `open_link`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader(0)
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Future[Method] | None = None
        self._consumers: dict[str, Callable[[Incoming], None]] = {}
        self._pending: dict[int, _Pending] = {}
        self._published = 0
        self._content: _Content | None = None
        self._frame_max = _MAX_FRAME
        self._out: list[bytes] = []
        self._beat: asyncio.TimerHandle | None = None
        self._heard = self._loop.time()
        self.blocked = ""
        """Why the broker takes no publications for now, empty when it does."""
        self.closed: asyncio.Future[LinkError] = self._loop.create_future()
        """Done when the link is gone, with the reason."""

    @property
    def unconfirmed(self) -> int:
        """Publications that wait for their confirm."""
        return len(self._pending)

    async def handshake(self, vhost: str) -> None:
        """Log in by certificate, open the vHost and the channel, select confirms."""
        self._write(_HEADER)
        await self._answer("connection.start")
        await self._ask(0, "connection.start_ok", "connection.tune", **_START_OK)
        tune = self._tuned
        self._frame_max = min(tune["frame_max"] or _MAX_FRAME, _MAX_FRAME)
        beat = min(tune["heartbeat"] or _HEARTBEAT, _HEARTBEAT)
        self._send(
            0, "connection.tune_ok", channel_max=1, frame_max=self._frame_max, heartbeat=beat
        )
        await self._ask(
            0,
            "connection.open",
            "connection.open_ok",
            virtual_host=vhost,
            capabilities="",
            insist=False,
        )
        await self._ask(frames.CHANNEL, "channel.open", "channel.open_ok", out_of_band="0")
        await self._ask(frames.CHANNEL, "confirm.select", "confirm.select_ok", nowait=False)
        self._schedule_beat(beat)

    async def consume(self, queue: str, take: Callable[[Incoming], None], *, prefetch: int) -> None:
        """Have every message of a queue given to `take`, `prefetch` unacknowledged at most.

        Raises:
            LinkError: the broker refuses.
        """
        await self._ask(
            frames.CHANNEL,
            "basic.qos",
            "basic.qos_ok",
            prefetch_size=0,
            prefetch_count=prefetch,
            globally=False,
        )
        self._consumers[queue] = take
        await self._ask(
            frames.CHANNEL,
            "basic.consume",
            "basic.consume_ok",
            ticket=0,
            queue=queue,
            consumer_tag=queue,
            no_local=False,
            no_ack=False,
            exclusive=False,
            nowait=False,
            arguments={},
        )

    async def depth(self, queue: str) -> tuple[int, int]:
        """Messages ready in a queue, and its consumers.

        Raises:
            LinkError: there is no such queue; the channel is gone then, and the link with it.
        """
        method = await self._ask(
            frames.CHANNEL,
            "queue.declare",
            "queue.declare_ok",
            ticket=0,
            queue=queue,
            passive=True,
            durable=False,
            exclusive=False,
            auto_delete=False,
            nowait=False,
            arguments={},
        )
        return method.fields["message_count"], method.fields["consumer_count"]

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
        self._published += 1
        self._pending[self._published] = _Pending(routing_key, body, settled)
        self._write(
            frames.publish(exchange, routing_key, mandatory, header, body, self._frame_max)
        )

    def ack(self, tag: int) -> None:
        """Acknowledge a delivery."""
        self._write(frames.acknowledge(tag))

    def reject(self, tag: int, *, requeue: bool) -> None:
        """Give a delivery back to its queue, or to its dead letters."""
        self._write(frames.reject(tag, requeue=requeue))

    async def close(self) -> None:
        """Say goodbye and go; what is not acknowledged stays in its queue."""
        if self.closed.done():
            return
        self._consumers.clear()
        try:
            async with asyncio.timeout(2):
                await self._ask(
                    0,
                    "connection.close",
                    "connection.close_ok",
                    reply_code=200,
                    reply_text="bye",
                    class_id=0,
                    method_id=0,
                )
        except (TimeoutError, LinkError):
            pass
        self._gone(LinkError("closed by us"))

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._gone(LinkError(f"the connection was lost: {exc or 'closed by the broker'}"))

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._heard = self._loop.time()
        self._reader.feed(data)
        try:
            while (frame := self._reader.next()) is not None:
                self._frame(frame)
        except MalformedError as error:
            self._gone(LinkError(f"the peer does not speak AMQP 0-9-1: {error}"))

    # Frames that came.

    def _frame(self, frame: RawFrame) -> None:
        if frame.kind == METHOD:
            self._method(frame)
        elif frame.kind == HEADER and self._content is not None:
            _, _, self._content.size, self._content.header = decode_header(frame.payload)
            self._content_whole(self._content)
        elif frame.kind == BODY and self._content is not None:
            self._content.body += frame.payload
            self._content_whole(self._content)

    def _method(self, frame: RawFrame) -> None:
        payload = frame.payload
        kind = payload[:4]
        if kind == _DELIVER:
            delivered = frames.decode_deliver(payload)
            self._content = _Content(delivered, delivered.routing_key)
        elif kind in (ACK, NACK):
            tag, bits = decode_ack(payload)
            self._confirmed(tag, multiple=bool(bits & 1), accepted=kind == ACK)
        elif kind == _RETURN:
            self._content = _Content(None, decode_method(payload).fields["routing_key"])
        else:
            self._seldom(frame.channel, decode_method(payload))

    def _seldom(self, channel: int, method: Method) -> None:
        name, fields = method.spec.name, method.fields
        if name in ("connection.close", "channel.close"):
            self._send(channel, f"{name}_ok")
            self._flush()
            self._gone(LinkError(fields["reply_text"], fields["reply_code"]))
        elif name == "basic.cancel":
            self._gone(LinkError(f"queue {fields['consumer_tag']} was deleted", 404))
        elif name == "connection.blocked":
            self.blocked = fields["reason"]
        elif name == "connection.unblocked":
            self.blocked = ""
        elif self._reply is not None and not self._reply.done():
            self._reply.set_result(method)

    def _content_whole(self, content: _Content) -> None:
        if len(content.body) < content.size:
            return
        self._content = None
        if content.method is None:
            self._was_returned(content)
            return
        take = self._consumers.get(content.method.consumer)
        if take is not None:
            _, tag, redelivered, _, key = content.method
            properties = decode_properties(content.header)
            take(Incoming(tag, redelivered, key, properties, content.body))

    def _was_returned(self, content: _Content) -> None:
        for pending in self._pending.values():
            matches = pending.routing_key == content.routing_key and pending.body == content.body
            if matches and not pending.returned:
                pending.returned = True
                return

    def _confirmed(self, tag: int, *, multiple: bool, accepted: bool) -> None:
        tags = [one for one in self._pending if one <= tag] if multiple else [tag]
        for one in tags:
            pending = self._pending.pop(one, None)
            if pending is None:
                continue
            if not accepted:
                pending.settled(Settlement.REFUSED)
            else:
                returned = pending.returned
                pending.settled(Settlement.RETURNED if returned else Settlement.ACCEPTED)

    # Frames that go.

    async def _ask(self, channel: int, name: str, answer: str, **fields: Any) -> Method:
        self._send(channel, name, **fields)
        return await self._answer(answer)

    async def _answer(self, name: str) -> Method:
        reply: asyncio.Future[Method] = self._loop.create_future()
        self._reply = reply
        await asyncio.wait((reply, self.closed), return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            raise self.closed.result()
        method = reply.result()
        if method.spec.name != name:
            raise LinkError(f"the broker answered {method.spec.name} where {name} was due")
        if name == "connection.tune":
            self._tuned = dict(method.fields)
        return method

    def _send(self, channel: int, name: str, **fields: Any) -> None:
        self._write(encode_method(channel, name, **fields))

    def _write(self, data: bytes) -> None:
        """Put aside what one turn of the loop writes, and write it at once at its end."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self.closed.done():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _schedule_beat(self, interval: int) -> None:
        self._beat = self._loop.call_later(interval / 2, self._heartbeat, interval)

    def _heartbeat(self, interval: int) -> None:
        if self._loop.time() - self._heard > 2 * interval:
            self._gone(LinkError(f"nothing was heard of the broker for {2 * interval} s"))
            return
        self._write(HEARTBEAT_FRAME)
        self._schedule_beat(interval)

    def _gone(self, reason: LinkError) -> None:
        if self.closed.done():
            return
        self.closed.set_result(reason)
        self._pending.clear()
        self._consumers.clear()
        if self._beat is not None:
            self._beat.cancel()
        if self._transport is not None:
            self._transport.close()


_START_OK: dict[str, Any] = {
    "client_properties": {
        "product": "hubemu",
        "version": __version__,
        "connection_name": "hubemu",
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


async def open_link(address: Address, vhost: str) -> Link:
    """Connect to a vHost.

    Raises:
        LinkError: it cannot be reached, TLS failed, or it refuses the login or the vHost.
    """
    loop = asyncio.get_running_loop()
    link: Link | None = None
    try:
        async with asyncio.timeout(_HANDSHAKE_SECONDS):
            _, link = await loop.create_connection(
                Link,
                address.host,
                address.port,
                ssl=address.tls,
                server_hostname=address.server_name,
            )
            await link.handshake(vhost)
    except (OSError, TimeoutError) as error:
        if link is not None:
            link.abandon()
        raise LinkError(f"{address.host}:{address.port}: {error or 'no answer in time'}") from None
    except BaseException:
        if link is not None:
            link.abandon()
        raise
    return link
