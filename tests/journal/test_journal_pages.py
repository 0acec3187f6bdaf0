"""Reading the journal: filters, cursors, waiting, and streams of what changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubemu.journal.query import Filters, UnknownCursor
from hubemu.journal.watch import Missed, RowChange
from tests.support.journal_rows import QUEUE, added, ids, journal, message


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


def test_a_subscriber_is_told_that_all_is_forgotten() -> None:
    async def scene() -> None:
        kept = journal()
        stream = kept.subscribe(Filters(vhost="15-15_v2.0"))
        kept.clear()
        assert await stream.next() == RowChange({}, "forgotten")

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
