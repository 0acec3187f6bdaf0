"""An export without who and where."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hubemu.journal.identities import replace_identities

PERSON = {"lastName": "D'Été & fils", "firstName": "Zoé", "number": "12"}


def detail(body: str, *forwarded: str, cause: str | None = None) -> dict[str, Any]:
    """As `Entry.detail` gives it, with what is looked at here."""
    copies = [{"queue": "q", "body": one, "encoding": "utf-8"} for one in forwarded]
    own = {"body": body, "encoding": "utf-8", "sha256": "x", "forwarded": copies}
    return own | {"errorCause": cause, "at": "2026-12-12T12:00:00.000Z", "number": 12}


@pytest.mark.parametrize("plain", [True, False])
def test_one_identity_is_one_pseudonym_however_it_is_written(plain: bool) -> None:
    body = json.dumps({"patient": PERSON, "code": "Zoédiac"}, ensure_ascii=plain)
    xml = "<lastName>D'Été &amp; fils</lastName><firstName>Zoé</firstName>"
    cause = "name: D'Été & fils is too long"
    [hidden] = replace_identities([detail(body, xml, cause=cause)])
    assert json.loads(hidden["body"])["patient"] == {
        "lastName": "XXX-1",
        "firstName": "XXX-2",
        "number": "XXX-3",
    }
    assert json.loads(hidden["body"])["code"] == "Zoédiac"
    [copy] = hidden["forwarded"]
    assert copy["body"] == "<lastName>XXX-1</lastName><firstName>XXX-2</firstName>"
    assert hidden["errorCause"] == "name: XXX-1 is too long"
    assert hidden["sha256"] == ""


def test_what_is_short_is_replaced_only_where_it_stands_alone() -> None:
    body = json.dumps({"number": "12", "sentAt": "2026-12-12T12:00:00+00:00", "count": 12})
    [hidden] = replace_identities([detail(body)])
    assert json.loads(hidden["body"]) == {
        "number": "XXX-1",
        "sentAt": "2026-12-12T12:00:00+00:00",
        "count": 12,
    }
    assert (hidden["at"], hidden["number"]) == ("2026-12-12T12:00:00.000Z", 12)


def test_coordinates_and_lists_of_texts_go_and_codes_stay() -> None:
    body = {"lat": 48.8668, "lon": -2.5, "freetext": ["one thing", "another"], "name": "SMUR-7"}
    [hidden] = replace_identities([detail(json.dumps(body | {"URI": "hubex:fr.health.samuA"}))])
    assert json.loads(hidden["body"]) == {
        "lat": 0,
        "lon": 0,
        "freetext": ["XXX-1", "XXX-2"],
        "name": "SMUR-7",
        "URI": "hubex:fr.health.samuA",
    }


def test_a_body_that_is_broken_or_no_utf_8_gives_nothing_away() -> None:
    broken = detail('{"lastName": "Morel", "freetext": "a \\"word\\" of Morel')
    octets = base64.b64encode('{"lastName": "Bérénice"}'.encode("latin-1")).decode()
    other = detail(octets) | {"encoding": "base64"}
    first, second = replace_identities([broken, other])
    assert "Morel" not in first["body"]
    assert base64.b64decode(second["body"]) == b'{"lastName": "XXX-2"}'
    assert second["encoding"] == "base64"


def test_nobody_is_nobody() -> None:
    [hidden] = replace_identities([detail("<a/>")])
    assert hidden["body"] == "<a/>"
