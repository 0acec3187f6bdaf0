"""One vHost's share of the dispatcher over AMQP: the same judgement, confirms awaited in between.

Rules (those of `hubemu.dispatcher.lane`, and what the network adds):
1. A delivery is acknowledged only after its publications were confirmed; refused, only after the
   error report was. Up to `PREFETCH` deliveries wait for their confirms side by side.
2. Messages are published in the order of the queue `dispatch`. While one is being converted those
   behind it wait.
3. After a broken link the broker delivers again what it has no acknowledgement of, and it is
   published again, marked (`hubemu.dispatcher.amqp.mark`), under the same journal id where this
   lane had it. It is never taken for one that was done: a sender may send the same twice.
4. A publication that the broker does not take (basic.nack) puts its message back in the queue.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from time import perf_counter

from hubemu.broker.wire.properties import headers
from hubemu.dispatcher.amqp.address import LinkError
from hubemu.dispatcher.amqp.dead_letters import DeadLetters
from hubemu.dispatcher.amqp.link import Incoming, Link
from hubemu.dispatcher.amqp.mark import with_marks
from hubemu.dispatcher.amqp.memory import Memory
from hubemu.dispatcher.amqp.outbox import Outbox
from hubemu.dispatcher.amqp.publications import Settlement
from hubemu.dispatcher.amqp.work import Job, Work
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import ConversionFailed, Converter
from hubemu.dispatcher.decision import (
    ConversionNeeded,
    Ruling,
    decide,
    quoted,
    resume,
    undeliverable,
)
from hubemu.dispatcher.delivery import ORIGINAL_KEY, Delivery, Rejection
from hubemu.dispatcher.lane import NO_CONVERTER, Services
from hubemu.dispatcher.ledger import Ledger
from hubemu.topology import DEAD_LETTERS, DISPATCH

__all__ = ["AmqpLane"]

PREFETCH = 1_000
"""Deliveries held per queue. RabbitMQ confirms what it must write to disk only after up to a fifth
of a second: fewer would leave the dispatcher waiting."""
TURN_SECONDS = 0.005
"""A turn of work ends after so long, so that sockets and timers get their share."""


class AmqpLane:
    """The dispatcher on one vHost.

    Args:
        context: what the checks need to know of it.
        ledger: is told of everything done.
        services: the rest.
        follow: is told of a dead letter: journal id, queue it died in, reason.
        queues: which of the dispatcher's queues it consumes.
    """

    def __init__(
        self,
        context: VHostContext,
        ledger: Ledger,
        services: Services,
        follow: Callable[[str, str, str], None],
        queues: tuple[str, ...],
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._services = services
        self._dead_letters = DeadLetters(context, ledger, follow)
        self._queues = queues
        self._now = services.clock.now
        self._outbox: Outbox | None = None
        self._inbox: deque[tuple[str, Incoming]] = deque()
        self._jobs: dict[int, Job] = {}
        self._conversion: asyncio.Task[None] | None = None
        self._converting: Work | None = None
        self._turn: asyncio.Handle | None = None
        self.memory = Memory()
        self.written: set[str] = set()
        """The queues published to, whether there are such queues or not."""
        self.last_fault: str | None = None
        self.faulted_at = 0.0

    @property
    def name(self) -> str:
        """The vHost."""
        return self._context.name

    @property
    def consuming(self) -> bool:
        """Whether it takes deliveries."""
        return self._outbox is not None

    @property
    def in_flight(self) -> int:
        """Deliveries taken and not settled yet."""
        return len(self._inbox) + len(self._jobs) + (self._conversion is not None)

    async def attach(self, link: Link) -> None:
        """Consume through a link.

        Raises:
            LinkError: the broker refuses.
        """
        self._outbox = Outbox(link, self._context, self._services, self.written)
        try:
            for queue in self._queues:
                await link.consume(queue, partial(self._take, queue), prefetch=PREFETCH)
        except LinkError:
            self._outbox = None
            raise

    async def detach(self) -> None:
        """The link is gone: what is not settled will come again, under the same journal id."""
        self._outbox = None
        self._inbox.clear()
        for job in self._jobs.values():
            self._expect_again(job.work, in_doubt=True)
        self._jobs.clear()
        conversion, self._conversion = self._conversion, None
        if conversion is not None:
            conversion.cancel()
            await asyncio.wait((conversion,))
        if self._converting is not None:
            self._expect_again(self._converting, in_doubt=False)
            self._converting = None

    def _expect_again(self, work: Work, *, in_doubt: bool) -> None:
        delivery = work.delivery
        self.memory.expect(delivery.routing_key, delivery.body, delivery.id, in_doubt=in_doubt)

    # Turns of work.

    def _take(self, queue: str, incoming: Incoming) -> None:
        self._inbox.append((queue, incoming))
        self._wake()

    def _wake(self) -> None:
        if self._turn is None and self._inbox and self._conversion is None:
            self._turn = asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        self._turn = None
        end = perf_counter() + TURN_SECONDS
        while self._inbox and self._outbox and self._conversion is None and perf_counter() < end:
            queue, incoming = self._inbox.popleft()
            if queue == DISPATCH:
                self._treat(self._outbox, incoming)
            else:
                self._treat_dead_letter(self._outbox, incoming)
        self._wake()

    # Messages of `dispatch`.

    def _treat(self, outbox: Outbox, incoming: Incoming) -> None:
        known = self.memory.expected(incoming.routing_key, incoming.body)
        entry_id, in_doubt = known or (None, False)
        work = self._work_on(outbox, incoming, entry_id, again=incoming.redelivered or in_doubt)
        try:
            verdict = decide(work.delivery, self._context, self._now)
            if isinstance(verdict, Ruling):
                self._carry_out(work, verdict)
            elif (converter := self._services.converter) is None:
                self._carry_out(work, self._resume(verdict, ConversionFailed(NO_CONVERTER)))
            else:
                self._converting = work
                conversion = self._convert(work, verdict, converter)
                self._conversion = asyncio.get_running_loop().create_task(conversion)
        except Exception as error:
            self._fail(work, DISPATCH, error)

    async def _convert(self, work: Work, needed: ConversionNeeded, converter: Converter) -> None:
        answer: tuple[bytes, ...] | ConversionFailed
        try:
            try:
                answer = await converter.convert(needed.request.edxl)
            except ConversionFailed as failure:
                answer = failure
            self._carry_out(work, self._resume(needed, answer))
        except Exception as error:
            self._fail(work, DISPATCH, error)
        self._conversion = self._converting = None
        self._wake()

    def _resume(
        self, needed: ConversionNeeded, answer: tuple[bytes, ...] | ConversionFailed
    ) -> Ruling:
        return resume(needed, answer, self._context, self._now)

    def _carry_out(self, work: Work, ruling: Ruling) -> None:
        if work.delivery.redelivered:
            ruling = with_marks(ruling)
        job = Job(work, ruling, self._ledger.open(work.delivery, ruling))
        self._jobs[work.incoming.tag] = job
        if ruling.rejection is not None:
            self._tell_sender(job, ruling.rejection)
        else:
            self._forward(job)

    def _forward(self, job: Job) -> None:
        """Publish what is next; when nothing is left, the message is done."""
        publications = job.ruling.publications
        if job.position < len(publications):
            job.outbox.publish(publications[job.position], partial(self._forwarded, job))
            return
        if job.ruling.outcome == "routed":
            self._ledger.routed(job.entry, job.seconds)
        else:
            self._ledger.dropped(job.entry, job.seconds)
        self._settle(job)
        job.outbox.ack(job.incoming)

    def _forwarded(self, job: Job, settlement: Settlement) -> None:
        publication = job.ruling.publications[job.position]
        if settlement is Settlement.ACCEPTED:
            self.memory.forwarded(job.delivery.routing_key, publication.body, job.entry.id)
            job.position += 1
            self._forward(job)
        elif settlement is Settlement.REFUSED:
            self._try_again(job)
        else:
            job.ruling = undeliverable(job.ruling, publication, self._context, self._now)
            self._ledger.undeliverable(job.entry, job.ruling, job.position)
            if job.ruling.rejection is not None:
                self._tell_sender(job, job.ruling.rejection)

    def _tell_sender(self, job: Job, rejection: Rejection) -> None:
        """Write the refusal down and report it; the message is settled when the broker has that."""
        delivery = job.delivery
        source, seen = quoted(job.ruling, self._context.release)
        self._ledger.rejected(job.entry, rejection, seen, job.seconds)
        told = partial(self._sender_told, job)
        again = delivery.redelivered
        job.outbox.report(rejection, delivery.routing_key, source, told, again=again)

    def _sender_told(self, job: Job, queue: str, settlement: Settlement) -> None:
        if settlement is Settlement.REFUSED:
            self._try_again(job)
            return
        accepted = settlement is Settlement.ACCEPTED
        self._ledger.reported(job.entry.id, queue, accepted=accepted)
        self._settle(job)
        job.outbox.drop(job.incoming)

    def _settle(self, job: Job) -> None:
        self._jobs.pop(job.incoming.tag, None)

    def _try_again(self, job: Job) -> None:
        """The broker did not take a publication, such as a full queue that refuses."""
        self._settle(job)
        self._expect_again(job.work, in_doubt=True)
        job.outbox.put_back(job.incoming)

    # Messages of `dispatch.dlq`.

    def _treat_dead_letter(self, outbox: Outbox, incoming: Incoming) -> None:
        sender = (headers(incoming.header) or {}).get(ORIGINAL_KEY)
        known = self.memory.of_dead_letter(str(sender), incoming.body)
        work = self._work_on(outbox, incoming, known, again=incoming.redelivered)
        try:
            self._dead_letters.treat(work, known)
        except Exception as error:
            self._fail(work, DEAD_LETTERS, error)

    # What both need.

    def _work_on(
        self, outbox: Outbox, incoming: Incoming, known: str | None, *, again: bool
    ) -> Work:
        """Work begun now; `again` says that it may have been done before."""
        delivery = Delivery(
            known or self._services.new_id(),
            self._context.name,
            incoming.routing_key,
            incoming.body,
            incoming.header,
            again,
            self._now(),
        )
        return Work(outbox, incoming, delivery, perf_counter())

    def _fail(self, work: Work, queue: str, error: Exception) -> None:
        self.last_fault = f"{type(error).__name__}: {error}"
        self.faulted_at = self._now()
        self._jobs.pop(work.incoming.tag, None)
        work.outbox.drop(work.incoming)
        self._ledger.failed(work.delivery, error, queue=queue)
