"""Bodies damaged on purpose: what their reader sees, and that it is the same each time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest
from lxml import etree

from hubemu.faults.dispatch.damage import damaged
from hubemu.messages import Format, InvalidMessage, example_message, load_release

RELEASES = ("1.0", "2.0.0", "3.0.0", "3.4.1")


def chance_of(seed: str) -> Callable[[str], float]:
    def chance(purpose: str) -> float:
        return hashlib.sha256(f"{seed}{purpose}".encode()).digest()[0] / 256

    return chance


def message(release: str, written: Format) -> bytes:
    return example_message(
        "RS-EDA", release, sender="fr.health.samuA", recipient="fr.health.samuB", written=written
    )


@pytest.mark.parametrize("written", ["json", "xml"])
@pytest.mark.parametrize("release", RELEASES)
def test_schema_is_well_formed_and_invalid(release: str, written: Format) -> None:
    whole = message(release, written)
    body = damaged(whole, "schema", written, chance_of("a"))
    if written == "json":
        json.loads(body)
    else:
        etree.fromstring(body)
    load_release(release).parse(whole, written)
    with pytest.raises(InvalidMessage):
        load_release(release).parse(body, written)


@pytest.mark.parametrize("written", ["json", "xml"])
@pytest.mark.parametrize("text", ["hôpital", "hopital", "😀", "é"])
def test_encoding_is_no_longer_utf_8(written: Format, text: str) -> None:
    whole = (f'{{"a": "{text}"}}' if written == "json" else f"<a>{text}</a>").encode()
    with pytest.raises(UnicodeDecodeError):
        damaged(whole, "encoding", written, chance_of("a")).decode("utf-8")


def test_garble_changes_bytes_and_no_length_the_same_way_for_a_seed() -> None:
    whole = message("2.0.0", "json")
    first = damaged(whole, "garble", "json", chance_of("a"))
    assert len(first) == len(whole)
    assert 0 < sum(a != b for a, b in zip(first, whole, strict=True)) <= len(whole) // 40
    assert damaged(whole, "garble", "json", chance_of("a")) == first
    assert damaged(whole, "garble", "json", chance_of("b")) != first
    assert damaged(b"x", "garble", "json", chance_of("a")) != b"x"


def test_truncate_cuts() -> None:
    assert damaged(b"0123456789", "truncate", "json", chance_of("a")) == b"01234"
