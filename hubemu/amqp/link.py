"""One AMQPS connection to one vHost with one channel: consume, publish confirmed, acknowledge.

Made for the dispatcher, where a general client would spend a task on every message.

When the link breaks nothing more is settled: what was not acknowledged comes again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hubemu.address import authority
from hubemu.amqp import frames
from hubemu.amqp.address import Address, LinkError
from hubemu.amqp.connection import ClientConnection
from hubemu.amqp.dialling import CONNECT_SECONDS, dial
from hubemu.amqp.failures import of_socket
from hubemu.amqp.frames import CHANNEL
from hubemu.amqp.publications import Publications
from hubemu.broker.wire.basic import ACK, NACK, decode_ack, decode_header
from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import BODY, HEADER, METHOD
from hubemu.broker.wire.methods import decode_method
from hubemu.broker.wire.properties import NO_PROPERTIES, check_properties, encode_properties
from hubemu.confirmation import Confirmation
from hubemu.properties import Properties
from hubemu.proxy_protocol import proxy_header

__all__ = ["Incoming", "Link", "open_link"]

_HANDSHAKE_SECONDS = 10.0
_CONFIRM_SECONDS = 60.0
"""A broker that takes longer to confirm has lost the publication, or its confirm."""
_REFUSAL_SECONDS = 5.0
"""A channel that takes nothing for a queue so long may never do: another one is to be tried."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A delivery; `tag` settles it, `header` are its raw properties."""

    tag: int
    redelivered: bool
    routing_key: str
    header: bytes
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


class Link(ClientConnection):
    """An open link; made by `open_link`."""

    def __init__(self) -> None:
        super().__init__()
        self._consumers: dict[str, Callable[[Incoming], None]] = {}
        self._publications = Publications()
        self._content: _Content | None = None

    @property
    def unconfirmed(self) -> int:
        """Publications that wait for their confirm."""
        return len(self._publications)

    async def consume(self, queue: str, take: Callable[[Incoming], None], *, prefetch: int) -> None:
        """Have every message of a queue given to `take`, `prefetch` unacknowledged at most.

        Raises:
            LinkError: the broker refuses.
        """
        limit = {"prefetch_size": 0, "prefetch_count": prefetch, "global_": False}
        await self.ask(CHANNEL, "basic.qos", "basic.qos_ok", **limit)
        self._consumers[queue] = take
        names = {"ticket": 0, "queue": queue, "consumer_tag": queue, "arguments": {}}
        flags = dict.fromkeys(("no_local", "no_ack", "exclusive", "nowait"), False)
        await self.ask(CHANNEL, "basic.consume", "basic.consume_ok", **names, **flags)

    def help_consume(self, queue: str, tag: str) -> None:
        """Have a second consumer, called `tag`, take what a full one of a queue leaves over.

        Deliveries keep the order of the queue: all consumers share a channel.
        """
        self._consumers[tag] = self._consumers[queue]
        names = {"ticket": 0, "queue": queue, "consumer_tag": tag, "arguments": {}}
        flags = {"no_local": False, "no_ack": False, "exclusive": False, "nowait": True}
        self.send(CHANNEL, "basic.consume", **names, **flags)

    def cancel(self, tag: str) -> None:
        """Have a consumer take no more; what it has, and what is under way, is settled as ever."""
        self.send(CHANNEL, "basic.cancel", consumer_tag=tag, nowait=True)

    async def end_consuming(self, queue: str) -> None:
        """Take no more of a queue; when this returns, all that will ever come of it has come.

        Raises:
            LinkError: the link breaks.
        """
        await self.ask(CHANNEL, "basic.cancel", "basic.cancel_ok", consumer_tag=queue, nowait=False)

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
        await self.ask(CHANNEL, f"{kind}.declare", f"{kind}.declare_ok", **names, **flags, **more)

    def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        header: bytes,
        *,
        mandatory: bool,
        settled: Callable[[Confirmation], None],
    ) -> None:
        """Publish; `settled` is told what became of it, unless the link breaks before.

        `header` are raw properties.
        """
        self._publications.add(routing_key, body, settled, at=self._loop.time())
        self.write(frames.publish(exchange, routing_key, mandatory, header, body, self.frame_max))

    async def publish_confirmed(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties
    ) -> None:
        """Publish, and wait until the broker has it.

        Raises:
            LinkError: it refuses, or the link breaks.
        """
        settled: asyncio.Future[Confirmation] = self._loop.create_future()
        header = encode_properties(properties)
        self.publish(
            exchange, routing_key, body, header, mandatory=False, settled=settled.set_result
        )
        await asyncio.wait((settled, self.closed), return_when=asyncio.FIRST_COMPLETED)
        if not settled.done():
            raise self.closed.result()
        if settled.result() is Confirmation.REFUSED:
            raise LinkError("the broker did not accept the message (basic.nack)")

    def ack(self, tag: int) -> None:
        """Acknowledge a delivery."""
        self.write(frames.acknowledge(tag))

    def reject(self, tag: int, *, requeue: bool) -> None:
        """Give a delivery back to its queue, or drop it."""
        self.write(frames.reject(tag, requeue=requeue))

    def overdue(self, now: float) -> str | None:
        """See `ClientConnection`: a confirm that does not come, unless the broker says why.

        A lost one would keep its message in flight for ever.
        """
        since = self._publications.oldest
        if self.blocked or since is None or now - since < _CONFIRM_SECONDS:
            return None
        return f"the broker did not confirm a publication within {_CONFIRM_SECONDS:g} s"

    def _give_up_if_refused(self) -> None:
        since = self._publications.refused_since()
        if since is not None and self._loop.time() - since >= _REFUSAL_SECONDS:
            self.abandon(f"the broker took nothing for a queue in {_REFUSAL_SECONDS:g} s")

    def leaving(self) -> None:
        """See `ClientConnection`: nobody is told of a publication or delivery any more."""
        self._publications.clear()
        self._consumers.clear()

    def came(self, kind: int, channel: int, payload: bytes) -> None:
        """See `ClientConnection`."""
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
            if kind == NACK:
                self._give_up_if_refused()
        elif kind == frames.RETURN:
            self._content = _Content(None, decode_method(payload).fields["routing_key"])
        else:
            self.answered(channel, decode_method(payload))

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
            take(Incoming(tag, redelivered, key, _readable(content.header), body))


def _readable(header: bytes) -> bytes:
    """The raw properties of a message; none where its sender wrote what cannot be decoded.

    Such a message is then refused like any other that does not declare its content type.
    """
    try:
        check_properties(header)
    except MalformedError:
        return NO_PROPERTIES
    return header


async def _dialed(address: Address) -> socket.socket:
    try:
        end = await dial(address.host, address.port)
        if address.proxied:
            header = proxy_header(end.getsockname()[:2], end.getpeername()[:2])
            await asyncio.get_running_loop().sock_sendall(end, header)
        return end
    except TimeoutError:
        raise LinkError(f"no answer at all in {CONNECT_SECONDS:g} s: is the host up?") from None


async def open_link(address: Address, vhost: str) -> Link:
    """Connect to a vHost.

    Raises:
        LinkError: the broker cannot be reached, TLS fails, or it refuses the login or the vHost;
            the text opens with the address.
    """
    loop = asyncio.get_running_loop()
    where = authority(address.host, address.port)
    link: Link | None = None
    try:
        async with asyncio.timeout(_HANDSHAKE_SECONDS):
            end = await _dialed(address)
            _, link = await loop.create_connection(
                Link, sock=end, ssl=address.tls, server_hostname=address.host
            )
            await link.handshake(vhost)
    except LinkError as error:
        raise LinkError(f"{where}: {error}", error.code) from None
    except TimeoutError:
        step = "TLS" if link is None else "AMQP"
        raise LinkError(
            f"{where}: no {step} answer in {_HANDSHAKE_SECONDS:.0f} s: is RabbitMQ's TLS listener "
            "there, and not overloaded?"
        ) from None
    except OSError as error:
        raise LinkError(f"{where}: {of_socket(error)}") from None
    finally:
        if link is not None and not link.ready:
            link.abandon("the handshake failed")
    return link
