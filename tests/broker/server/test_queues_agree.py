"""Queues do here what those of a RabbitMQ node do: the same conversations, the same results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hubemu.broker.wire.fields import Binary, Int8, Int64, Timestamp, UInt32
from tests.support.queue_limits import WAYS_BACK, Outcome, come_back
from tests.support.queue_talk import Dial, Refused, Talk

GONE = (
    "channel closed",
    "connection closed",
    "connection lost",
    "consumer's channel closed",
    "consumer's connection lost",
)
REFUSED = ("nack", "reject", "recover")
CANCELLED = "consumer cancelled, then nack"
LATER_FIRST = "reject, the later first"

RESULTS = {
    # type, overflow, delivery limit: left and dead after who held them went away, after they were
    # refused, refused in turned order, refused by a cancelled consumer.
    ("classic", "drop-head", None): ("CD/AB", "CD/AB", "CD/BA", "CD/AB"),
    ("classic", "reject-publish", None): ("A*B*CD/", "A*B*CD/", "A*B*CD/", "A*B*CD/"),
    ("classic", "reject-publish-dlx", None): ("A*B*CD/", "A*B*CD/", "A*B*CD/", "A*B*CD/"),
    ("quorum", "drop-head", None): ("CD/BA", "A*B*/CD", "B*A*/CD", "A*B*/CD"),
    ("quorum", "drop-head", 5): ("CD/BA", "CD/AB", "CD/BA", "CD/BA"),
    ("quorum", "drop-head", 0): ("CD/AB", "CD/AB", "CD/BA", "CD/AB"),
    ("quorum", "reject-publish", None): ("A*B*CD/", "CDA*B*/", "CDB*A*/", "CDA*B*/"),
    ("quorum", "reject-publish", 5): ("A*B*CD/", "A*B*CD/", "B*A*CD/", "A*B*CD/"),
    ("quorum", "reject-publish", 0): ("CD/AB", "CD/AB", "CD/BA", "CD/AB"),
    ("quorum", "reject-publish-dlx", None): ("CD/BA", "A*B*/CD", "B*A*/CD", "A*B*/CD"),
    ("quorum", "reject-publish-dlx", 5): ("CD/BA", "CD/AB", "CD/BA", "CD/BA"),
}


def result(case: tuple[str, str, int | None], way: str) -> Outcome:
    gone, refused, later_first, cancelled = RESULTS[case]
    short = {LATER_FIRST: later_first, CANCELLED: cancelled}.get(
        way, gone if way in GONE else refused
    )
    left, dead = (" ".join(part).replace(" *", "*") for part in short.split("/"))
    return Outcome("ack ack", left, dead)


def settings(case: tuple[str, str, int | None]) -> dict[str, Any]:
    kind, overflow, limit = case
    given = {"queue_type": kind, "overflow": overflow}
    return given if limit is None else {**given, "delivery_limit": limit}


def test_the_ways_back_are_all_in_the_table() -> None:
    assert set(WAYS_BACK) == {*GONE, *REFUSED, CANCELLED, LATER_FIRST}


@pytest.mark.parametrize("limit", ["max_length", "max_length_bytes"])
@pytest.mark.parametrize("case", RESULTS, ids=lambda case: "-".join(map(str, case)))
def test_what_comes_back_into_a_full_queue(embedded: Dial, case: Any, limit: str) -> None:
    given = settings(case) | {limit: 2}
    found = {way: come_back(embedded, way, result(case, way), **given) for way in WAYS_BACK}
    assert found == {way: result(case, way) for way in WAYS_BACK}


@pytest.mark.parametrize("case", RESULTS, ids=lambda case: "-".join(map(str, case)))
def test_what_comes_back_into_a_full_queue_of_a_node(real: Dial, case: Any) -> None:
    ways = ("channel closed", "nack", LATER_FIRST, CANCELLED)
    given = settings(case) | {"max_length": 2}
    found = {way: come_back(real, way, result(case, way), **given) for way in ways}
    assert found == {way: result(case, way) for way in ways}


# Deaths

DEATH = {"count": 1, "exchange": "", "queue": "q", "reason": "rejected", "routing-keys": ["q"]}


def entry(queue: object = "q", reason: object = "rejected", **more: Any) -> dict[str, Any]:
    return {"queue": queue, "reason": reason, **more}


LOST = "the message is lost"
FORGED: Mapping[str, tuple[Any, Any]] = {
    "a text": ("junk", [DEATH]),
    "nothing": (None, [DEATH]),
    "a table": ({"a": 1}, [DEATH]),
    "an empty array": ([], [DEATH]),
    "an array of texts": (["x"], LOST),
    "an array of numbers": ([1, 2], LOST),
    "a table and a text": ([entry("b", count=1), "x"], LOST),
    "a text as count": ([entry(count="3")], LOST),
    "octets as count": ([entry(count=Binary(b"3"))], LOST),
    "a flag as count": ([entry(count=True)], LOST),
    "a list as count": ([entry(count=[1])], LOST),
    "a table as count": ([entry(count={"a": 1})], LOST),
    "a text as count of another": ([entry("b", count="3")], [DEATH, entry("b", count="3")]),
    "the highest count": ([entry(count=Int64(2**63 - 1))], [entry(count=-(2**63))]),
    "the lowest count": ([entry(count=Int64(-(2**63)))], [entry(count=1 - 2**63)]),
    "a small type's highest count": ([entry(count=Int8(127))], [entry(count=128)]),
    "an unsigned type's highest count": ([entry(count=UInt32(2**32 - 1))], [entry(count=2**32)]),
    "a time as count": ([entry(count=Timestamp(2**64 - 1))], [entry(count=0)]),
    "no count": ([entry()], [entry(count=1)]),
    "octets as queue": ([entry(Binary(b"q"), count=1)], [entry(b"q", count=2)]),
    "a number as queue": ([entry(1, count=1)], [DEATH, entry(1, count=1)]),
    "empty entries": ([{}, {}], [DEATH, {"count": 2}]),
    "an entry twice": (
        [entry(count=2), entry("b", count=9), entry(count=5)],
        [entry(count=3), entry("b", count=9)],
    ),
    "entries twice, without count": (
        [entry("b", "x"), entry("b", "x", k=1), entry("b", "y")],
        [DEATH, entry("b", "y", count=1), entry("b", "x", count=2)],
    ),
    "three older ones": (
        [entry("1", count=1), entry("2", count=1), entry("3", count=1)],
        [DEATH, entry("3", count=1), entry("2", count=1), entry("1", count=1)],
    ),
    "its own in the middle": (
        [entry("1", count=1), entry(count=1), entry("3", count=1)],
        [entry(count=2), entry("3", count=1), entry("1", count=1)],
    ),
}


@pytest.mark.parametrize("kind", ["classic", "quorum"])
@pytest.mark.parametrize("case", FORGED)
def test_a_forged_death_is_counted_on(dial: Dial, case: str, kind: str) -> None:
    given, expected = FORGED[case]
    talk = Talk(dial)
    for queue in ("q", "dl"):
        talk.call("queue.delete", queue=queue)
    talk.declare("dl")
    talk.declare("q", dead_letter_exchange="", dead_letter_routing_key="dl", queue_type=kind)
    for headers in ({"x-death": given}, {}):
        talk = put_to_death(dial, talk, headers)
    found = [one.properties.headers["x-death"] for one in dead_letters(talk, expected)]
    for deaths in found:
        deaths[0].pop("time", None)
    assert found == ([[DEATH]] if expected is LOST else [expected, [DEATH]])


def put_to_death(dial: Dial, talk: Talk, headers: dict[str, Any]) -> Talk:
    """Publish a message and reject it; gives the connection to go on with.

    A node's queue that crashed of the death before takes and gives nothing (nack, 541) until it is
    there again.
    """
    while True:
        try:
            while talk.publish("q", "m", headers=headers) == "nack":
                pass
            got = talk.get("q")
        except Refused as refused:
            if refused.args[0] != 541:
                raise
            talk = Talk(dial)
            continue
        assert got is not None
        talk.say("basic.reject", delivery_tag=got.tag, requeue=False)
        return talk


def dead_letters(talk: Talk, expected: Any) -> list[Any]:
    talk.consume("dl")
    return [talk.delivered() for _ in range(1 if expected is LOST else 2)]
