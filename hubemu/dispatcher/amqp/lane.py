"""One vHost's share of the dispatcher over AMQP: the same judgement, confirms awaited in between.

Rules (those of `hubemu.dispatcher.lane`, and what the network adds):
1. A delivery is acknowledged only after its publications were confirmed; refused, only after the
   error report was. Up to `PREFETCH` deliveries wait for their confirms side by side.
2. Messages are published in the order of the queue `dispatch`. While one is being converted those
   behind it wait.
3. After a broken link the broker delivers again what it has no acknowledgement of. What was
   confirmed and acknowledged before is not published a second time.
4. A publication that the broker does not take (basic.nack) puts its message back in the queue.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from hubemu.dispatcher.amqp.address import LinkError
from hubemu.dispatcher.amqp.link import Incoming, Link
from hubemu.dispatcher.amqp.memory import Memory
from hubemu.dispatcher.amqp.outbox import Outbox
from hubemu.dispatcher.amqp.publications import Settlement
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import ConversionFailed, Converter
from hubemu.dispatcher.dead_letters import DeadLetterRuling, decide_dead_letter
from hubemu.dispatcher.decision import ConversionNeeded, Ruling, decide, resume, undeliverable
from hubemu.dispatcher.delivery import ORIGINAL_KEY, Delivery, Rejection
from hubemu.dispatcher.lane import NO_CONVERTER, Services
from hubemu.dispatcher.ledger import Ledger
from hubemu.dispatcher.source import NOTHING_SEEN, glimpse, source_tree
from hubemu.journal import Entry
from hubemu.topology import DEAD_LETTERS, DISPATCH

__all__ = ["AmqpLane"]

PREFETCH = 1_000
"""Deliveries held per queue. RabbitMQ confirms what it must write to disk only after up to a fifth
of a second: fewer would leave the dispatcher waiting."""
TURN_SECONDS = 0.005
"""A turn of work ends after so long, so that sockets and timers get their share."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A delivery, when it was begun (perf_counter), and where its answers go."""

    outbox: Outbox
    incoming: Incoming
    delivery: Delivery
    started: float


@dataclass(slots=True)
class _Job:
    """A message of `dispatch` that was judged, its publications not all confirmed."""

    work: _Work
    ruling: Ruling
    entry: Entry
    position: int = 0

    @property
    def outbox(self) -> Outbox:
        return self.work.outbox

    @property
    def incoming(self) -> Incoming:
        return self.work.incoming

    @property
    def delivery(self) -> Delivery:
        return self.work.delivery

    @property
    def seconds(self) -> float:
        """How long it took until now."""
        return perf_counter() - self.work.started


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
        self._follow = follow
        self._queues = queues
        self._now = services.clock.now
        self._outbox: Outbox | None = None
        self._inbox: deque[tuple[str, Incoming]] = deque()
        self._jobs: dict[int, _Job] = {}
        self._conversion: asyncio.Task[None] | None = None
        self._turn: asyncio.Handle | None = None
        self.memory = Memory(PREFETCH)
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
            self.memory.expect(job.delivery.routing_key, job.delivery.body, job.entry.id)
        self._jobs.clear()
        conversion, self._conversion = self._conversion, None
        if conversion is not None:
            conversion.cancel()
            await asyncio.wait((conversion,))

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
            if incoming.redelivered and self._done_before(queue, incoming):
                self._outbox.ack(incoming)
            elif queue == DISPATCH:
                self._treat(self._outbox, incoming)
            else:
                self._treat_dead_letter(self._outbox, incoming)
        self._wake()

    def _done_before(self, queue: str, incoming: Incoming) -> bool:
        return self.memory.was_settled(queue, incoming.routing_key, incoming.body)

    # Messages of `dispatch`.

    def _treat(self, outbox: Outbox, incoming: Incoming) -> None:
        started = perf_counter()
        known = self.memory.expected(incoming.routing_key, incoming.body)
        work = _Work(outbox, incoming, self._delivery(incoming, known), started)
        try:
            verdict = decide(work.delivery, self._context, self._now)
            if isinstance(verdict, Ruling):
                self._carry_out(work, verdict)
            elif (converter := self._services.converter) is None:
                self._carry_out(work, self._resume(verdict, ConversionFailed(NO_CONVERTER)))
            else:
                conversion = self._convert(work, verdict, converter)
                self._conversion = asyncio.get_running_loop().create_task(conversion)
        except Exception as error:
            self._fail(work, DISPATCH, error)

    async def _convert(self, work: _Work, needed: ConversionNeeded, converter: Converter) -> None:
        answer: tuple[bytes, ...] | ConversionFailed
        try:
            try:
                answer = await converter.convert(needed.request.edxl)
            except ConversionFailed as failure:
                answer = failure
            self._carry_out(work, self._resume(needed, answer))
        except Exception as error:
            self._fail(work, DISPATCH, error)
        self._conversion = None
        self._wake()

    def _resume(
        self, needed: ConversionNeeded, answer: tuple[bytes, ...] | ConversionFailed
    ) -> Ruling:
        return resume(needed, answer, self._context, self._now)

    def _carry_out(self, work: _Work, ruling: Ruling) -> None:
        job = _Job(work, ruling, self._ledger.open(work.delivery, ruling))
        self._jobs[work.incoming.tag] = job
        if ruling.rejection is not None:
            self._tell_sender(job, ruling.rejection)
        else:
            self._forward(job)

    def _forward(self, job: _Job) -> None:
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

    def _forwarded(self, job: _Job, settlement: Settlement) -> None:
        publication = job.ruling.publications[job.position]
        if settlement is Settlement.ACCEPTED:
            self.memory.forwarded(job.delivery.routing_key, publication.body, job.entry.id)
            job.position += 1
            self._forward(job)
        elif settlement is Settlement.REFUSED:
            self._try_again(job)
        else:
            job.ruling = undeliverable(job.ruling, publication, self._now)
            self._ledger.undeliverable(job.entry, job.ruling, job.position)
            if job.ruling.rejection is not None:
                self._tell_sender(job, job.ruling.rejection)

    def _tell_sender(self, job: _Job, rejection: Rejection) -> None:
        """Write the refusal down and report it; the message is settled when the broker has that."""
        subject, delivery = job.ruling.subject, job.delivery
        source, written = subject.envelope, subject.format
        tree = source_tree(delivery.body, written) if source is None else None
        seen = glimpse(tree, written, self._context.release) if tree else NOTHING_SEEN
        self._ledger.rejected(job.entry, rejection, seen, job.seconds)
        told = partial(self._sender_told, job)
        job.outbox.report(rejection, delivery.routing_key, source or tree, told)

    def _sender_told(self, job: _Job, queue: str, settlement: Settlement) -> None:
        if settlement is Settlement.REFUSED:
            self._try_again(job)
            return
        accepted = settlement is Settlement.ACCEPTED
        self._ledger.reported(job.entry.id, queue, accepted=accepted)
        self._settle(job)
        job.outbox.drop(job.incoming)

    def _settle(self, job: _Job) -> None:
        incoming = job.incoming
        self._jobs.pop(incoming.tag, None)
        self.memory.settled(DISPATCH, incoming.routing_key, incoming.body)

    def _try_again(self, job: _Job) -> None:
        """The broker did not take a publication, such as a full queue that refuses."""
        incoming = job.incoming
        self._jobs.pop(incoming.tag, None)
        self.memory.expect(incoming.routing_key, incoming.body, job.entry.id)
        job.outbox.put_back(incoming)

    # Messages of `dispatch.dlq`.

    def _treat_dead_letter(self, outbox: Outbox, incoming: Incoming) -> None:
        started = perf_counter()
        headers = incoming.properties.headers or {}
        known = self.memory.of_dead_letter(str(headers.get(ORIGINAL_KEY)), incoming.body)
        work = _Work(outbox, incoming, self._delivery(incoming, known), started)
        try:
            ruling = decide_dead_letter(work.delivery, self._context)
            if known is not None:
                reason = str(headers.get("x-first-death-reason"))
                self._follow(known, str(headers.get("x-first-death-queue")), reason)
            if ruling.rejection is None:
                self._dead_letter_done(work, ruling)
            else:
                told = partial(self._told_of_dead_letter, work, ruling)
                outbox.report(ruling.rejection, ruling.sender, ruling.source, told)
        except Exception as error:
            self._fail(work, DEAD_LETTERS, error)

    def _told_of_dead_letter(
        self, work: _Work, ruling: DeadLetterRuling, queue: str, settlement: Settlement
    ) -> None:
        if settlement is Settlement.REFUSED:
            work.outbox.put_back(work.incoming)
            return
        accepted = settlement is Settlement.ACCEPTED
        self._ledger.reported(work.delivery.id, queue, accepted=accepted)
        self._dead_letter_done(work, ruling)

    def _dead_letter_done(self, work: _Work, ruling: DeadLetterRuling) -> None:
        incoming = work.incoming
        self._ledger.dead_letter(work.delivery, ruling, perf_counter() - work.started)
        self.memory.settled(DEAD_LETTERS, incoming.routing_key, incoming.body)
        work.outbox.ack(incoming)

    # What both need.

    def _delivery(self, incoming: Incoming, known: str | None) -> Delivery:
        return Delivery(
            known or self._services.new_id(),
            self._context.name,
            incoming.routing_key,
            incoming.body,
            incoming.properties,
            incoming.redelivered,
            self._now(),
        )

    def _fail(self, work: _Work, queue: str, error: Exception) -> None:
        incoming = work.incoming
        self.last_fault = f"{type(error).__name__}: {error}"
        self.faulted_at = self._now()
        self._jobs.pop(incoming.tag, None)
        self.memory.settled(queue, incoming.routing_key, incoming.body)
        work.outbox.drop(incoming)
        self._ledger.failed(work.delivery, error, queue=queue)
