"""Events as lines, and sums under load."""

from __future__ import annotations

from collections.abc import Callable

from hubemu.clock import Clock
from hubemu.events import Event, EventLog, Wanted
from hubemu.events.lines import line, short_id, sum_line
from hubemu.events.summing import ALONE, Summing
from tests.events.test_events import entry

AT = "2026-11-28T09:06:18.229Z"


class Told:
    """What a person gets to read, and the call that ends the second."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.later: list[Callable[[], None]] = []
        self.summing = Summing(self.alone, self.sum, self.call_later)
        self.events = EventLog(Clock(lambda: 1_700_000_000.0))
        self.events.listen(self.summing.take)

    def alone(self, event: Event) -> None:
        self.lines.append(line(event.to_json()))

    def sum(self, event: Event, count: int) -> None:
        self.lines.append(sum_line(event.to_json(), count))

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        assert seconds == 1.0
        self.later.append(call)

    def end_second(self) -> None:
        self.later.pop()()


def test_a_few_messages_are_told_one_by_one() -> None:
    told = Told()
    for number in range(ALONE):
        told.events.message(entry(id=f"m{number}", queue="q"), "routed")
    assert len(told.lines) == ALONE
    assert told.lines[0] == "22:13:20.000 routed        m0 samuA -> samuC RS-EDA on 15-15_v2.0 to q"
    told.end_second()
    assert len(told.lines) == ALONE


def test_many_messages_are_summed_once_a_second_by_who_and_what() -> None:
    told = Told()
    for _ in range(ALONE + 1_240):
        told.events.message(entry(), "routed")
    told.events.message(entry(type="RC-REF"), "routed")
    told.end_second()
    assert told.lines[-1] == "22:13:20.000 routed        1,240 messages samuA -> samuC RS-EDA"
    assert len(told.lines) == ALONE + 2
    assert told.later == []


def test_the_next_second_begins_with_the_next_message() -> None:
    told = Told()
    for _ in range(2):
        for _ in range(ALONE + 2):
            told.events.message(entry(), "routed")
        told.end_second()
    assert len(told.lines) == 2 * (ALONE + 1)


def test_refusals_are_never_summed() -> None:
    told = Told()
    for _ in range(50):
        told.events.message(entry(outcome="rejected", error=(300, "X"), cause="y"), "rejected")
    assert len(told.lines) == 50
    assert told.later == []


def test_a_rejected_message_names_its_fields_and_the_mend() -> None:
    events = EventLog(Clock())
    cause = "Could not validate.\nIssues found on the envelope: \n - $.a: wrong\n - $.b: wrong\n"
    events.message(entry(error=(300, "INVALID_MESSAGE"), cause=cause), "rejected")
    shown = line(events.latest(Wanted(), limit=1).events[0].to_json())
    assert "300 INVALID_MESSAGE: $.a: wrong; $.b: wrong -- mend the fields" in shown


def test_a_dead_letter_says_why_it_died() -> None:
    events = EventLog(Clock())
    died = entry(outcome="dead-lettered", trace=[("dead-lettered", 0.0, "expired")])
    events.message(died, "dead-lettered")
    assert line(events.latest(Wanted(), limit=1).events[0].to_json()).endswith(": expired")


def test_strikes_of_a_rule_are_told_and_summed() -> None:
    told = Told()
    facts = {
        "rule": "slow-b",
        "where": "dispatch",
        "effect": "delay",
        "vhost": "15-15_v2.0",
        "sender": "fr.health.samuA",
        "recipient": "fr.health.samuB",
        "type": "RS-EDA",
        "client": "fr.health.samuA",
    }
    for number in range(1, ALONE + 1_001):
        told.events.tell("fault", facts | {"strike": number})
    told.events.tell("fault", facts | {"rule": "other", "sender": None, "strike": 1})
    told.end_second()
    assert [one[13:] for one in (told.lines[0], told.lines[-2], told.lines[-1])] == [
        "fault         slow-b (dispatch delay), strike 1: samuA -> samuB RS-EDA on 15-15_v2.0",
        "fault         other (dispatch delay), strike 1: samuA on 15-15_v2.0",
        "fault         slow-b (dispatch delay), 1,000 more strikes",
    ]


def test_changes_of_the_hub_have_their_lines() -> None:
    def told(kind: str, **facts: object) -> str:
        return line({"at": AT, "kind": kind, **facts}).partition(kind)[2].strip()

    phase = told("phase", phase="dual", before="igc", disconnected=2)
    assert phase == "igc -> dual, 2 connections closed"
    assert told("clock", advanced=60.0, now="then") == "moved forward by 60 s to then"
    assert told("reset").startswith("queues emptied")
    assert told("restored", name="waiting", messages=1_200) == (
        "the Hub is as it was at snapshot 'waiting', with 1,200 messages waiting"
    )
    assert told("warning", logger="hubemu", text="careful") == "hubemu: careful"


def test_ids_are_short_enough_to_read() -> None:
    assert short_id("fr.health.samuA") == "samuA"
    assert short_id("fr.fire.nexsis.sdisZ") == "sdisZ"
    assert short_id("fr.health.") == "fr.health."
    assert short_id(None) == "?"


def test_a_change_of_the_routing_tables_says_which_rows_differ() -> None:
    told = Told()
    rows = {"added": [], "changed": ["local.test"], "removed": ["fr.health.samuB"]}
    none: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
    facts = {"clients": rows, "vhosts": {**none, "added": ["15-15_v3.0"]}, "disconnected": 2}
    told.events.tell("routing", facts)
    assert told.lines[0].endswith(
        "changed client local.test; removed client fr.health.samuB; added vHost 15-15_v3.0; "
        "closed 2 connections"
    )
