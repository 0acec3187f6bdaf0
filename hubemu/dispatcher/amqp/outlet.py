"""A broker reached over AMQP as outlet: it answers later, and may deliver again what was done.

A publication is confirmed after a while, in the order of publication or not; up to `PREFETCH`
deliveries wait for their confirms side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec

from hubemu.amqp.link import Incoming, Link
from hubemu.broker.wire.properties import decode_properties, encode_properties, headers, user_id
from hubemu.confirmation import Confirmation
from hubemu.dispatcher.amqp.recognition import Recognition
from hubemu.dispatcher.amqp.redelivery import marked
from hubemu.dispatcher.delivery import ORIGINAL_KEY, Delivery, Publication
from hubemu.dispatcher.outlet import Later, Origin
from hubemu.dispatcher.vhost_dispatcher import VHostDispatcher
from hubemu.topology import DISPATCH, DISTRIBUTION

__all__ = ["PREFETCH", "AmqpOutlet", "Followed"]

PREFETCH = 1_000
"""Deliveries held per queue. RabbitMQ confirms what it must write to disk only after up to a fifth
of a second: fewer would leave the dispatcher waiting."""
_RETRY_SECONDS = 1.0
"""A message whose publication the broker did not take waits so long before it comes again."""


@dataclass(slots=True)
class Followed:
    """What outlives a link to a vHost.

    `died` is told of a dead letter: journal id, queue it died in, reason. `written` are the queues
    published to, whether there are such queues or not.
    """

    died: Callable[[str, str, str], None]
    recognition: Recognition = field(default_factory=Recognition)
    written: set[str] = field(default_factory=set)


class AmqpOutlet:
    """One link to a vHost (see `Outlet`)."""

    def __init__(self, link: Link, dispatcher: VHostDispatcher, followed: Followed) -> None:
        self._link = link
        self._followed = followed
        self._name = dispatcher.name
        self._now = dispatcher.now
        self._new_id = dispatcher.services.new_id
        self._helpers: dict[str, int] = {}

    def read(self, queue: str, taken: Incoming) -> Delivery:
        """See `Outlet`."""
        recognition = self._followed.recognition
        again = taken.redelivered
        if queue == DISPATCH:
            expected = recognition.expected(taken.routing_key, taken.body)
            known, in_doubt = expected or (None, False)
            again = again or in_doubt
        else:
            known = self._dead(taken)
        return Delivery(
            known or self._new_id(),
            self._name,
            taken.routing_key,
            taken.body,
            taken.header,
            again,
            self._now(),
        )

    def _dead(self, taken: Incoming) -> str | None:
        """The journal id of the message that a dead letter was; its death is told."""
        told = headers(taken.header) or {}
        sender = str(told.get(ORIGINAL_KEY))
        known = self._followed.recognition.of_dead_letter(sender, taken.body)
        if known is not None:
            queue, reason = told.get("x-first-death-queue"), told.get("x-first-death-reason")
            self._followed.died(known, str(queue), str(reason))
        return known

    def second_copy(self, publication: Publication) -> Publication:
        """See `Outlet`: it bears the mark."""
        return marked(publication)

    def publish(self, publication: Publication, of: Origin, later: Later) -> None:
        """See `Outlet`."""
        header = publication.header
        if user_id(header) is not None:
            # RabbitMQ closes the channel of a publisher whose messages name another user.
            anonymous = msgspec.structs.replace(decode_properties(header), user_id=None)
            header = encode_properties(anonymous)
        self._followed.written.add(publication.routing_key)
        if isinstance(of, Delivery):
            later = partial(self._confirmed, publication, of, later)
        self._link.publish(
            DISTRIBUTION,
            publication.routing_key,
            publication.body,
            header,
            mandatory=publication.mandatory,
            settled=later,
        )

    def _confirmed(
        self, publication: Publication, of: Delivery, later: Later, confirmation: Confirmation
    ) -> None:
        if confirmation is Confirmation.ACCEPTED:
            self._followed.recognition.forwarded(of.routing_key, publication.body, of.id)
        later(confirmation)

    def ack(self, queue: str, taken: Incoming) -> None:
        """See `Outlet`."""
        self._link.ack(taken.tag)

    def drop(self, queue: str, taken: Incoming) -> None:
        """See `Outlet`."""
        self._link.reject(taken.tag, requeue=False)

    def put_back(self, queue: str, taken: Incoming, delivery: Delivery) -> None:
        """See `Outlet`: after a while."""
        if queue == DISPATCH:
            self.comes_again(delivery, in_doubt=True)
        again = partial(self._link.reject, taken.tag, requeue=True)
        asyncio.get_running_loop().call_later(_RETRY_SECONDS, again)

    def hold(self, queue: str, count: int) -> None:
        """See `Outlet`: what fills the window of a consumer leaves room for another beside it."""
        wanted = count // (PREFETCH // 2)
        helpers = self._helpers.get(queue, 0)
        if wanted > helpers:
            for number in range(helpers, wanted):
                self._link.help_consume(queue, f"{queue} {number}")
        elif count or not helpers:
            return
        else:
            for number in range(helpers):
                self._link.cancel(f"{queue} {number}")
        self._helpers[queue] = wanted

    def comes_again(self, delivery: Delivery, *, in_doubt: bool) -> None:
        """See `Outlet`."""
        self._followed.recognition.expect(
            delivery.routing_key, delivery.body, delivery.id, in_doubt=in_doubt
        )
