"""An AMQPS connection to a Hub, with publisher confirms; refusals in words for a person."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import aiormq
from aiormq import exceptions as amqp
from aiormq.abc import AbstractChannel
from pamqp.commands import Basic
from yarl import URL

from hubemu.address import authority
from hubemu.client.inbox import Inbox, open_inbox
from hubemu.client.refusals import connection_refusal, consume_refusal, publish_refusal
from hubemu.errors import StartError
from hubemu.properties import PERSISTENT
from hubemu.topology import HUB_EXCHANGE

__all__ = ["Endpoint", "HubClient", "connect", "publish_once"]

_TRANSIENT = 1
_HEARTBEAT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Which vHost of which Hub, and the TLS context that holds the client's certificate."""

    host: str
    port: int
    vhost: str
    tls: ssl.SSLContext

    @property
    def url(self) -> URL:
        """The address as aiormq wants it, EXTERNAL login included."""
        where = f"amqps://{authority(self.host, self.port)}/{quote(self.vhost, safe='')}"
        return URL(where, encoded=True).with_query(auth="external", heartbeat=_HEARTBEAT)


class HubClient:
    """One connection and its one channel, in confirm mode; made by `connect`."""

    def __init__(self, channel: AbstractChannel, timeout: float) -> None:
        self._channel = channel
        self._timeout = timeout

    async def publish(
        self,
        body: bytes,
        *,
        routing_key: str,
        content_type: str,
        persistent: bool = True,
        message_id: str | None = None,
    ) -> None:
        """Publish to the Hub's exchange and wait for the broker's confirm.

        A `message_id` that is not given is drawn.

        Raises:
            CheckFailed: the broker refused, returned or did not accept the message.
            StartError: no confirm came in time.
        """
        properties = Basic.Properties(
            content_type=content_type,
            delivery_mode=PERSISTENT if persistent else _TRANSIENT,
            priority=0,
            message_id=message_id,
        )
        try:
            await self._channel.basic_publish(
                body,
                exchange=HUB_EXCHANGE,
                routing_key=routing_key,
                properties=properties,
                mandatory=True,
                timeout=self._timeout,
            )
        except (amqp.AMQPError, amqp.ChannelInvalidStateError) as error:
            raise publish_refusal(error) from error
        except TimeoutError:
            raise StartError(f"the broker did not confirm within {self._timeout:g} s") from None

    async def declare(self, queue: str, *, passive: bool = True) -> int:
        """Declare a queue; gives the messages ready in it.

        Raises:
            CheckFailed: there is none, or this client may not.
            StartError: no answer came in time.
        """
        try:
            answer = await self._channel.queue_declare(
                queue, passive=passive, durable=True, timeout=self._timeout
            )
        except (amqp.AMQPError, amqp.ChannelInvalidStateError) as error:
            raise consume_refusal(error, queue) from error
        except TimeoutError:
            raise StartError(f"the broker did not answer within {self._timeout:g} s") from None
        return answer.message_count or 0

    async def consume(self, queue: str, *, prefetch: int = 0) -> Inbox:
        """Start consuming `queue`; `prefetch` 0 means no limit.

        Raises:
            CheckFailed: no such queue, or this client may not read it.
        """
        return await open_inbox(self._channel, queue, prefetch)


@asynccontextmanager
async def connect(endpoint: Endpoint, *, timeout: float = 10.0) -> AsyncIterator[HubClient]:
    """A connected client, closed on exit; `timeout` in seconds holds for each answer awaited.

    Raises:
        StartError: nothing answers there.
        CheckFailed: the Hub answers, but TLS, login or vHost is refused.
    """
    _silence_aiormq()
    connection = aiormq.Connection(endpoint.url, context=endpoint.tls)
    try:
        channel = await _open(connection, timeout)
    except TimeoutError:
        where = authority(endpoint.host, endpoint.port)
        raise StartError(f"{where}: no answer within {timeout:g} s") from None
    except (amqp.AMQPError, OSError) as error:
        raise connection_refusal(error, endpoint.host, endpoint.port, endpoint.vhost) from error
    try:
        yield HubClient(channel, timeout)
    finally:
        await connection.close()


async def publish_once(
    endpoint: Endpoint, body: bytes, routing_key: str, content_type: str
) -> None:
    """Connect, publish one persistent message, wait for its confirm, leave.

    Raises:
        StartError: the Hub cannot be reached, or does not confirm in time.
        CheckFailed: it refuses the client or the message.
    """
    async with connect(endpoint) as client:
        await client.publish(body, routing_key=routing_key, content_type=content_type)


def _silence_aiormq() -> None:
    """What goes wrong reaches the user as one of our errors: aiormq's own lines would be noise."""
    its_log = logging.getLogger("aiormq")
    if not its_log.handlers:
        its_log.addHandler(logging.NullHandler())


async def _open(connection: aiormq.Connection, timeout: float) -> AbstractChannel:
    try:
        async with asyncio.timeout(timeout):
            await connection.connect()
            return await connection.channel()
    except BaseException:
        await connection.close()
        raise
