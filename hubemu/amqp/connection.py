"""One AMQP connection as frames and as questions with their answers; `Link` adds the messages.

When it breaks nothing more is settled, and whoever waits for an answer is told why.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from hubemu.amqp.address import LinkError
from hubemu.amqp.failures import not_amqp, of_loss, version_problem
from hubemu.amqp.frames import CHANNEL
from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.frames import HEARTBEAT_FRAME, FrameReader
from hubemu.broker.wire.methods import Method, encode_method
from hubemu.version import __version__

__all__ = ["ClientConnection"]

_LOG = logging.getLogger(__name__)

_MAX_FRAME = 131_072
_HEARTBEAT = 30
_GOODBYE_SECONDS = 2.0
_EXTERNAL = "EXTERNAL"
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
    "mechanism": _EXTERNAL,
    "response": "",
    "locale": "en_US",
}


class ClientConnection(asyncio.Protocol):
    """An open connection with one channel."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader(0)
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Future[Method] | None = None
        self._greeted = False
        self._out: list[bytes] = []
        self._beat: asyncio.TimerHandle | None = None
        self._heard = self._loop.time()
        self.frame_max = _MAX_FRAME
        self.ready = False
        """Whether its handshake was completed."""
        self.blocked = ""
        """Why the broker takes no publications for now, empty when it does."""
        self.closed: asyncio.Future[LinkError] = self._loop.create_future()

    async def handshake(self, vhost: str) -> None:
        """Log in by certificate, open the vHost and the channel, select confirms.

        Raises:
            LinkError: the broker refuses.
        """
        self.write(b"AMQP\x00\x00\x09\x01")
        self._welcomed((await self._answer("connection.start")).fields)
        tune = (await self.ask(0, "connection.start_ok", "connection.tune", **_START_OK)).fields
        self.frame_max = min(tune["frame_max"] or _MAX_FRAME, _MAX_FRAME)
        beat = min(tune["heartbeat"] or _HEARTBEAT, _HEARTBEAT)
        self.send(0, "connection.tune_ok", channel_max=1, frame_max=self.frame_max, heartbeat=beat)
        opening = {"virtual_host": vhost, "capabilities": "", "insist": False}
        await self.ask(0, "connection.open", "connection.open_ok", **opening)
        await self.ask(CHANNEL, "channel.open", "channel.open_ok", out_of_band="0")
        await self.ask(CHANNEL, "confirm.select", "confirm.select_ok", nowait=False)
        self._schedule_beat(beat)
        self.ready = True

    def _welcomed(self, start: Mapping[str, Any]) -> None:
        told = start["server_properties"]
        product, version = str(told.get("product", "")), str(told.get("version", ""))
        if (problem := version_problem(product, version)) is not None:
            raise LinkError(problem)
        offered = bytes(start["mechanisms"]).decode("ascii", "replace").split()
        if _EXTERNAL not in offered:
            raise LinkError(
                f"it takes no login by certificate (it offers {' '.join(offered) or 'nothing'}): "
                "enable its plugin rabbitmq_auth_mechanism_ssl and set auth_mechanisms.1 = EXTERNAL"
            )

    async def broken(self) -> LinkError:
        """Wait until the link is gone; the reason."""
        # Not awaited itself: a cancelled waiter would cancel it for all.
        await asyncio.wait((self.closed,))
        return self.closed.result()

    async def close(self) -> None:
        """Say goodbye and go; what is not acknowledged stays in its queue."""
        if self.closed.done():
            return
        self.leaving()
        farewell = {"reply_code": 200, "reply_text": "bye", "class_id": 0, "method_id": 0}
        try:
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self.ask(0, "connection.close", "connection.close_ok", **farewell)
        except (TimeoutError, LinkError):
            # It is going anyway, whatever the broker says to it.
            pass
        self.abandon("closed by us")

    def abandon(self, reason: str, code: int = 0) -> None:
        """Be gone at once, for this reason; safe to call twice."""
        if self.closed.done():
            return
        self.closed.set_result(LinkError(reason, code))
        self.leaving()
        if self._beat is not None:
            self._beat.cancel()
        if self._transport is None:
            return
        if self.ready or code:
            self._transport.close()
        else:
            # Who does not speak AMQP is not waited for.
            self._transport.abort()

    # What a kind of connection decides.

    def leaving(self) -> None:
        """Nothing that comes from now on is wanted."""

    def overdue(self, now: float) -> str | None:
        """What the broker should have answered by `now` (loop time) and has not, if anything."""
        return None

    def came(self, kind: int, channel: int, payload: bytes) -> None:
        """A frame came."""
        raise NotImplementedError

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.abandon(of_loss(exc, greeted=self._greeted))

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._heard = self._loop.time()
        if not self._greeted:
            self._greeted = True
            if (wrong := not_amqp(data)) is not None:
                self.abandon(wrong)
                return
        self._reader.feed(data)
        try:
            while not self.closed.done() and (frame := self._reader.next()) is not None:
                self.came(*frame)
        except MalformedError as error:
            self.abandon(f"the peer does not speak AMQP 0-9-1: {error}")

    # Methods without content.

    def answered(self, channel: int, method: Method) -> None:
        """A method came that carries no message."""
        name, fields = method.spec.name, method.fields
        if name in ("connection.close", "channel.close"):
            self.send(channel, f"{name}_ok")
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

    async def ask(self, channel: int, name: str, answer: str, **fields: Any) -> Method:
        """Send a method and wait for its answer.

        Raises:
            LinkError: another answer comes, or none.
        """
        self.send(channel, name, **fields)
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
        return method

    # Frames that go.

    def send(self, channel: int, name: str, **fields: Any) -> None:
        """Send a method."""
        self.write(encode_method(channel, name, **fields))

    def write(self, data: bytes) -> None:
        """Gather what one turn of the loop writes, to write it at once at its end."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self.closed.done():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _schedule_beat(self, interval: int) -> None:
        self._beat = self._loop.call_later(interval / 2, self._beat_or_abandon, interval)

    def _beat_or_abandon(self, interval: int) -> None:
        try:
            self._heartbeat(interval)
        except Exception as error:
            # Without its heart nobody would notice that the broker is gone.
            _LOG.exception("a fault of hubemu ends a link")
            self.abandon(f"{type(error).__name__}: {error}")

    def _heartbeat(self, interval: int) -> None:
        if self._loop.time() - self._heard > 2 * interval:
            self.abandon(f"nothing was heard of the broker for {2 * interval} s")
            return
        if (late := self.overdue(self._loop.time())) is not None:
            self.abandon(late)
            return
        self.write(HEARTBEAT_FRAME)
        self._schedule_beat(interval)
