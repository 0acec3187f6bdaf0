"""The dispatcher of one vHost: it takes deliveries, has them judged, and carries it out.

Rules:
1. A delivery is acknowledged only after its publications were accepted; refused, only after the
   error report was. Until then others go on beside it.
2. Messages are published in the order of the queue `dispatch`. While one is being converted, or
   what it became is not published yet to the last message, those behind it wait, as in the real
   dispatcher, which does one after the other.
3. A fault of ours drops the message that met it, as the real dispatcher does: it never blocks the
   queue, and stays in the journal with its trace.
4. A publication that the broker does not take puts its message back in the queue.
5. When the outlet is lost, what is not settled comes again and is published again, under the same
   journal id. It is never taken for one that was done: a sender may send the same twice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from hubemu.clock import Clock
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import NO_CONVERTER, ConversionFailed, Converter
from hubemu.dispatcher.decision import ConversionNeeded, Ruling
from hubemu.dispatcher.delivery import Delivery
from hubemu.dispatcher.dispatch_log import DispatchLog
from hubemu.dispatcher.interposing import INTERPOSED, MessageInterposer
from hubemu.dispatcher.judge import Judge
from hubemu.dispatcher.on_its_way import OnItsWay, TreatedDeadLetter, TreatedMessage
from hubemu.dispatcher.outlet import Outlet, Taken, WrapOutlet
from hubemu.dispatcher.turns import Working
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH

__all__ = ["Services", "VHostDispatcher"]


@dataclass(frozen=True, slots=True)
class Services:
    """What every vHost's dispatcher needs besides its vHost.

    Args:
        clock: the Hub's time.
        converter: makes CISU conversions, if there is one.
        judge: takes the decisions.
        new_id: gives an id to a message that came without.
        unique: gives a UUID for each error report of a vHost.
        supervision: keeps alive what must not end.
        wrap_outlet: stands between each dispatcher and its broker, if anything does.
        interposer: stands between each verdict and its being carried out, if anybody does.
    """

    clock: Clock
    converter: Converter | None
    judge: Judge
    new_id: Callable[[], str]
    unique: Callable[[str], str]
    supervision: Supervision
    wrap_outlet: WrapOutlet | None = None
    interposer: MessageInterposer | None = None


class VHostDispatcher:
    """The dispatcher on one vHost.

    Args:
        context: what the checks need to know of it.
        ledger: is told of everything done.
        services: the rest.
        wake: is called, with this, when there is work.
    """

    def __init__(
        self,
        context: VHostContext,
        ledger: DispatchLog,
        services: Services,
        wake: Callable[[Working], None],
    ) -> None:
        self.context = context
        self.ledger = ledger
        self.services = services
        self.now = services.clock.now
        self._wake = wake
        self._outlet: Outlet | None = None
        self._messages: deque[Taken] = deque()
        self._dead_letters: deque[Taken] = deque()
        self._unsettled: set[OnItsWay] = set()
        self._held: dict[TreatedMessage, None] = {}
        self._going_on: deque[TreatedMessage] = deque()
        self._conversion: asyncio.Task[None] | None = None
        self._converting: TreatedMessage | None = None
        self._in_parts: OnItsWay | None = None
        self.last_fault: str | None = None
        self.faulted_at = 0.0

    @property
    def name(self) -> str:
        """The vHost."""
        return self.context.name

    @property
    def consuming(self) -> bool:
        """Whether it takes deliveries."""
        return self._outlet is not None

    @property
    def in_flight(self) -> int:
        """Deliveries taken and not settled yet."""
        converting = 0 if self._conversion is None else 1
        waiting = len(self._messages) + len(self._dead_letters)
        held = len(self._held) + len(self._going_on)
        return waiting + len(self._unsettled) + converting + held

    def follow(self, context: VHostContext) -> None:
        """The vHost, or its clients, are as `context` says from the next message on."""
        self.context = context
        self.ledger.follow(context)

    def attach(self, outlet: Outlet) -> None:
        """Work through an outlet from now on; it begins to call `take`."""
        wrap = self.services.wrap_outlet
        self._outlet = outlet if wrap is None else wrap(self.name, outlet)

    async def detach(self) -> None:
        """The outlet is gone: what is not settled, a conversion included, will come again."""
        outlet, self._outlet = self._outlet, None
        self._messages.clear()
        self._dead_letters.clear()
        unsettled, self._unsettled = self._unsettled, set()
        self._in_parts = None
        held = [*self._going_on, *self._held]
        self._going_on.clear()
        self._held.clear()
        conversion, self._conversion = self._conversion, None
        if conversion is not None:
            conversion.cancel()
            await asyncio.wait((conversion,))
        converting, self._converting = self._converting, None
        if outlet is not None:
            for one in unsettled:
                outlet.comes_again(one.delivery, in_doubt=True)
            if converting is not None:
                outlet.comes_again(converting.delivery, in_doubt=False)
            for message in held:
                outlet.comes_again(message.delivery, in_doubt=False)

    def take(self, queue: str, taken: Taken) -> None:
        """The outlet hands a delivery over."""
        (self._messages if queue == DISPATCH else self._dead_letters).append(taken)
        self._wake(self)

    def work(self) -> bool:
        """Treat one delivery, if there is one and it can be treated now; whether another can."""
        outlet = self._outlet
        if outlet is None:
            return False
        if self._dead_letters:
            self._treat_dead_letter(outlet, self._dead_letters.popleft())
        elif self._conversion is None and self._in_parts is None:
            if self._going_on:
                self._judge(self._going_on.popleft())
            elif self._messages:
                self._treat(outlet, self._messages.popleft())
        if self._dead_letters:
            return True
        in_turn = self._conversion is None and self._in_parts is None
        return in_turn and bool(self._messages or self._going_on)

    # What those on their way tell.

    def waits(self, one: OnItsWay, *, more: bool = False) -> None:
        """It waits for the broker; others go on, unless there is `more` to publish of it."""
        self._unsettled.add(one)
        if more:
            self._in_parts = one
        elif self._in_parts is one:
            self._done_in_parts()

    def goes_on(self, message: TreatedMessage) -> bool:
        """It is held no more: it is judged again, before those that come after it."""
        if message not in self._held:
            return False
        del self._held[message]
        self._going_on.append(message)
        message.outlet.hold(DISPATCH, len(self._held))
        self._wake(self)
        return True

    def settled(self, one: OnItsWay) -> None:
        """It is done with."""
        self._unsettled.discard(one)
        if self._in_parts is one:
            self._done_in_parts()

    def failed(self, queue: str, one: OnItsWay, error: Exception) -> None:
        """A fault of ours met it."""
        self.last_fault = f"{type(error).__name__}: {error}"
        self.faulted_at = self.now()
        self.settled(one)
        one.outlet.drop(queue, one.taken)
        self.ledger.failed(one.delivery, error, queue=queue)

    def _done_in_parts(self) -> None:
        self._in_parts = None
        self._wake(self)

    # Own affairs.

    def _read(self, outlet: Outlet, queue: str, taken: Taken) -> Delivery:
        try:
            delivery: Delivery = outlet.read(queue, taken)
        except Exception:
            outlet.drop(queue, taken)
            raise
        return delivery

    def _treat(self, outlet: Outlet, taken: Taken) -> None:
        started = perf_counter()
        delivery = self._read(outlet, DISPATCH, taken)
        self._judge(TreatedMessage(self, outlet, taken, delivery, started))

    def _judge(self, message: TreatedMessage) -> None:
        services = self.services
        try:
            decided = services.judge.decide(message.delivery, self.context, self.now)
            verdict: Ruling | ConversionNeeded | None = decided
            if services.interposer is not None:
                verdict = services.interposer.judged(message, decided, self.context)
            if verdict is None:
                self._hold(message, decided)
            elif isinstance(verdict, Ruling):
                message.carry_out(verdict)
            elif services.converter is None:
                message.carry_out(self._resume(verdict, ConversionFailed(NO_CONVERTER)))
            else:
                self._converting = message
                convert = partial(self._convert, message, verdict, services.converter)
                self._conversion = services.supervision.once(f"conversion on {self.name}", convert)
        except Exception as error:
            self.failed(DISPATCH, message, error)

    def _hold(self, message: TreatedMessage, decided: Ruling | ConversionNeeded) -> None:
        """Keep it back: others go on. Of its trace only what was done to it is true already."""
        self._held[message] = None
        message.outlet.hold(DISPATCH, len(self._held))
        told = [step for step in decided.trace if step[0] == INTERPOSED]
        self.ledger.held(message.delivery, decided.subject, told)

    async def _convert(
        self, message: TreatedMessage, needed: ConversionNeeded, converter: Converter
    ) -> None:
        answer: tuple[bytes, ...] | ConversionFailed
        try:
            try:
                answer = await converter.convert(needed.request.edxl, self.name)
            except ConversionFailed as failure:
                answer = failure
            message.carry_out(self._resume(needed, answer))
        except Exception as error:
            self.failed(DISPATCH, message, error)
        self._conversion = self._converting = None
        self._wake(self)

    def _resume(
        self, needed: ConversionNeeded, answer: tuple[bytes, ...] | ConversionFailed
    ) -> Ruling:
        return self.services.judge.resume(needed, answer, self.context, self.now)

    def _treat_dead_letter(self, outlet: Outlet, taken: Taken) -> None:
        started = perf_counter()
        delivery = self._read(outlet, DEAD_LETTERS, taken)
        letter = TreatedDeadLetter(self, outlet, taken, delivery, started)
        try:
            letter.carry_out(self.services.judge.decide_dead_letter(delivery, self.context))
        except Exception as error:
            self.failed(DEAD_LETTERS, letter, error)
