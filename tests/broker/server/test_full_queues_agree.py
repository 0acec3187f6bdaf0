"""Full queues, dead letters and handing over: what a RabbitMQ node does is done here."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from tests.support.amqp_dialogue import publish
from tests.support.queue_talk import Dial, Refused, Talk


def fresh(dial: Dial, *queues: str) -> Talk:
    talk = Talk(dial)
    for queue in queues:
        talk.call("queue.delete", queue=queue)
    return talk


def reject(talk: Talk, queue: str) -> None:
    got = talk.get(queue)
    assert got is not None
    talk.say("basic.reject", delivery_tag=got.tag, requeue=False)


@pytest.mark.parametrize("limit", ["max_length", "max_length_bytes"])
@pytest.mark.parametrize(
    ("kind", "overflow", "first", "left", "dead"),
    [
        ("classic", "drop-head", "ack ack", "y", "1 2 x"),
        ("classic", "reject-publish", "ack nack", "1", ""),
        ("classic", "reject-publish-dlx", "ack nack", "1", "2 x y"),
        ("quorum", "drop-head", "ack ack", "y", "1 2 x"),
        ("quorum", "reject-publish", "ack ack", "1 2 x y", ""),
        ("quorum", "reject-publish-dlx", "ack ack", "y", "1 2 x"),
    ],
)
def test_a_dead_letter_comes_to_a_full_queue(
    dial: Dial, kind: str, overflow: str, first: str, left: str, dead: str, limit: str
) -> None:
    talk = fresh(dial, "s", "q", "dl")
    talk.declare("dl")
    to_dl = {"dead_letter_exchange": "", "dead_letter_routing_key": "dl"}
    talk.declare("q", queue_type=kind, overflow=overflow, **to_dl, **{limit: 1})
    talk.declare("s", dead_letter_exchange="", dead_letter_routing_key="q")
    assert " ".join(talk.publish("q", body) for body in "12") == first
    for body in "xy":
        talk.publish("s", body)
        reject(talk, "s")
    found_dead = talk.drain("dl", len(dead.split()))
    assert (talk.drain("q", len(left.split())), found_dead) == (left, dead)


@pytest.mark.parametrize(
    ("kind", "overflow", "limits", "confirms", "taken"),
    [
        ("classic", "drop-head", {"max_length": 0}, "ack ack", "1 four"),
        ("classic", "drop-head", {"max_length_bytes": 3}, "ack ack", "1 four"),
        ("classic", "reject-publish", {"max_length": 0}, "nack nack", ""),
        ("classic", "reject-publish", {"max_length_bytes": 3}, "ack nack", "1"),
        ("classic", "reject-publish-dlx", {"max_length": 0}, "nack nack", ""),
        ("quorum", "drop-head", {"max_length": 0}, "ack ack", "1 four"),
        ("quorum", "reject-publish", {"max_length": 0}, "ack ack", "1 four"),
        ("quorum", "reject-publish", {"max_length_bytes": 3}, "ack ack", "1 four"),
    ],
)
def test_a_consumer_waits_at_a_queue_without_room(
    dial: Dial, kind: str, overflow: str, limits: dict[str, int], confirms: str, taken: str
) -> None:
    talk = fresh(dial, "q")
    talk.declare("q", queue_type=kind, overflow=overflow, **limits)
    receiver = Talk(dial)
    receiver.consume("q")
    assert " ".join(talk.publish("q", body) for body in ("1", "four")) == confirms
    assert " ".join(str(receiver.delivered()) for _ in taken.split()) == taken
    assert talk.depth("q") == 0


@pytest.mark.parametrize(
    ("kind", "priorities", "order"),
    [
        ("classic", (0, 0, 0), [0, 1, 2]),
        ("classic", (0, 5, 9), [0, 2, 1]),
        ("classic", (9, 5, 0), [0, 1, 2]),
        ("classic", (0, 0, 9), [0, 2, 1]),
        ("quorum", (0, 0, 0), [0, 1, 2]),
        ("quorum", (0, 5, 9), [0, 1, 2]),
    ],
)
def test_who_follows_a_single_active_consumer(
    dial: Dial, kind: str, priorities: tuple[int, ...], order: list[int]
) -> None:
    talk = fresh(dial, "q")
    talk.declare("q", queue_type=kind, single_active_consumer=True)
    consumers = [Talk(dial) for _ in priorities]
    for consumer, priority in zip(consumers, priorities, strict=True):
        consumer.consume("q", prefetch=1, priority=priority)
    for body in "12":
        talk.publish("q", body)
    taken = []
    for who in order:
        taken.append(str(consumers[who].delivered()))
        consumers[who].close_channel()
    assert taken == ["1", "1*", "1*"]


@pytest.mark.parametrize(
    ("lifetime", "problem"),
    [
        ("+5000", None),
        ("-0", None),
        ("0" * 30 + "5000", None),
        ("315360000000", None),
        ("315360000001", "{value_too_large,315360000001}"),
        ("9" * 24, f"{{value_too_large,{'9' * 24}}}"),
        ("-" + "9" * 24, f"{{value_negative,-{'9' * 24}}}"),
        ("", "no_integer"),
        ("+", "no_integer"),
        (" 5", "no_integer"),
        ("\u0663", "no_integer"),
        ("5.0", '{leftover_string,".0"}'),
        ('5\n"\\', '{leftover_string,"\\n\\"\\\\"}'),
    ],
)
def test_what_is_a_lifetime(dial: Dial, lifetime: str, problem: str | None) -> None:
    talk = fresh(dial, "q")
    talk.declare("q")
    if problem is None:
        assert talk.publish("q", "m", expiration=lifetime) == "ack"
        return
    with pytest.raises(Refused) as refused:
        talk.publish("q", "m", expiration=lifetime)
    code, text = refused.value.args
    told = "".join(line.strip() for line in text.split("\n"))
    assert (code, told) == (
        406,
        f"PRECONDITION_FAILED - invalid expiration '{lifetime}': {problem}".replace("\n", "", 1),
    )


@pytest.mark.parametrize("kind", ["f", "d"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_no_header(dial: Dial, kind: str, value: str) -> None:
    talk = fresh(dial, "q")
    talk.declare("q")
    table: bytes = b"\x01n" + kind.encode() + struct.pack(f">{kind}", float(value))
    with pytest.raises(Refused) as refused:
        talk.publish_raw("q", b"\x20\0" + len(table).to_bytes(4) + table)
    assert refused.value.args[0] == 541


def test_the_first_of_two_headers_of_a_name_counts(dial: Dial) -> None:
    talk = fresh(dial, "q", "first", "second")
    for queue in ("q", "first", "second"):
        talk.declare(queue)
    table = b"".join(
        b"\x02CCA" + (5 + len(key)).to_bytes(4) + b"S" + len(key).to_bytes(4) + key
        for key in (b"first", b"second")
    )
    talk.publish_raw("q", b"\x20\0" + len(table).to_bytes(4) + table)
    assert [talk.depth(queue) for queue in ("q", "first", "second")] == [1, 1, 0]


def test_deaths_of_a_third_queue_turn_the_older_ones_round(dial: Dial) -> None:
    talk = fresh(dial, "a", "b", "c", "d")
    for queue, following in zip("abc", "bcd", strict=True):
        talk.declare(queue, dead_letter_exchange="", dead_letter_routing_key=following)
    talk.declare("d", dead_letter_exchange="", dead_letter_routing_key="a")
    talk.publish("a", "m")
    seen: list[Any] = []
    watcher = Talk(dial)
    for queue in "abcdab":
        watcher.consume(queue, tag=queue + str(len(seen)))
        got = watcher.delivered()
        deaths = (got.properties.headers or {}).get("x-death") or ()
        seen.append("".join(f"{death['queue']}{death['count']}" for death in deaths))
        watcher.call("basic.cancel", consumer_tag=queue + str(len(seen) - 1))
        watcher.say("basic.reject", delivery_tag=got.tag, requeue=False)
    assert seen == ["", "a1", "b1a1", "c1a1b1", "d1b1a1c1", "a2c1b1d1"]


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_a_deleted_queue_has_no_dead_letters(dial: Dial, kind: str) -> None:
    talk = fresh(dial, "q", "dl")
    talk.declare("dl")
    to_dl = {"dead_letter_exchange": "", "dead_letter_routing_key": "dl"}
    for refused in ("gone", "there"):
        talk.declare("q", queue_type=kind, **to_dl)
        talk.publish("q", refused)
        got = talk.get("q")
        assert got is not None
        if refused == "gone":
            talk.call("queue.delete", queue="q")
        talk.say("basic.reject", delivery_tag=got.tag, requeue=False)
    assert talk.drain("dl", 1) == "there"


@pytest.mark.parametrize("leave", [Talk.close_channel, Talk.close_connection])
@pytest.mark.parametrize(
    ("kind", "overflow", "limit", "taken", "dead"),
    [
        ("classic", "drop-head", None, "C D", "A B"),
        ("classic", "reject-publish", None, "A* B* C D", ""),
        ("classic", "reject-publish-dlx", None, "A* B* C D", ""),
        ("quorum", "drop-head", None, "A* C D", "B"),
        ("quorum", "reject-publish", None, "A* B* C D", ""),
        ("quorum", "drop-head", 5, "A* C D", "B"),
        ("quorum", "reject-publish", 5, "A* B* C D", ""),
        ("quorum", "drop-head", 0, "C D", "A B"),
        ("quorum", "reject-publish", 0, "C D", "A B"),
    ],
)
def test_a_single_active_consumer_leaves_a_full_queue(
    dial: Dial, kind: str, overflow: str, limit: int | None, taken: str, dead: str, leave: Any
) -> None:
    talk = fresh(dial, "q", "dl")
    talk.declare("dl")
    limits = {"max_length": 2} | ({} if limit is None else {"delivery_limit": limit})
    talk.declare(
        "q",
        queue_type=kind,
        overflow=overflow,
        single_active_consumer=True,
        dead_letter_exchange="",
        dead_letter_routing_key="dl",
        **limits,
    )
    for body in "AB":
        talk.publish("q", body)
    active, waiting = Talk(dial), Talk(dial)
    active.consume("q", prefetch=2)
    assert [str(active.delivered()) for _ in "AB"] == ["A", "B"]
    waiting.consume("q", prefetch=1)
    assert [talk.publish("q", body) for body in "CD"] == ["ack", "ack"]
    leave(active)
    found = []
    for _ in taken.split():
        one = waiting.delivered()
        waiting.say("basic.ack", delivery_tag=one.tag)
        found.append(str(one))
    assert (" ".join(found), talk.drain("dl", len(dead.split()))) == (taken, dead)
    assert talk.depth("q") == 0


@pytest.mark.parametrize(
    ("overflow", "limit", "reason"),
    [
        ("reject-publish", 1, "expired"),
        ("reject-publish-dlx", 1, "expired"),
        ("reject-publish-dlx", 2, "expired"),
        ("drop-head", 1, "expired"),
        ("drop-head", 0, "maxlen"),
    ],
)
def test_a_message_without_time_to_live_takes_no_room(
    dial: Dial, overflow: str, limit: int, reason: str
) -> None:
    talk = fresh(dial, "q", "dl")
    talk.declare("dl")
    to_dl = {"dead_letter_exchange": "", "dead_letter_routing_key": "dl"}
    talk.declare("q", overflow=overflow, max_length=limit, message_ttl=0, **to_dl)
    talk.line.send(b"".join(publish(1, "q", body) for body in (b"a", b"b", b"c")))
    talk.consume("dl")
    found = [talk.delivered() for _ in "abc"]
    assert [one.body for one in found] == ["a", "b", "c"]
    assert {(one.properties.headers or {})["x-death"][0]["reason"] for one in found} == {reason}


def test_a_queue_that_goes_with_its_last_consumer_returns_nothing_first(dial: Dial) -> None:
    talk = fresh(dial, "q", "dl")
    talk.declare("dl")
    to_dl = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dl"}
    limit = {"x-max-length": 0}
    talk.call("queue.declare", queue="q", auto_delete=True, arguments=to_dl | limit)
    receiver = Talk(dial)
    receiver.consume("q")
    talk.publish("q", "m")
    assert receiver.delivered().body == "m"
    receiver.close_channel()
    assert talk.get("dl") is None
    with pytest.raises(Refused, match="404"):
        talk.depth("q")
