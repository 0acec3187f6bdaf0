"""What an outlet answers later, refuses or fails to take in: nothing is lost or told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

import msgspec
import pytest

from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.confirmation import Confirmation
from hubemu.dispatcher import HUB, Delivery, Judge, Metrics, VHostContext
from hubemu.dispatcher.decision import Ruling
from hubemu.dispatcher.delivery import ORIGINAL_KEY
from hubemu.dispatcher.driver import Dispatcher
from hubemu.dispatcher.vhost_dispatcher import VHostDispatcher
from hubemu.journal.journal import Journal
from hubemu.supervision import Supervision
from hubemu.topology import DEAD_LETTERS, DISPATCH
from tests.support.dispatching import A, C, a_message, context, delivery, now, persistent
from tests.support.embedded_dispatcher import played as played_in
from tests.support.messages import as_bytes

VHOST = "15-15_v2.0"
BAD = encode_properties(persistent(delivery_mode=1))


class Slow:
    """An outlet that answers when it is told to, and the feed that brings it."""

    running = True

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []
        self.waiting: list[Callable[[Confirmation], None]] = []
        self.vhost: VHostDispatcher | None = None
        self.unreadable = False

    def start(self, vhosts: Any) -> None:
        (self.vhost,) = vhosts.values()
        self.vhost.attach(self)

    async def stop(self) -> None:
        assert self.vhost is not None
        await self.vhost.detach()

    def health(self) -> dict[str, Any]:
        return {}

    def hold(self, *_: object) -> None:
        """Nothing is held here."""

    def read(self, queue: str, taken: Delivery) -> Delivery:
        if self.unreadable:
            raise ValueError("not of this world")
        return taken

    def publish(
        self, publication: Any, of: object, later: Callable[[Confirmation], None]
    ) -> Confirmation | None:
        self.log.append(("publish", publication.routing_key))
        self.waiting.append(later)
        return None

    def answer(self, confirmation: Confirmation) -> None:
        self.waiting.pop(0)(confirmation)

    def second_copy(self, publication: Any) -> Any:
        self.log.append(("second copy of", publication.routing_key))
        return publication

    def add(self, dispatcher: VHostDispatcher) -> None:
        self.vhost = dispatcher

    async def remove(self, vhost: str) -> None:
        self.vhost = None

    def ack(self, queue: str, taken: Delivery) -> None:
        self.log.append(("ack", queue))

    def drop(self, queue: str, taken: Delivery) -> None:
        self.log.append(("drop", queue))

    def put_back(self, queue: str, taken: Delivery, delivery: Delivery) -> None:
        self.log.append(("put_back", queue))

    def comes_again(self, delivery: Delivery, *, in_doubt: bool) -> None:
        """What is in flight at the end of a test."""


class Scene:
    """A dispatcher over it."""

    def __init__(self, judge: Judge = HUB) -> None:
        self.slow = Slow()
        clock = Clock(now)
        self.journal = Journal(clock)
        self.dispatcher = Dispatcher(
            {VHOST: context()},
            self.slow,
            journal=self.journal,
            metrics=Metrics(),
            clock=clock,
            supervision=Supervision(),
            judge=judge,
        )

    async def take(self, one: Delivery, queue: str = DISPATCH) -> Slow:
        assert self.slow.vhost is not None
        self.slow.vhost.take(queue, one)
        for _ in range(3):
            await asyncio.sleep(0)
        return self.slow


def played(play: Callable[[Scene], Any], judge: Judge = HUB) -> Scene:
    return played_in(Scene(judge), play)


def dead_letter() -> Delivery:
    """A message of samuA that samuC did not take, as it comes to `dispatch.dlq`."""
    headers = {
        ORIGINAL_KEY: A,
        "x-first-death-reason": "rejected",
        "x-first-death-queue": f"{C}.message",
    }
    return delivery(as_bytes(a_message()), f"{C}.message", persistent(headers=headers))


CASES = [
    (lambda: delivery(header=BAD), DISPATCH, "drop"),
    (dead_letter, DEAD_LETTERS, "ack"),
]
both = pytest.mark.parametrize(("made", "queue", "end"), CASES, ids=["message", "dead letter"])


@both
@pytest.mark.parametrize("answer", [Confirmation.ACCEPTED, Confirmation.RETURNED])
def test_a_report_that_is_told_later_settles_its_message_then(
    made: Callable[[], Delivery], queue: str, end: str, answer: Confirmation
) -> None:
    async def play(scene: Scene) -> None:
        slow = await scene.take(made(), queue)
        assert slow.log == [("publish", f"{A}.info")]
        slow.answer(answer)

    assert played(play).slow.log == [("publish", f"{A}.info"), (end, queue)]


@both
def test_a_report_that_the_broker_refuses_brings_its_message_back(
    made: Callable[[], Delivery], queue: str, end: str
) -> None:
    async def play(scene: Scene) -> None:
        (await scene.take(made(), queue)).answer(Confirmation.REFUSED)

    assert played(play).slow.log == [("publish", f"{A}.info"), ("put_back", queue)]


@both
def test_a_fault_of_ours_in_the_answer_drops_the_message_and_is_told(
    made: Callable[[], Delivery],
    queue: str,
    end: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def play(scene: Scene) -> None:
        slow = await scene.take(made(), queue)
        assert slow.vhost is not None
        monkeypatch.setattr(slow.vhost.ledger, "reported", None)
        slow.answer(Confirmation.ACCEPTED)

    assert played(play).slow.log[1:] == [("drop", queue)]
    assert "was dropped by a fault" in caplog.text


def test_a_redelivered_message_that_is_refused_reports_by_a_second_copy() -> None:
    async def play(scene: Scene) -> None:
        await scene.take(delivery(header=BAD, redelivered=True))

    log = played(play).slow.log
    assert log[:2] == [("second copy of", f"{A}.info"), ("publish", f"{A}.info")]


def test_a_forwarded_message_that_the_broker_refuses_comes_again() -> None:
    async def play(scene: Scene) -> None:
        (await scene.take(delivery())).answer(Confirmation.REFUSED)

    scene = played(play)
    assert scene.slow.log == [("publish", f"{C}.message"), ("put_back", DISPATCH)]


def twice(ours: Delivery, context: VHostContext, now: Any) -> Any:
    """The Hub's own ruling, but that a message for samuC becomes two."""
    ruling = HUB.decide(ours, context, now)
    assert isinstance(ruling, Ruling)
    return msgspec.structs.replace(ruling, publications=ruling.publications * 2)


@pytest.mark.parametrize(
    ("second", "follows"),
    [
        (Confirmation.ACCEPTED, [("ack", DISPATCH)]),
        (Confirmation.REFUSED, [("put_back", DISPATCH)]),
        (Confirmation.RETURNED, [("publish", f"{A}.info")]),
    ],
)
def test_what_one_message_became_is_published_before_the_next_message(
    second: Confirmation, follows: list[tuple[str, str]]
) -> None:
    async def play(scene: Scene) -> None:
        slow = await scene.take(delivery())
        await scene.take(delivery())
        assert len(slow.log) == 1
        slow.answer(Confirmation.ACCEPTED)
        await asyncio.sleep(0)
        assert slow.log[1:] == [("publish", f"{C}.message")] * 2
        (first_of_next,) = slow.waiting[1:]
        slow.answer(second)
        await asyncio.sleep(0)
        assert slow.log[3:] == follows
        first_of_next(Confirmation.ACCEPTED)
        assert slow.log[-1] == ("publish", f"{C}.message")

    played(play, replace(HUB, decide=twice))


def test_a_first_part_that_is_refused_lets_the_next_message_go_on() -> None:
    async def play(scene: Scene) -> None:
        slow = await scene.take(delivery())
        await scene.take(delivery())
        slow.answer(Confirmation.REFUSED)
        await asyncio.sleep(0)
        assert slow.log[1:] == [("put_back", DISPATCH), ("publish", f"{C}.message")]

    played(play, replace(HUB, decide=twice))


@pytest.mark.parametrize("queue", [DISPATCH, DEAD_LETTERS])
def test_what_cannot_be_read_at_all_is_dropped_and_others_go_on(queue: str) -> None:
    async def play(scene: Scene) -> None:
        scene.slow.unreadable = True
        await scene.take(delivery(), queue)
        scene.slow.unreadable = False
        await scene.take(delivery())

    assert played(play).slow.log == [("drop", queue), ("publish", f"{C}.message")]


def test_a_dead_letter_whose_ruling_fails_is_dropped_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> NoReturn:
        raise ZeroDivisionError

    async def play(scene: Scene) -> None:
        await scene.take(dead_letter(), DEAD_LETTERS)

    broken = replace(HUB, decide_dead_letter=fail)
    assert played(play, broken).slow.log == [("drop", DEAD_LETTERS)]
    assert "was dropped by a fault" in caplog.text
