"""The messages of `dispatch.dlq` on one vHost: their senders are told, once the broker has that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hubemu.broker.wire.properties import headers
from hubemu.dispatcher.amqp.publications import Settlement
from hubemu.dispatcher.amqp.work import Work
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.dead_letters import DeadLetterRuling, decide_dead_letter
from hubemu.dispatcher.ledger import Ledger

__all__ = ["DeadLetters"]


class DeadLetters:
    """What becomes of dead letters.

    Args:
        context: what the checks need to know of the vHost.
        ledger: is told of everything done.
        follow: is told of a dead letter: journal id, queue it died in, reason.
    """

    def __init__(
        self, context: VHostContext, ledger: Ledger, follow: Callable[[str, str, str], None]
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._follow = follow

    def treat(self, work: Work, known: str | None) -> None:
        """Treat one; `known` is the journal id of the message it was."""
        ruling = decide_dead_letter(work.delivery, self._context)
        if known is not None:
            death = headers(work.incoming.header) or {}
            reason = str(death.get("x-first-death-reason"))
            self._follow(known, str(death.get("x-first-death-queue")), reason)
        if ruling.rejection is None:
            self._done(work, ruling)
            return
        told = partial(self._told, work, ruling)
        again = work.delivery.redelivered
        work.outbox.report(ruling.rejection, ruling.sender, ruling.source, told, again=again)

    def _told(
        self, work: Work, ruling: DeadLetterRuling, queue: str, settlement: Settlement
    ) -> None:
        if settlement is Settlement.REFUSED:
            work.outbox.put_back(work.incoming)
            return
        accepted = settlement is Settlement.ACCEPTED
        self._ledger.reported(work.delivery.id, queue, accepted=accepted)
        self._done(work, ruling)

    def _done(self, work: Work, ruling: DeadLetterRuling) -> None:
        self._ledger.dead_letter(work.delivery, ruling, work.seconds)
        work.outbox.ack(work.incoming)
