"""The stream of events: numbers, filters, bounds, waiting."""

from __future__ import annotations

import asyncio

from hubemu.broker.protocol.auth import Peer
from hubemu.broker.protocol.refused import Refused
from hubemu.clock import Clock
from hubemu.events import ConnectionLog, Directory, Event, EventLog, Wanted
from hubemu.journal import Entry

A, C, V = "fr.health.samuA", "fr.health.samuC", "15-15_v2.0"
DIRECTORY = Directory(users={"cn-a": A}, ids={A: (A,)}, vhosts=(V,))


def entry(**known: object) -> Entry:
    facts: dict[str, object] = {
        "id": "m1",
        "at": 0.0,
        "vhost": V,
        "sender": A,
        "recipient": C,
        "type": "RS-EDA",
        "body": b"",
        "header": b"",
        "outcome": "routed",
    }
    return Entry(**(facts | known))  # type: ignore[arg-type]  # by name


def log(**options: object) -> EventLog:
    return EventLog(Clock(lambda: 1_700_000_000.0), **options)  # type: ignore[arg-type]  # by name


def refused(code: int = 403, text: str = "ACCESS_REFUSED - x", **known: object) -> Refused:
    facts: dict[str, object] = {
        "scope": "channel",
        "peer": Peer(address="127.0.0.1:1"),
        "user": "cn-a",
        "vhost": V,
        "channel": 1,
        "method": "basic.publish",
        "code": code,
        "text": text,
    }
    return Refused(**(facts | known))  # type: ignore[arg-type]  # by name


def kinds(events: tuple[Event, ...]) -> list[str]:
    return [event.kind for event in events]


def test_the_oldest_events_give_way_and_numbers_go_on() -> None:
    events = log(max_events=2)
    for seconds in range(3):
        events.tell("clock", {"advanced": seconds, "now": ""})
    page = events.latest(Wanted(), limit=10)
    assert [event.number for event in page.events] == [2, 3]
    assert page.last == 3


def test_a_message_is_named_as_in_the_journal() -> None:
    events = log()
    events.message(entry(outcome="rejected", error=(200, "SENDER"), cause="because"), "rejected")
    told = events.latest(Wanted(), limit=1).events[0].to_json()
    assert told == {
        "number": 1,
        "at": "2023-11-14T22:13:20.000Z",
        "kind": "rejected",
        "level": "refused",
        "id": "m1",
        "vhost": V,
        "sender": A,
        "recipient": C,
        "distributionID": None,
        "distributionKind": None,
        "type": "RS-EDA",
        "format": None,
        "queue": None,
        "errorCode": {"statusCode": 200, "statusString": "SENDER"},
        "errorCause": "because",
        "mend": "put the routing key that you publish with into senderID",
    }


def test_deliveries_are_events_only_where_they_are_wanted() -> None:
    quiet, verbose = log(), log(deliveries=True)
    for events in (quiet, verbose):
        events.message(entry(), "routed")
        events.message(entry(), "delivered")
    assert kinds(quiet.latest(Wanted(), limit=9).events) == ["routed"]
    assert kinds(verbose.latest(Wanted(), limit=9).events) == ["routed", "delivered"]


def test_filters_are_on_either_side_of_a_message() -> None:
    events = log()
    events.message(entry(), "routed")
    events.message(entry(sender=C, recipient="fr.health.samuB"), "rejected")
    events.tell("phase", {"phase": "dual", "before": "igc", "disconnected": 0})

    def found(**wanted: str) -> list[str]:
        # By name.
        return kinds(events.select(Wanted(**wanted), limit=9).events)  # type: ignore[arg-type]

    assert found(client=C) == ["routed", "rejected"]
    assert found(client=A) == ["routed"]
    assert found(level="refused") == ["rejected"]
    assert found(kind="phase") == ["phase"]
    assert found(vhost="other") == []


def test_a_page_goes_on_where_the_last_one_ended() -> None:
    events = log()
    for _ in range(5):
        events.message(entry(), "routed")
    first = events.select(Wanted(), limit=2)
    assert ([event.number for event in first.events], first.last) == ([1, 2], 2)
    rest = events.select(Wanted(), after=first.last, limit=9)
    assert ([event.number for event in rest.events], rest.last) == ([3, 4, 5], 5)


def test_waiting_ends_with_the_first_event_that_fits() -> None:
    async def scene() -> list[str]:
        events = log()
        waiting = asyncio.create_task(
            events.wait(Wanted(level="refused"), after=0, limit=9, timeout=60)
        )
        await asyncio.sleep(0)
        events.message(entry(), "routed")
        await asyncio.sleep(0)
        assert not waiting.done()
        events.message(entry(), "rejected")
        return kinds((await waiting).events)

    assert asyncio.run(scene()) == ["rejected"]


def test_a_refusal_is_kept_counted_and_told() -> None:
    events = log()
    connections = ConnectionLog(events, DIRECTORY, kept=2)
    for number in range(3):
        connections.refuse(refused(channel=number), at=0.0)
    kept = connections.refusals()
    assert [one["channel"] for one in kept] == [1, 2]
    assert (kept[0]["client"], kept[0]["user"], kept[0]["at"]) == (
        A,
        "cn-a",
        "1970-01-01T00:00:00.000Z",
    )
    assert connections.refused == {("channel", 403): 3}
    assert kinds(events.latest(Wanted(), limit=9).events) == ["refused"] * 3


def test_who_was_refused_at_login_is_known_by_the_certificate() -> None:
    connections = ConnectionLog(log(), DIRECTORY)
    peer = Peer(address="127.0.0.1:1", common_name="cn-a")
    connections.refuse(refused(scope="login", user="", peer=peer), at=0.0)
    assert connections.refusals()[0]["client"] == A


def test_what_the_hub_closes_is_no_refusal_and_its_end_is_not_told() -> None:
    events = log()
    connections = ConnectionLog(events, DIRECTORY)
    forced = "CONNECTION_FORCED - closed by an operator"
    connections.refuse(refused(320, forced, scope="connection"), at=0.0)
    ending = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"
    connections.refuse(refused(320, ending, scope="connection"), at=0.0)
    assert connections.refusals() == []
    assert kinds(events.latest(Wanted(), limit=9).events) == ["closed"]
