"""What a lane sends through its link: publications, error reports, verdicts on deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from hubemu.broker.wire.properties import decode_properties, encode_properties, user_id
from hubemu.dispatcher.amqp.link import Incoming, Link
from hubemu.dispatcher.amqp.mark import marked
from hubemu.dispatcher.amqp.publications import Settlement
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.delivery import Publication, Rejection
from hubemu.dispatcher.lane import Services
from hubemu.dispatcher.reports import report
from hubemu.messages import Envelope
from hubemu.topology import DISTRIBUTION

__all__ = ["Outbox"]

_RETRY_SECONDS = 1.0
"""A message whose publication the broker did not take waits so long before it comes again."""


class Outbox:
    """The sending side of one link; `written` collects the queues published to."""

    def __init__(
        self, link: Link, context: VHostContext, services: Services, written: set[str]
    ) -> None:
        self._link = link
        self._written = written
        self._context = context
        self._services = services

    def publish(self, publication: Publication, settled: Callable[[Settlement], None]) -> None:
        """Publish; `settled` is told what became of it, unless the link breaks before."""
        header = publication.header
        if user_id(header) is not None:
            # RabbitMQ closes the channel of a publisher whose messages name another user.
            anonymous = msgspec.structs.replace(decode_properties(header), user_id=None)
            header = encode_properties(anonymous)
        self._written.add(publication.routing_key)
        self._link.publish(
            DISTRIBUTION,
            publication.routing_key,
            publication.body,
            header,
            mandatory=publication.mandatory,
            settled=settled,
        )

    def report(
        self,
        rejection: Rejection,
        sender: str,
        source: Envelope | dict[str, Any] | None,
        told: Callable[[str, Settlement], None],
        *,
        again: bool,
    ) -> None:
        """Send the report of a refusal; `told` gets its queue and what became of it.

        `again` says that what is refused came before, so that it may have been sent already.
        """
        publication = report(
            rejection,
            sender,
            source,
            self._context,
            now=self._services.clock.now(),
            unique=self._services.unique(),
        )
        self.publish(
            marked(publication) if again else publication,
            partial(told, publication.routing_key),
        )

    def ack(self, incoming: Incoming) -> None:
        """It is done with."""
        self._link.ack(incoming.tag)

    def drop(self, incoming: Incoming) -> None:
        """It is refused and does not come again."""
        self._link.reject(incoming.tag, requeue=False)

    def put_back(self, incoming: Incoming) -> None:
        """It goes back to its queue, after a while."""
        again = partial(self._link.reject, incoming.tag, requeue=True)
        asyncio.get_running_loop().call_later(_RETRY_SECONDS, again)
