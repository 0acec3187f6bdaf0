"""Large changes are done in parts: what clients see at once, what a turn does, in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hubemu.broker.core import backlog as backlogs
from hubemu.broker.core import departures, left_behind, queue_messages, returns
from hubemu.broker.core.queue_types import classic
from hubemu.topology import Policy
from tests.support.core_broker import VHOST, Bench, Client, RecordingObserver

PART, BURIAL, COUNT = 10, 5, 95
TTL: dict[str, Any] = {"x-message-ttl": 10_000}
DEAD: dict[str, Any] = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
KINDS = pytest.mark.parametrize("kind", ["classic", "quorum"])


class Turns:
    """A broker whose backlog has turns when a test gives them, of ten messages each."""

    def __init__(self, kind: str = "classic", **arguments: Any) -> None:
        self.observer = RecordingObserver()
        self.bench = Bench(observer=self.observer)
        self.asked = 0
        self.backlog = self.bench.broker.backlog
        self.backlog.drive(self._ask)
        self.client = self.bench.client()
        self.client.channel.queue_declare("dead", durable=True)
        self.arguments = {"x-queue-type": kind, **arguments}
        self.client.channel.queue_declare("q", durable=True, arguments=self.arguments)

    def _ask(self) -> None:
        self.asked += 1

    def next(self) -> None:
        """One turn."""
        assert self.asked == 1, "turns are asked for one by one"
        self.asked = 0
        self.backlog.turn()

    def all(self) -> int:
        """Turns until none is asked for; how many."""
        turns = 0
        while self.asked:
            self.next()
            turns += 1
        return turns

    def fill(self, count: int = COUNT, first: int = 0) -> None:
        """Publish the messages `first` to `first + count - 1`."""
        vhost = self.bench.broker.vhosts[VHOST]
        for number in range(first, first + count):
            vhost.publish("", "q", b"%d" % number, b"\x00\x00", token=number)

    @property
    def ended(self) -> list[object]:
        """What the observer knows to be dropped, in order."""
        return [token for what, _, token, _ in self.observer.seen if what == "dropped"]

    @property
    def ready(self) -> int:
        return self.bench.depth("q")[0]

    @property
    def held(self) -> int:
        return self.bench.broker.memory_use.messages


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (backlogs, queue_messages, returns, left_behind, classic):
        monkeypatch.setattr(module, "PART", PART)
    for module in (backlogs, departures):
        monkeypatch.setattr(module, "BURIAL", BURIAL)


def numbers(first: int, count: int) -> list[bytes]:
    return [b"%d" % number for number in range(first, first + count)]


@KINDS
def test_a_purged_queue_is_empty_at_once_and_its_messages_end_in_parts(kind: str) -> None:
    turns = Turns(kind)
    turns.fill()
    assert turns.client.channel.queue_purge("q") == COUNT
    assert turns.ready == 0
    assert turns.client.get("q") is None
    assert turns.ended == list(range(PART))
    turns.fill(3, first=COUNT)
    turns.next()
    assert turns.ended == list(range(2 * PART))
    assert (turns.ready, turns.held) == (3, COUNT - 2 * PART + 3)
    turns.all()
    assert turns.ended == list(range(COUNT))
    assert turns.client.drain("q") == numbers(COUNT, 3)
    assert turns.held == 0


@KINDS
def test_few_are_purged_at_once(kind: str) -> None:
    turns = Turns(kind)
    turns.fill(PART)
    turns.client.channel.queue_purge("q")
    assert turns.ended == list(range(PART))
    assert turns.all() == 1


@KINDS
def test_a_deleted_queue_is_gone_at_once_and_one_of_its_name_has_nothing_of_it(kind: str) -> None:
    turns = Turns(kind)
    turns.fill()
    assert turns.client.channel.queue_delete("q") == COUNT
    turns.client.channel.queue_declare("q", durable=True, arguments=turns.arguments)
    turns.fill(2, first=COUNT)
    turns.all()
    assert turns.ended == list(range(COUNT))
    assert turns.client.drain("q") == numbers(COUNT, 2)
    assert turns.held == 0


@KINDS
def test_what_expired_together_is_gone_at_once_and_buried_in_order(kind: str) -> None:
    turns = Turns(kind, **TTL, **DEAD)
    turns.fill()
    turns.bench.advance(10)
    assert turns.ready == 0
    assert turns.client.get("q") is None
    assert turns.bench.depth("dead")[0] == PART // BURIAL
    turns.next()
    assert turns.bench.depth("dead")[0] == 2 * PART // BURIAL
    turns.all()
    assert turns.client.drain("dead") == numbers(0, COUNT)


@KINDS
def test_what_expired_before_others_goes_in_parts_unless_somebody_asks(kind: str) -> None:
    turns = Turns(kind, **TTL, **DEAD)
    turns.fill()
    turns.bench.advance(5)
    turns.fill(7, first=COUNT)
    turns.bench.advance(5)
    assert turns.ready == COUNT + 7 - PART
    turns.next()  # of the dead
    turns.next()
    assert turns.ready == COUNT + 7 - 2 * PART
    assert turns.client.get("q") == b"%d" % COUNT
    assert turns.ready == 6
    turns.all()
    assert turns.client.drain("dead") == numbers(0, COUNT)
    turns.bench.advance(5)
    turns.all()
    assert turns.ready == 0
    assert turns.client.drain("dead") == numbers(COUNT + 1, 6)


@KINDS
def test_nobody_is_told_late_of_what_expires_after_many(kind: str) -> None:
    """The queue looks at its deadlines again once it is through."""
    turns = Turns(kind, **TTL)
    turns.fill()
    turns.bench.advance(5)
    turns.fill(1, first=COUNT)
    turns.bench.advance(5)
    turns.all()
    assert turns.ready == 1
    assert turns.bench.broker.next_deadline() == turns.bench.clock.now() + 5


def test_a_death_waits_for_those_before_it() -> None:
    turns = Turns(**TTL, **DEAD)
    turns.fill(1, first=1000)
    held = turns.client.channel.get("q")
    assert held is not None
    turns.fill()
    turns.bench.advance(10)
    turns.client.channel.reject(held.delivery_tag, requeue=False)
    turns.all()
    assert turns.client.drain("dead") == [*numbers(0, COUNT), b"1000"]


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_a_lower_limit_is_reached_in_parts(kind: str) -> None:
    turns = Turns(kind, **DEAD)
    turns.fill()
    vhost = turns.bench.broker.vhosts[VHOST]
    vhost.set_policies([Policy("short", "^q$", {"max-length": 5})])
    assert turns.ready == COUNT - PART
    turns.fill(1, first=COUNT)
    turns.next()
    turns.all()
    assert turns.client.drain("q") == numbers(COUNT - 4, 5)
    dropped = numbers(0, COUNT - 4)
    assert turns.client.drain("dead") == (dropped if kind == "classic" else dropped[::-1])


class Ending:
    """A client that holds all messages of a queue that `Turns` filled, and goes."""

    def __init__(self, turns: Turns, take: Callable[[Client], None]) -> None:
        turns.fill()
        self.client = turns.bench.client()
        take(self.client)
        assert turns.bench.depth("q")[:2] == (0, COUNT)

    def end(self) -> None:
        self.client.channel.close()


def _consume(client: Client) -> None:
    client.consume("q", "b")


def _get(client: Client) -> None:
    while client.channel.get("q") is not None:
        pass


def _consume_as_two(client: Client) -> None:
    client.channel.consume("q", "b")
    client.channel.consume("q", "a")
    client.channel.resume()


TAKES = pytest.mark.parametrize("take", [_consume, _get, _consume_as_two])


@KINDS
@TAKES
def test_who_consumes_gets_what_a_channel_leaves_once_all_is_back(
    kind: str, take: Callable[[Client], None]
) -> None:
    in_parts, at_once = Turns(kind), Turns(kind)
    at_once.backlog.drive(None)
    received = []
    for turns in (in_parts, at_once):
        ending = Ending(turns, take)
        other = turns.bench.client()
        other.consume("q", "other")
        ending.end()
        turns.fill(2, first=COUNT)
        if turns is in_parts:
            turns.next()
            turns.next()
            assert other.received == []
            turns.all()
        received.append(other.received)
    assert received[0] == received[1]
    assert sorted(received[0]) == sorted(numbers(0, COUNT + 2))


@KINDS
@TAKES
def test_who_asks_finds_all_that_a_channel_left(kind: str, take: Callable[[Client], None]) -> None:
    in_parts, at_once = Turns(kind), Turns(kind)
    at_once.backlog.drive(None)
    for turns in (in_parts, at_once):
        Ending(turns, take).end()
    in_parts.next()
    assert in_parts.client.channel.queue_declare("q", passive=True).message_count == COUNT
    assert in_parts.client.drain("q") == at_once.client.drain("q")
    in_parts.all()
    assert in_parts.held == at_once.held == 0


def test_purging_while_messages_come_back_purges_them_too() -> None:
    turns = Turns()
    Ending(turns, _get).end()
    turns.next()
    assert turns.client.channel.queue_purge("q") == COUNT
    turns.all()
    assert turns.bench.depth("q") == (0, 0, 0)
    assert turns.held == 0


def test_a_queue_that_goes_while_messages_come_back_takes_them_along() -> None:
    turns = Turns()
    Ending(turns, _get).end()
    turns.next()
    vhost = turns.bench.broker.vhosts[VHOST]
    vhost.remove_queue(vhost.queues["q"])
    turns.all()
    assert sorted(turns.ended) == list(range(COUNT))  # type: ignore[type-var]  # they are numbers
    assert turns.held == 0


def test_without_turns_all_is_done_at_once() -> None:
    turns = Turns(**TTL)
    turns.fill()
    turns.client.channel.queue_purge("q")
    turns.backlog.drive(None)
    assert turns.ended == list(range(COUNT))
    turns.fill()
    turns.client.channel.queue_purge("q")
    assert len(turns.ended) == 2 * COUNT
