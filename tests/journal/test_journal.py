"""The journal: bounds, order of outcomes, cursors, waiting and streams."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.journal import (
    MAX_STEPS,
    Entry,
    Filters,
    Forwarded,
    Journal,
    Missed,
    ReportToken,
    RowChange,
    UnknownCursor,
)
from hubemu.properties import Properties

QUEUE = "fr.health.samuB.message"


def journal(**bounds: Any) -> Journal:
    return Journal(Clock(lambda: 1_732_540_000.25), **bounds)


def entry(of: Journal, **fields: Any) -> Entry:
    made: dict[str, Any] = {
        "id": of.new_id(),
        "at": 1_732_540_000.25,
        "vhost": "15-15_v2.0",
        "sender": "fr.health.samuA",
        "body": b"{}",
        "header": encode_properties(Properties(content_type="application/json")),
        "outcome": "routed",
        "unacknowledged": 1,
    }
    return Entry(**(made | fields))


def added(to: Journal, **fields: Any) -> Entry:
    one = entry(to, **fields)
    to.add(one)
    to.tell(one)
    return one


def message(token: object) -> Any:
    return SimpleNamespace(token=token)


def ids(of: Journal, **query: Any) -> list[str]:
    return [one.id for one in of.select(**query).entries]


def test_a_row_is_what_the_contract_says() -> None:
    kept = journal()
    row = added(
        kept,
        recipient="fr.health.samuB",
        distribution_id="fr.health.samuA_1",
        kind="Report",
        type="RS-EDA",
        format="json",
        queue=QUEUE,
    ).row()
    assert row == {
        "id": "m1",
        "at": "2024-11-25T13:06:40.250Z",
        "vhost": "15-15_v2.0",
        "sender": "fr.health.samuA",
        "recipient": "fr.health.samuB",
        "distributionID": "fr.health.samuA_1",
        "kind": "Report",
        "type": "RS-EDA",
        "format": "json",
        "outcome": "routed",
        "errorCode": None,
        "errorCause": None,
        "problems": [],
        "spec": None,
        "queue": QUEUE,
    }


def test_a_rejected_row_names_its_error() -> None:
    row = added(journal(), outcome="rejected", error=(300, "INVALID_MESSAGE")).row()
    assert row["errorCode"] == {"statusCode": 300, "statusString": "INVALID_MESSAGE"}


def test_the_detail_shows_both_bodies_their_properties_and_the_trace() -> None:
    copy = Forwarded(QUEUE, b"<a/>", encode_properties(Properties(headers={"x": b"raw"})))
    detail = added(journal(), forwarded=[copy], trace=[("received", 0.0, "")]).detail()
    assert (detail["body"], detail["encoding"]) == ("{}", "utf-8")
    assert detail["properties"] == {"content_type": "application/json"}
    assert detail["forwarded"] == [
        {
            "queue": QUEUE,
            "body": "<a/>",
            "encoding": "utf-8",
            "properties": {"headers": {"x": "raw"}},
        }
    ]
    assert detail["trace"] == [{"at": "1970-01-01T00:00:00.000Z", "step": "received", "detail": ""}]


def test_a_body_that_is_not_text_is_shown_in_base64() -> None:
    detail = added(journal(), body=b"\xff\xfe").detail()
    assert (detail["body"], detail["encoding"]) == ("//4=", "base64")


def test_only_the_last_messages_are_kept() -> None:
    kept = journal(max_messages=3)
    for _ in range(5):
        added(kept)
    assert ids(kept) == ["m3", "m4", "m5"]


def test_bodies_count_against_the_bound_in_bytes() -> None:
    kept = journal(max_bytes=50_000)
    for _ in range(10):
        added(kept, body=bytes(20_000))
    assert ids(kept) == ["m9", "m10"]
    assert kept.bytes_held <= 50_000


def test_a_body_larger_than_the_bound_is_let_go_of_and_the_message_kept() -> None:
    kept = journal(max_bytes=50_000)
    added(kept, body=bytes(60_000))
    detail = kept.select().entries[0].detail()
    assert detail["body"] == ""
    assert detail["trace"][-1]["step"] == "content not kept"


def test_the_trace_of_a_message_requeued_for_ever_is_bounded() -> None:
    kept = journal()
    one = added(kept)
    for _ in range(1_000):
        kept.delivered("v", QUEUE, message(one.id), "samuB")
    assert len(one.trace) == MAX_STEPS
    assert one.trace[-1][0] == "trace full"


@given(
    st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 400)), max_size=40),
    st.integers(1, 20),
    st.integers(1, 60_000),
)
def test_bounds_hold_whatever_comes(
    messages: list[tuple[int, int]], max_messages: int, max_bytes: int
) -> None:
    kept = journal(max_messages=max_messages, max_bytes=max_bytes)
    for size, notes in messages:
        one = added(kept, body=bytes(size))
        for _ in range(notes):
            kept.note(one.id, "step", "detail")
        assert len(kept) <= max_messages
        assert kept.bytes_held == sum(left.size for left in kept.select().entries) <= max_bytes


def test_the_broker_moves_a_message_forward() -> None:
    kept = journal()
    one = added(kept)
    kept.delivered("v", QUEUE, message(one.id), "samuB")
    assert ids(kept, filters=Filters(outcome="delivered")) == [one.id]
    kept.acknowledged("v", QUEUE, message(one.id))
    assert ids(kept, filters=Filters(outcome="acknowledged")) == [one.id]
    assert [step for step, _, _ in one.trace] == ["delivered", "acknowledged"]


def test_a_requeued_message_stays_delivered_and_its_trace_tells() -> None:
    kept = journal()
    one = added(kept)
    kept.delivered("v", QUEUE, message(one.id), "samuB")
    kept.delivered("v", QUEUE, message(one.id), "samuB")
    assert one.outcome == "delivered"
    assert len(one.trace) == 2


@pytest.mark.parametrize("last", ["acknowledged", "dead-lettered", "dropped", "rejected"])
def test_a_final_outcome_never_changes(last: Any) -> None:
    kept = journal()
    one = added(kept, outcome=last)
    kept.delivered("v", QUEUE, message(one.id), "samuB")
    kept.acknowledged("v", QUEUE, message(one.id))
    kept.dead_lettered("v", QUEUE, message(one.id), "expired")
    kept.dropped("v", QUEUE, message(one.id), "purged")
    assert one.outcome == last


def test_several_copies_are_acknowledged_when_the_last_is() -> None:
    kept = journal()
    one = added(kept, unacknowledged=2, outcome="delivered")
    kept.acknowledged("v", QUEUE, message(one.id))
    assert ids(kept, filters=Filters(outcome="delivered")) == [one.id]
    kept.acknowledged("v", QUEUE, message(one.id))
    assert ids(kept, filters=Filters(outcome="acknowledged")) == [one.id]


def test_a_dead_letter_tells_why() -> None:
    kept = journal()
    one = added(kept)
    kept.dead_lettered("v", QUEUE, message(one.id), "expired")
    assert one.outcome == "dead-lettered"
    assert one.trace[-1][::2] == ("dead-lettered", "expired")
    assert one.row()["errorCode"] == {"statusCode": 500, "statusString": "DEAD_LETTER_QUEUED"}


@pytest.mark.parametrize("queue", ["dispatch", "dispatch.dlq"])
def test_the_dispatchers_own_queues_say_nothing_of_the_outcome(queue: str) -> None:
    kept = journal()
    one = added(kept)
    kept.acknowledged("v", queue, message(one.id))
    assert one.outcome == "routed"
    assert not one.trace


def test_an_unroutable_publication_is_told_by_its_publisher() -> None:
    kept = journal()
    one = added(kept)
    kept.dropped("v", "", message(one.id), "unroutable")
    assert one.outcome == "routed"


def test_what_becomes_of_an_error_report_stands_in_the_trace_of_its_message() -> None:
    kept = journal()
    one = added(kept, outcome="rejected")
    kept.acknowledged("v", "fr.health.samuA.info", message(ReportToken(one.id)))
    assert one.outcome == "rejected"
    assert one.trace[-1][::2] == ("error report acknowledged", "fr.health.samuA.info")


@pytest.mark.parametrize("token", [None, "m99", 7, ReportToken("m99")])
def test_tokens_of_forgotten_messages_are_ignored(token: object) -> None:
    kept = journal()
    kept.delivered("v", QUEUE, message(token), "samuB")
    assert len(kept) == 0


@pytest.mark.parametrize(
    "filters",
    [
        Filters(vhost="15-gps_v1.0"),
        Filters(sender="fr.health.samuC"),
        Filters(recipient="fr.health.smurA"),
        Filters(type="GEO-POS"),
        Filters(outcome="rejected"),
        Filters(q="patient é"),
        Filters(q="SAMUC_7"),
    ],
)
def test_each_filter_finds_its_message(filters: Filters) -> None:
    kept = journal()
    added(kept)
    wanted = added(
        kept,
        vhost="15-gps_v1.0",
        sender="fr.health.samuC",
        recipient="fr.health.smurA",
        type="GEO-POS",
        outcome="rejected",
        body="le Patient é".encode(),
        distribution_id="fr.health.samuC_7",
    )
    added(kept)
    assert ids(kept, filters=filters) == [wanted.id]


def test_pages_follow_each_other_by_cursor() -> None:
    kept = journal()
    for _ in range(5):
        added(kept)
    first = kept.select(limit=2)
    assert (ids(kept, limit=2), first.next) == (["m1", "m2"], "m2")
    assert ids(kept, after="m2", limit=2) == ["m3", "m4"]
    last = kept.select(after="m4", limit=2)
    assert ([one.id for one in last.entries], last.next) == (["m5"], None)


def test_a_cursor_no_longer_kept_means_everything_that_is() -> None:
    kept = journal(max_messages=2)
    for _ in range(4):
        added(kept)
    assert ids(kept, after="m1") == ["m3", "m4"]


@pytest.mark.parametrize("cursor", ["", "m0", "m5", "5", "mx", "m1 ", "m٣"])
def test_a_cursor_never_given_is_refused(cursor: str) -> None:
    kept = journal()
    for _ in range(4):
        added(kept)
    with pytest.raises(UnknownCursor):
        kept.select(after=cursor)


def test_a_message_judged_late_comes_after_those_judged_before() -> None:
    kept = journal()
    late = kept.new_id()
    added(kept)
    added(kept, id=late)
    assert ids(kept, after="m2") == [late]


def test_a_message_judged_again_has_one_row() -> None:
    kept = journal()
    added(kept, id="m1", body=bytes(100))
    again = added(kept, id="m1")
    assert kept.select().entries == (again,)
    assert kept.bytes_held == again.size


def test_clear_forgets_all_and_cursors_go_on() -> None:
    kept = journal()
    added(kept)
    kept.clear()
    assert (len(kept), kept.bytes_held, ids(kept)) == (0, 0, [])
    added(kept)
    assert ids(kept, after="m1") == ["m2"]


def test_waiting_ends_with_the_first_match() -> None:
    async def scene() -> list[str]:
        kept = journal()
        waiting = asyncio.create_task(kept.wait(Filters(type="RC-REF"), timeout=5))
        await asyncio.sleep(0)
        added(kept, type="RS-EDA")
        await asyncio.sleep(0)
        assert not waiting.done()
        wanted = added(kept, type="RC-REF")
        page = await waiting
        assert page.entries == (wanted,)
        return [one.id for one in page.entries]

    assert asyncio.run(scene()) == ["m2"]


def test_waiting_for_an_outcome_ends_when_a_known_message_reaches_it() -> None:
    async def scene() -> None:
        kept = journal()
        one = added(kept)
        waiting = asyncio.create_task(kept.wait(Filters(outcome="acknowledged"), timeout=5))
        await asyncio.sleep(0)
        kept.acknowledged("v", QUEUE, message(one.id))
        assert (await waiting).entries == (one,)

    asyncio.run(scene())


def test_waiting_in_vain_gives_an_empty_page() -> None:
    kept = journal()
    added(kept)
    page = asyncio.run(kept.wait(after="m1", timeout=0.01))
    assert page.to_json() == {"messages": [], "next": None}


def test_what_matches_already_is_given_at_once() -> None:
    kept = journal()
    one = added(kept)
    assert asyncio.run(kept.wait(timeout=5)).entries == (one,)


def test_a_stream_tells_each_change_as_it_stood() -> None:
    async def scene() -> list[Any]:
        kept = journal()
        stream = kept.subscribe(Filters(vhost="15-15_v2.0"))
        one = added(kept)
        added(kept, vhost="15-gps_v1.0")
        kept.acknowledged("v", QUEUE, message(one.id))
        changes = [await stream.next(), await stream.next()]
        stream.close()
        assert await stream.next() is None
        return [change.row["outcome"] for change in changes if isinstance(change, RowChange)]

    assert asyncio.run(scene()) == ["routed", "acknowledged"]


def test_a_slow_reader_is_told_how_much_it_missed() -> None:
    async def scene() -> None:
        kept = journal()
        stream = kept.subscribe(max_pending=2)
        for _ in range(5):
            added(kept)
        assert await stream.next() == Missed(3)
        kept_changes = [await stream.next(), await stream.next()]
        assert [change.row["id"] for change in kept_changes if isinstance(change, RowChange)] == [
            "m4",
            "m5",
        ]

    asyncio.run(scene())


def test_iterating_a_stream_ends_when_it_is_closed() -> None:
    async def scene() -> int:
        kept = journal()
        stream = kept.subscribe()
        added(kept)
        seen = 0
        async for _ in stream:
            seen += 1
            stream.close()
            stream.close()
        added(kept)
        return seen

    assert asyncio.run(scene()) == 1
