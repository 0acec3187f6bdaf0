"""What belongs to a message."""

from __future__ import annotations

import json
from typing import Any

from hubemu.clock import Clock
from hubemu.journal import Entry
from hubemu.journal.journal import Journal
from tests.support.messages import as_bytes, envelope, reference, xml_envelope

A, C = "fr.health.samuA", "fr.health.samuC"


class Kept:
    """A journal of messages made by hand."""

    def __init__(self) -> None:
        self.journal = Journal(Clock(lambda: 0.0))

    def add(self, message: dict[str, Any], xml: bytes | None = None, **known: Any) -> Entry:
        entry = Entry(
            id=self.journal.new_id(),
            at=0.0,
            vhost="v",
            sender=message["senderID"],
            body=xml or as_bytes(message),
            header=b"\0\0",
            outcome="routed",
            distribution_id=message["distributionID"],
            format="json" if xml is None else "xml",
            **known,
        )
        self.journal.add(entry)
        return entry

    def told(self, entry: Entry) -> list[tuple[str, str | None]]:
        return [(one["relation"], one["id"]) for one in self.journal.conversation(entry)]


def test_a_message_and_its_acknowledgement_know_each_other() -> None:
    kept = Kept()
    message = envelope(A, C)
    sent = kept.add(message)
    kept.add(envelope(A, C))
    answer = kept.add(reference(C, A, message["distributionID"]), kind="Ack")
    assert kept.told(sent) == [("acknowledgement", answer.id)]
    assert kept.told(answer) == [("answers", sent.id)]


def test_an_acknowledgement_in_xml_is_found_too() -> None:
    kept = Kept()
    message = envelope(A, C)
    sent = kept.add(message)
    answer = reference(C, A, message["distributionID"])
    content = (
        '<reference xmlns="urn:emergency:cisu:2.0:reference"><distributionID>'
        f"{message['distributionID']}</distributionID></reference>"
    )
    in_xml = kept.add(answer, xml_envelope(answer, content))
    assert kept.told(sent) == [("acknowledgement", in_xml.id)]


def test_messages_of_one_case_belong_together() -> None:
    kept = Kept()
    case = {"createCaseHealth": {"caseId": "fr.health.samuA.DRM1"}}
    first = kept.add(envelope(A, C, case))
    second = kept.add(envelope(C, A, case))
    kept.add(envelope(A, C, {"createCaseHealth": {"caseId": "fr.health.samuA.DRM10"}}))
    assert kept.told(first) == [("case", second.id)]


def test_mentioning_an_id_is_not_answering_it() -> None:
    kept = Kept()
    message = envelope(A, C)
    sent = kept.add(message)
    kept.add(envelope(C, A, {"customContent": {"about": message["distributionID"]}}))
    assert kept.told(sent) == []


def test_the_hubs_error_report_is_told_from_the_trace() -> None:
    kept = Kept()
    entry = kept.add(envelope(A, C))
    kept.journal.note(entry.id, "error report sent", f"{A}.info")
    kept.journal.note(entry.id, "error report delivered", "user")
    (report,) = kept.journal.conversation(entry)
    assert (report["relation"], report["id"], report["outcome"]) == (
        "error report",
        None,
        "delivered",
    )
    json.dumps(report)
