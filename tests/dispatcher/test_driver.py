"""The driver: order, acknowledgement after publication, conversions, faults, stop and start."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import orjson
import pytest

from hubemu.dispatcher import decision, turns
from hubemu.journal.entry import ReportToken
from hubemu.journal.watch import RowChange
from hubemu.topology import DEAD_LETTERS
from tests.support.dispatching import (
    NOW,
    SDIS,
    A,
    C,
    a_message,
    incoming,
    persistent,
)
from tests.support.embedded_dispatcher import NEXSIS, VHOST, Scene, played


def arriving(*deliveries: Any, scene: Scene | None = None, **where: Any) -> Scene:
    """Deliveries arrive at once and are treated."""

    async def play(on: Scene) -> None:
        for one in deliveries:
            on.arrive(one, **where)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    return played(scene or Scene(), play)


def test_a_good_message_is_published_then_acknowledged() -> None:
    one = incoming(a_message())
    scene = arriving(one)
    assert scene.here.log[:2] == [("publish", f"{C}.message"), ("ack", one)]
    assert scene.outcomes() == ["routed"]
    assert scene.here.published[0].mandatory


def test_the_journal_tells_its_story() -> None:
    scene = arriving(incoming(a_message(), redelivered=True))
    entry = scene.journal.select().entries[0]
    assert (entry.sender, entry.recipient, entry.kind) == (A, C, "Report")
    assert (entry.type, entry.format, entry.queue) == ("customContent", "json", f"{C}.message")
    assert entry.trace[0] == ("received", NOW, "redelivered")
    assert entry.trace[-1] == ("published", NOW, f"{C}.message")
    assert entry.forwarded[0].body == scene.here.published[0].body


def test_a_message_published_through_the_api_keeps_its_id() -> None:
    scene = arriving(incoming(a_message(), token="m7"))
    assert scene.journal.get("m7") is not None
    assert scene.here.published[0].token == "m7"


def test_a_bad_message_is_reported_then_rejected() -> None:
    one = incoming(a_message(), properties=persistent(delivery_mode=1))
    scene = arriving(one)
    assert scene.here.log[:2] == [("publish", f"{A}.info"), ("reject", one)]
    report = scene.here.published[0]
    assert orjson.loads(report.body)["distributionID"] == "fr.health.hub_0"
    assert isinstance(report.token, ReportToken)
    row = scene.journal.select().entries[0].row()
    assert row["outcome"] == "rejected"
    assert row["queue"] is None
    assert row["errorCode"] == {"statusCode": 100, "statusString": "DELIVERY_MODE_INCONSISTENCY"}
    assert scene.steps()[-2:] == ["rejected", "error report sent"]


def test_a_stream_never_sees_a_refused_message_as_anything_else() -> None:
    async def play(on: Scene) -> None:
        stream = on.journal.subscribe()
        on.here.absent.add(f"{C}.message")
        on.arrive(incoming(b"garbage"))
        on.arrive(incoming(a_message()))
        await asyncio.sleep(0)
        changes = [await stream.next() for _ in range(2)]
        stream.close()
        rows = [change.row for change in changes if isinstance(change, RowChange)]
        assert [row["outcome"] for row in rows] == ["rejected"] * 2, "each change is told once"
        assert [row["errorCode"]["statusCode"] for row in rows] == [301, 501]

    played(Scene(), play)


def test_an_unread_message_shows_what_can_be_seen_of_it() -> None:
    scene = arriving(incoming(a_message(unknown=1)))
    row = scene.journal.select().entries[0].row()
    assert (row["recipient"], row["kind"], row["type"]) == (C, "Report", "customContent")
    assert row["distributionID"].startswith(A)


def test_a_message_of_no_known_format_is_quoted_as_what_it_looks_like() -> None:
    message = a_message()
    scene = arriving(incoming(message, properties=persistent("text/plain")))
    assert scene.journal.select().entries[0].row()["format"] is None
    report = orjson.loads(scene.here.published[0].body)
    error = report["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["error"]
    assert error["sourceMessage"] == message
    assert error["referencedDistributionID"] == message["distributionID"]


def test_an_unroutable_message_is_reported() -> None:
    scene = Scene()
    scene.here.absent.add(f"{C}.message")
    arriving(incoming(a_message()), scene=scene)
    entry = scene.journal.select().entries[0]
    assert entry.error == (501, "UNROUTABLE_MESSAGE")
    assert entry.forwarded == []
    assert scene.here.log[0] == ("publish", f"{A}.info")


def test_a_sender_without_info_queue_loses_the_report_and_the_trace_says_so() -> None:
    scene = Scene()
    scene.here.absent.add(f"{A}.info")
    one = incoming(b"garbage")
    arriving(one, scene=scene)
    assert scene.here.log[0] == ("reject", one)
    assert scene.steps()[-1] == "error report lost"


def test_messages_keep_their_order() -> None:
    many = [incoming(a_message()) for _ in range(150)]
    scene = Scene()

    async def play(on: Scene) -> None:
        for one in many:
            on.arrive(one)
        while on.dispatcher.health()["inFlight"]:
            await asyncio.sleep(0)

    played(scene, play)
    assert [one for what, one in scene.here.log if what == "ack"] == many


def test_a_turn_is_bounded_so_that_others_get_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_MESSAGES", 2)
    monkeypatch.setattr(turns, "TURN_SECONDS", 3600.0)  # a busy machine ends no turn

    async def play(on: Scene) -> None:
        for _ in range(3):
            on.arrive(incoming(a_message()))
            on.arrive(incoming(a_message()), NEXSIS)
        await asyncio.sleep(0)
        assert [len(vhost.published) for vhost in on.vhosts.values()] == [1, 1]
        await asyncio.sleep(0)
        assert on.dispatcher.health()["inFlight"] == 2

    played(Scene(), play)


def test_a_dead_letter_is_reported_to_its_sender() -> None:
    scene = arriving(incoming(a_message(), token="m1"))
    headers = {"x-death-original-routing-key": A, "x-first-death-reason": "expired"}
    letter = incoming(
        a_message(),
        f"{C}.message",
        properties=persistent(headers=headers),
        token="m1",
    )
    arriving(letter, scene=scene, queue=DEAD_LETTERS)
    assert ("publish", f"{A}.info") in scene.here.log
    assert ("ack", letter) in scene.here.log
    assert scene.steps()[-1] == "error report sent"
    assert 'reason="DEAD_LETTER_QUEUED"' in scene.counted()


def test_what_is_given_back_is_counted_as_dispatched_and_as_refused() -> None:
    scene = Scene()
    scene.here.absent.add("fr.health.nobody.message")
    text = arriving(incoming(a_message(A, "fr.health.nobody")), scene=scene).counted()
    assert 'use_case="CustomMessage",vhost="15-15_v2.0"} 1.0' in text
    assert 'reason="UNROUTABLE_MESSAGE",sender="fr.health.samuA",vhost="15-15_v2.0"} 1.0' in text


def test_errors_of_partage_affaire_are_counted_under_the_fire_brigades() -> None:
    broken = incoming(b"", "partage-affaire", properties=persistent("application/xml"))
    text = arriving(broken).counted()
    assert 'reason="INVALID_MESSAGE",sender="fr.health.fire",vhost="15-15_v2.0"} 1.0' in text


@pytest.mark.parametrize(
    "headers",
    [{"x-death-original-routing-key": f"{A}.info"}, {"x-first-death-queue": f"{A}.info"}],
)
def test_a_dead_report_is_dropped(headers: dict[str, Any]) -> None:
    letter = incoming(b"{}", f"{A}.info", properties=persistent(headers=headers))
    scene = arriving(letter, queue=DEAD_LETTERS)
    assert scene.here.published == []
    assert ("ack", letter) in scene.here.log


def test_what_is_counted_has_the_tables_labels_whoever_sends() -> None:
    scene = arriving(incoming(a_message()), incoming(b"", "fr.health.hostile.1"))
    text = scene.counted()
    assert (
        'dispatch_message_total{editor="unknown",sender="fr.health.samuA",'
        'use_case="CustomMessage",vhost="15-15_v2.0"} 1.0' in text
    )
    assert 'sender="other"' in text
    assert "hostile" not in text
    assert "overall_dispatch_time_seconds_count 2.0" in text


def test_each_message_can_be_logged_with_the_digest_of_its_body(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG, "hubemu.dispatcher"):
        message = a_message()
        arriving(incoming(message))
    line = caplog.messages[0]
    assert A in line
    assert message["distributionID"] in line
    assert "sha256=" in line


def test_what_a_partner_is_forgiven_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "hubemu.dispatcher"):
        message = incoming(a_message(SDIS, C), "partage-affaire")
        arriving(message)
    assert "hubex partner, let through: Sender inconsistency" in caplog.text


def test_a_fault_drops_the_message_and_leaves_traces_everywhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    good, bad = incoming(a_message()), incoming(a_message())
    scene = Scene()
    with monkeypatch.context() as patch:
        patch.setattr(decision, "queue_of", broken)
        arriving(bad, scene=scene)
    arriving(good, scene=scene)
    settled = [entry for entry in scene.here.log if entry[0] in ("ack", "reject")]
    assert settled == [("reject", bad), ("ack", good)]
    assert scene.outcomes() == ["dropped", "routed"]
    entry = scene.journal.select().entries[0]
    assert entry.body == bad.message.body
    assert entry.trace[-1][::2] == ("fault of the dispatcher", "ZeroDivisionError: a bug")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert entry.id in caplog.text
    assert 'reason="INTERNAL_ERROR"' in scene.counted()
    assert scene.dispatcher.health()["lastError"] == "ZeroDivisionError: a bug"


def test_stop_consumes_no_more_and_start_goes_on() -> None:
    async def play(on: Scene) -> None:
        assert on.dispatcher.running
        on.dispatcher.start()
        on.arrive(incoming(a_message()))
        await on.dispatcher.stop()
        await on.dispatcher.stop()
        assert not on.dispatcher.running
        assert on.dispatcher.health()["consuming"] == []
        assert on.here.takers == {}
        await asyncio.sleep(0)
        assert on.here.published == []
        on.dispatcher.start()
        assert on.dispatcher.health()["consuming"] == [VHOST, NEXSIS]
        on.arrive(incoming(a_message()))
        await asyncio.sleep(0)
        assert len(on.here.published) == 1

    played(Scene(), play)
