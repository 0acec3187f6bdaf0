"""One vHost's share of the dispatcher: it takes deliveries, has them judged, and carries it out.

Rules:
1. A delivery is acknowledged only after its publications were accepted; refused, only after the
   error report was.
2. Messages of a vHost are dispatched in the order of its queue `dispatch`. While one is being
   converted those behind it wait, as in the real dispatcher, which does one after the other.
3. A fault of ours drops the message that met it, as the real dispatcher does: it never blocks the
   queue, and stays in the journal with its trace.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from hubemu.clock import Clock
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import ConversionFailed, Converter
from hubemu.dispatcher.dead_letters import decide_dead_letter
from hubemu.dispatcher.decision import (
    ConversionNeeded,
    Ruling,
    decide,
    quoted,
    resume,
    undeliverable,
)
from hubemu.dispatcher.delivery import Delivery, Publication, Rejection
from hubemu.dispatcher.ledger import Ledger
from hubemu.dispatcher.reports import report
from hubemu.journal import Entry, ReportToken
from hubemu.messages import Envelope
from hubemu.topology import DEAD_LETTERS, DISPATCH, DISTRIBUTION

if TYPE_CHECKING:
    from hubemu.broker.core import LocalConsumer, LocalDelivery, VirtualHost

__all__ = ["Lane", "Services"]

PREFETCH = 250
"""Deliveries held per queue; the rest waits in the broker."""
NO_CONVERTER = "no conversion service is known to this Hub (hubemu up --converter URL)"


@dataclass(frozen=True, slots=True)
class Services:
    """What every lane needs besides its vHost.

    Args:
        clock: the Hub's time.
        converter: makes CISU conversions, if there is one.
        new_id: gives an id to a message that came without.
        unique: gives a UUID for each error report.
    """

    clock: Clock
    converter: Converter | None
    new_id: Callable[[], str]
    unique: Callable[[], str]


class Lane:
    """The dispatcher on one vHost.

    Args:
        vhost: where it consumes and publishes.
        context: what the checks need to know of it.
        ledger: is told of everything done.
        services: the rest.
        wake: is called, with the lane, when there is work.
    """

    def __init__(
        self,
        vhost: VirtualHost,
        context: VHostContext,
        ledger: Ledger,
        services: Services,
        wake: Callable[[Lane], None],
    ) -> None:
        self._vhost = vhost
        self._context = context
        self._ledger = ledger
        self._services = services
        self._now = services.clock.now
        self._wake = wake
        self._messages: deque[LocalDelivery] = deque()
        self._dead_letters: deque[LocalDelivery] = deque()
        self._consumers: dict[str, LocalConsumer] = {}
        self._conversion: asyncio.Task[None] | None = None
        self.last_fault: str | None = None
        self.faulted_at = 0.0

    @property
    def consuming(self) -> bool:
        """Whether it takes deliveries."""
        return bool(self._consumers)

    @property
    def in_flight(self) -> int:
        """Deliveries taken and not settled yet."""
        converting = 0 if self._conversion is None else 1
        return len(self._messages) + len(self._dead_letters) + converting

    @property
    def ready(self) -> bool:
        """Whether `work` has something to do now."""
        return bool(self._dead_letters or (self._messages and self._conversion is None))

    def start(self) -> None:
        """Consume both queues."""
        for queue, inbox in ((DISPATCH, self._messages), (DEAD_LETTERS, self._dead_letters)):
            self._consumers[queue] = self._vhost.subscribe(
                queue, self._taker(inbox), prefetch=PREFETCH
            )

    async def stop(self) -> None:
        """Consume no more; what is not settled, a conversion included, goes back to its queue."""
        consumers, self._consumers = self._consumers, {}
        for consumer in consumers.values():
            consumer.cancel()
        self._messages.clear()
        self._dead_letters.clear()
        conversion, self._conversion = self._conversion, None
        if conversion is not None:
            conversion.cancel()
            await asyncio.wait((conversion,))

    def work(self) -> None:
        """Treat one delivery; call it only while `ready`."""
        if self._dead_letters:
            self._treat_dead_letter(self._dead_letters.popleft())
        else:
            self._treat(self._messages.popleft())

    def _taker(self, inbox: deque[LocalDelivery]) -> Callable[[LocalDelivery], None]:
        def take(local: LocalDelivery) -> None:
            inbox.append(local)
            self._wake(self)

        return take

    def _treat(self, local: LocalDelivery) -> None:
        started = perf_counter()
        delivery = self._delivery(local)
        try:
            verdict = decide(delivery, self._context, self._now)
            if isinstance(verdict, Ruling):
                self._carry_out(local, delivery, verdict, started)
            elif self._services.converter is None:
                ruling = self._resume(verdict, ConversionFailed(NO_CONVERTER))
                self._carry_out(local, delivery, ruling, started)
            else:
                conversion = self._convert(
                    local, delivery, verdict, self._services.converter, started
                )
                self._conversion = asyncio.get_running_loop().create_task(conversion)
        except Exception as error:
            self._fail(DISPATCH, local, delivery, error)

    async def _convert(
        self,
        local: LocalDelivery,
        delivery: Delivery,
        needed: ConversionNeeded,
        converter: Converter,
        started: float,
    ) -> None:
        answer: tuple[bytes, ...] | ConversionFailed
        try:
            try:
                answer = await converter.convert(needed.request.edxl)
            except ConversionFailed as failure:
                answer = failure
            self._carry_out(local, delivery, self._resume(needed, answer), started)
        except Exception as error:
            self._fail(DISPATCH, local, delivery, error)
        self._conversion = None
        self._wake(self)

    def _delivery(self, local: LocalDelivery) -> Delivery:
        message = local.message
        token = message.token
        if isinstance(token, ReportToken):
            entry_id = token.entry_id
        else:
            entry_id = token if isinstance(token, str) else self._services.new_id()
        return Delivery(
            entry_id,
            self._context.name,
            message.routing_key,
            message.body,
            message.header,
            local.redelivered,
            self._now(),
        )

    def _resume(
        self, needed: ConversionNeeded, answer: tuple[bytes, ...] | ConversionFailed
    ) -> Ruling:
        return resume(needed, answer, self._context, self._now)

    def _carry_out(
        self, local: LocalDelivery, delivery: Delivery, ruling: Ruling, started: float
    ) -> None:
        entry = self._ledger.open(delivery, ruling)
        for position, publication in enumerate(ruling.publications):
            if not self._publish(publication, entry.id):
                ruling = undeliverable(ruling, publication, self._context, self._now)
                self._ledger.undeliverable(entry, ruling, position)
                break
        consumer = self._consumers[DISPATCH]
        if ruling.rejection is not None:
            self._refuse(entry, ruling, ruling.rejection, started)
            consumer.reject(local, requeue=False)
            return
        if ruling.outcome == "routed":
            self._ledger.routed(entry, perf_counter() - started)
        else:
            self._ledger.dropped(entry, perf_counter() - started)
        consumer.ack(local)

    def _refuse(self, entry: Entry, ruling: Ruling, rejection: Rejection, started: float) -> None:
        """Write the refusal down and report it, as far as the message can be seen."""
        source, seen = quoted(ruling, self._context.release)
        self._ledger.rejected(entry, rejection, seen, perf_counter() - started)
        self._report(entry.id, rejection, entry.sender, source)

    def _treat_dead_letter(self, local: LocalDelivery) -> None:
        started = perf_counter()
        delivery = self._delivery(local)
        try:
            ruling = decide_dead_letter(delivery, self._context)
            if ruling.rejection is not None:
                self._report(delivery.id, ruling.rejection, ruling.sender, ruling.source)
            self._ledger.dead_letter(delivery, ruling, perf_counter() - started)
            self._consumers[DEAD_LETTERS].ack(local)
        except Exception as error:
            self._fail(DEAD_LETTERS, local, delivery, error)

    def _report(
        self,
        entry_id: str,
        rejection: Rejection,
        sender: str,
        source: Envelope | dict[str, Any] | None,
    ) -> None:
        publication = report(
            rejection,
            sender,
            source,
            self._context,
            now=self._now(),
            unique=self._services.unique(),
        )
        accepted = self._publish(publication, ReportToken(entry_id))
        self._ledger.reported(entry_id, publication.routing_key, accepted=accepted)

    def _publish(self, publication: Publication, token: str | ReportToken) -> bool:
        return self._vhost.publish(
            DISTRIBUTION,
            publication.routing_key,
            publication.body,
            publication.header,
            mandatory=publication.mandatory,
            token=token,
        )

    def _fail(self, queue: str, local: LocalDelivery, delivery: Delivery, error: Exception) -> None:
        self.last_fault = f"{type(error).__name__}: {error}"
        self.faulted_at = self._now()
        self._consumers[queue].reject(local, requeue=False)
        self._ledger.failed(delivery, error, queue=queue)
