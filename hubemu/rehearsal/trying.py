"""One real connection, from TCP to a message that came back: how far it gets, and what ends it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import uuid4

from hubemu.address import authority
from hubemu.amqp import Link, LinkError
from hubemu.amqp.dialling import dial
from hubemu.amqp.frames import CHANNEL
from hubemu.amqp.link import Incoming
from hubemu.broker.wire.methods import Method
from hubemu.edxl import JSON, LIFETIME, timestamp
from hubemu.messages.envelope.making import distribution
from hubemu.properties import PERSISTENT, Properties
from hubemu.topology import HUB_EXCHANGE

__all__ = ["Reach", "Target", "Try", "is_alive", "try_out"]

_SECONDS = 10.0
_QUEUES = ("message", "info")
_PREFETCH = 10


class Reach(IntEnum):
    """How far a client got."""

    NOTHING = 0
    CONNECTED = 1
    LOGGED_IN = 2
    OPENED = 3
    PUBLISHED = 4
    CONSUMED = 5


@dataclass(frozen=True, slots=True)
class Target:
    """Where the Hub is; `name` is the host name that the client checks, `now` the Hub's time."""

    host: str
    port: int
    name: str
    vhost: str
    now: datetime


@dataclass(slots=True)
class Try:
    """What came of a connection: how far it got, why it ended there, and the link if it is open.

    `peer` is the client's own address as the Hub sees it.
    """

    reach: Reach = Reach.NOTHING
    error: BaseException | None = None
    code: int = 0
    peer: str = ""
    link: Link | None = None

    @property
    def verify_code(self) -> int:
        """OpenSSL's number of why the client refuses the Hub's certificate; 0: it does not."""
        refused = isinstance(self.error, ssl.SSLCertVerificationError)
        return self.error.verify_code if refused else 0  # type: ignore[union-attr]  # as asked

    @property
    def words(self) -> str:
        """What the client's library said."""
        return str(self.error) if self.error is not None else ""

    async def close(self) -> None:
        """Leave the Hub, if it is still there."""
        if self.link is not None:
            await self.link.close()
            self.link = None


class _Watched(Link):
    """A link that knows how far its handshake came, and what broke it."""

    def __init__(self) -> None:
        super().__init__()
        self.reach = Reach.NOTHING
        self.lost: Exception | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = self.lost or exc
        super().connection_lost(exc)

    def answered(self, channel: int, method: Method) -> None:
        reached = _REACHED.get(method.spec.name)
        if reached is not None:
            self.reach = max(self.reach, reached)
        super().answered(channel, method)


_REACHED = {
    "connection.start": Reach.CONNECTED,
    "connection.tune": Reach.LOGGED_IN,
    "connection.open_ok": Reach.OPENED,
}


async def try_out(
    target: Target, context: ssl.SSLContext, client_id: str, *, until: Reach = Reach.CONSUMED
) -> Try:
    """Connect, log in, publish to oneself and take what comes back, up to `until`."""
    tried = Try()
    link: _Watched | None = None
    try:
        async with asyncio.timeout(_SECONDS):
            link = await _connected(target, context, tried)
            await link.handshake(target.vhost)
            tried.reach, tried.link = Reach.OPENED, link
            if until > Reach.OPENED:
                await _exchange(link, target, client_id, tried)
    except (LinkError, OSError, TimeoutError) as error:
        _note(tried, error, link)
    finally:
        if link is not None and (tried.reach < Reach.OPENED or tried.link is None):
            link.abandon("tried")
    return tried


async def is_alive(tried: Try, target: Target, client_id: str) -> bool:
    """Whether a connection that was opened before still carries a message."""
    link = tried.link
    if link is None or link.closed.done():
        return False
    try:
        async with asyncio.timeout(_SECONDS):
            body, _ = _message(client_id, target.now)
            await link.publish_confirmed(HUB_EXCHANGE, client_id, body, _PROPERTIES)
    except (LinkError, TimeoutError):
        return False
    return True


async def _connected(target: Target, context: ssl.SSLContext, tried: Try) -> _Watched:
    end = await dial(target.host, target.port)
    tried.peer = authority(*end.getsockname()[:2])
    _, link = await asyncio.get_running_loop().create_connection(
        _Watched, sock=end, ssl=context, server_hostname=target.name
    )
    return link


async def _exchange(link: Link, target: Target, client_id: str, tried: Try) -> None:
    """Publish a message to oneself; it comes back, or a report that quotes it does."""
    body, distribution_id = _message(client_id, target.now)
    came = asyncio.Event()

    def take(incoming: Incoming) -> None:
        link.ack(incoming.tag)
        if distribution_id.encode() in incoming.body:
            came.set()

    await link.publish_confirmed(HUB_EXCHANGE, client_id, body, _PROPERTIES)
    tried.reach = Reach.PUBLISHED
    for kind in _QUEUES:
        await link.consume(f"{client_id}.{kind}", take, prefetch=_PREFETCH)
    waiting = asyncio.create_task(came.wait())
    await asyncio.wait((waiting, link.closed), return_when=asyncio.FIRST_COMPLETED)
    if not came.is_set():
        waiting.cancel()
        raise link.closed.result()
    for kind in _QUEUES:
        # It stays open over the next step, where another try is to get its own messages.
        tag = {"consumer_tag": f"{client_id}.{kind}", "nowait": False}
        await link.ask(CHANNEL, "basic.cancel", "basic.cancel_ok", **tag)
    tried.reach = Reach.CONSUMED


def _note(tried: Try, error: BaseException, link: _Watched | None) -> None:
    if link is not None:
        tried.reach = max(tried.reach, link.reach)
        if isinstance(link.lost, ssl.SSLError):
            error = link.lost
    tried.error = error
    tried.code = getattr(error, "code", 0) if isinstance(error, LinkError) else 0
    if tried.reach < Reach.OPENED or (link is not None and link.closed.done()):
        with contextlib.suppress(Exception):
            if link is not None:
                link.abandon("tried")
        tried.link = None


_PROPERTIES = Properties(content_type=JSON, delivery_mode=PERSISTENT)


def _message(client_id: str, now: datetime) -> tuple[bytes, str]:
    """A message of a client to itself, and its distributionID."""
    distribution_id = f"{client_id}_{uuid4()}"
    message = distribution(
        {"customContent": {"rehearsal": "hubemu"}},
        distribution_id=distribution_id,
        sender=client_id,
        recipient=client_id,
        kind="Report",
        now=now,
    )
    # Not the longest life there is: the Hub's clock may be behind.
    message["dateTimeExpires"] = timestamp(now + LIFETIME - timedelta(hours=1))
    return json.dumps(message).encode(), distribution_id
