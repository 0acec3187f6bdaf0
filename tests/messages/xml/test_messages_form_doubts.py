"""A refusal is told alike whether or not a form has seen where it may be wrong."""

from __future__ import annotations

import re
from random import Random
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from hubemu.messages import InvalidMessage, Release, load_release
from hubemu.messages.xerces.doubts import DoubtfulTexts, Doubts
from hubemu.messages.xml.form_messages import FormMessages
from tests.support.forms import example_xml
from tests.support.message_types import SENT_TYPES as TYPES

_TEXT = re.compile(r">([^<>]+)</")
_WRONG = (
    *("NOWHERE", "Actual ", " 12", "12.", "1.50", "2147483648", "-1", "true", "0", "x" * 1100),
    *("2024-02-30T10:00:00+01:00", "2024-05-15T10:00:00Z", "2024-05-15T10:00:00+14:30", "15/05"),
    *("fr.health.samu A", "é.b.c.d", "a_b", "fr.health.samuA_1", "A12.", "a  b", "\n", "]", "٣"),
)
RELEASE = load_release("2.0.0")


def spoilt(body: bytes, random: Random) -> bytes:
    """A message with one to three texts that may be wrong."""
    text = body.decode()
    for _ in range(random.choice((1, 1, 2, 3))):
        found = random.choice(list(_TEXT.finditer(text)))
        text = text[: found.start(1)] + random.choice(_WRONG) + text[found.end(1) :]
    return text.encode()


def told(release: Release, body: bytes) -> tuple[str, str, str] | None:
    try:
        release.validate(body, "xml")
    except InvalidMessage as error:
        return error.cause, error.distribution_id, error.remark
    return None


def told_without_form(release: Release, body: bytes) -> tuple[str, str, str] | None:
    with patch.object(FormMessages, "read", return_value=None):
        return told(release, body)


def seen(release: Release, body: bytes) -> Doubts:
    found = release._forms.read(body)
    assert isinstance(found, DoubtfulTexts)
    return found.doubts


@settings(max_examples=250, deadline=None)
@given(
    kind=st.sampled_from(TYPES),
    seed=st.integers(0, 10**6),
    extent=st.sampled_from(["random", "full"]),
)
def test_what_a_form_has_seen_changes_no_word(
    kind: tuple[str, str], seed: int, extent: str
) -> None:
    release, random = load_release(kind[0]), Random(seed)
    body = spoilt(example_xml(kind[1], release, seed, extent), random)
    assert told(release, body) == told_without_form(release, body), body


def test_doubts_lead_to_each_text_that_is_not_beyond_doubt() -> None:
    body = example_xml("RS-EDA", RELEASE, 1, "full")
    around = ("content", "contentObject", "contentXML", "embeddedXMLContent", "message")
    wrong = re.sub(rb"(<perimeter>)\w+", rb"\1NOWHERE", body, count=1)
    doubts = seen(RELEASE, wrong)
    for name in (*around, "createCaseHealth"):
        assert list(doubts) == [name]
        inner = doubts[name]
        assert inner is not None
        doubts = inner
    assert doubts == {"perimeter": None}


def test_other_items_of_a_list_are_all_looked_at() -> None:
    body = example_xml("RS-EDA", RELEASE, 1, "full")
    patient = re.search(rb"<patient>.*?</patient>", body, re.DOTALL)
    assert patient is not None
    wrong = re.sub(rb"(<patientId>)[^<]+", rb"\1x", patient[0], count=1)
    for items in ((wrong, patient[0]), (patient[0], wrong), (wrong, wrong)):
        changed = body.replace(patient[0], b"".join(items), 1)
        assert isinstance(RELEASE._forms.read(changed), DoubtfulTexts)
        expected = told_without_form(RELEASE, changed)
        assert expected is not None
        assert told(RELEASE, changed) == expected


def test_a_message_with_its_envelopes_namespace_inside_is_looked_at_whole() -> None:
    body = example_xml("RS-EDA", RELEASE, 1, "full")
    wrong = re.sub(rb"(<perimeter>)\w+", rb"\1NOWHERE", body, count=1)
    assert seen(RELEASE, wrong)
    named = re.sub(
        rb"(<freetext>)[^<]+", rb"\1urn:oasis:names:tc:emergency:EDXL:DE:2.0", wrong, count=1
    )
    assert named != wrong
    assert FormMessages.read(RELEASE._forms, named) is None
