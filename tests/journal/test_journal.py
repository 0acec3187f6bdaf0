"""The journal: bounds, order of outcomes, cursors, waiting and streams."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.journal import MAX_STEPS, Forwarded
from hubemu.journal.entry import ReportToken
from hubemu.journal.journal import Journal
from hubemu.journal.query import Filters
from hubemu.properties import Properties
from tests.support.journal_rows import QUEUE, added, ids, journal, message


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


def test_none_is_kept_longer_than_the_bound_in_seconds() -> None:
    clock = Clock(lambda: 1_732_540_000.0)
    kept = Journal(clock, max_age=60)
    first = added(kept)
    clock.advance(59.5)
    added(kept, at=0.0)  # one that was held: its age counts from when it went on
    assert ids(kept) == ["m1", "m2"]
    clock.advance(0.5)
    assert kept.get(first.id) is None
    assert ids(kept) == ["m2"]
    assert [one.id for one in kept.newest(Filters(), 9).entries] == ["m2"]
    clock.advance(60)
    assert kept.get("m2") is None
    assert (len(kept), kept.bytes_held) == (0, 0)
    page = kept.select(after="m1")  # a cursor that was forgotten is one that was given
    assert not page.entries


def test_an_aged_message_goes_when_the_next_comes_read_or_not() -> None:
    clock = Clock(lambda: 1_732_540_000.0)
    kept = Journal(clock, max_age=60)
    added(kept)
    clock.advance(60)
    added(kept)
    assert len(kept) == 1


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


def test_what_it_held_is_put_back_as_often_as_wanted() -> None:
    kept = journal()
    added(kept)
    added(kept, outcome="held")
    contents = kept.contents()
    rows, held = [entry.row() for entry in contents.entries], kept.bytes_held
    for _ in range(2):
        kept.acknowledged("15-15_v2.0", QUEUE, message("m1"))
        added(kept)
        kept.put_back(contents, 0.0)
        assert [entry.row() for entry in kept.select().entries] == rows
        assert len(kept.select().entries[0].trace) == len(contents.entries[0].trace)
        assert (kept.taken, kept.bytes_held < held) == (1, True)
    later = added(kept)
    assert later.number > contents.entries[0].number
    assert ids(kept, after="m1") == [later.id]


def test_what_is_put_back_is_as_old_as_it_was() -> None:
    clock = Clock(lambda: 1_000.0)
    kept = Journal(clock, max_age=10)
    added(kept)
    clock.advance(6)
    contents = kept.contents()
    clock.advance(100)
    kept.put_back(contents, 100.0)
    clock.advance(3)
    assert len(kept.select().entries) == 1
    clock.advance(2)
    assert len(kept.select().entries) == 0
