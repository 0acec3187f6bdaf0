"""An envelope and, where its type has one, a header around a bare content (facts: hub 3).

A JSON content is an object whose one key is the type's, an XML content the type's element.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubemu.edxl import Format
from hubemu.errors import InputError
from hubemu.messages.envelope.making import distribution, header
from hubemu.messages.releases.release import Release
from hubemu.messages.text.json_text import NotJson, dump_json, parse_json
from hubemu.messages.text.xml_declaration import shown_text
from hubemu.messages.text.xml_text import local_name

__all__ = ["Letter", "wrap", "wrap_text"]

_KINDS = {"reference": "Ack", "error": "Error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Who writes to whom and when (aware); good for a day.

    `internal_id` makes the message's id its own: the id is `<sender>_<internal_id>`.
    """

    sender: str
    recipient: str
    internal_id: str
    now: datetime


def wrap(content: Mapping[str, Any], release: Release, letter: Letter) -> dict[str, Any]:
    """A whole message, in JSON form, around a bare content such as `{"createCaseHealth": {...}}`.

    Nothing is validated.

    Raises:
        KeyError: the content's key is not one of the release's.
    """
    key = next(iter(content))
    return _around(content, key, letter, with_header=release.type_of_key(key).header)


def wrap_text(
    content: bytes, written: Format, release: Release, letter: Letter, source: object
) -> bytes:
    """The whole message around a content as it is written; `source` names it in errors.

    A content that the release does not know gets a header: the Hub's verdict then says the rest.

    Raises:
        InputError: it is not a bare content.
    """
    return (_wrap_xml if written == "xml" else _wrap_json)(content, release, letter, source)


def _wrap_json(content: bytes, release: Release, letter: Letter, source: object) -> bytes:
    try:
        bare = parse_json(content)
    except NotJson as error:
        raise InputError(source, f"not valid JSON: {error}") from None
    if not isinstance(bare, dict) or len(bare) != 1:
        raise InputError(source, "--wrap wants an object with one key, the content's type")
    key = next(iter(bare))
    return dump_json(_around(bare, key, letter, with_header=_has_header(release, key)))


def _wrap_xml(content: bytes, release: Release, letter: Letter, source: object) -> bytes:
    from hubemu.messages.text.xml_parsing import parse_xml

    try:
        bare = parse_xml(shown_text(content).encode())
    except ValueError as error:
        raise InputError(source, f"not well-formed XML: {error}") from None
    key = local_name(bare)
    return release.enclose(_around({}, key, letter, with_header=_has_header(release, key)), bare)


def _has_header(release: Release, key: str) -> bool:
    return next((kind.header for kind in release.types.values() if kind.key == key), True)


def _around(
    content: Mapping[str, Any], key: str, letter: Letter, *, with_header: bool
) -> dict[str, Any]:
    identifier = f"{letter.sender}_{letter.internal_id}"
    kind = _KINDS.get(key, "Report")
    ends = {"sender": letter.sender, "recipient": letter.recipient}
    before = header(identifier, kind=kind, now=letter.now, **ends) if with_header else {}
    return distribution(
        {**before, **content}, distribution_id=identifier, kind=kind, now=letter.now, **ends
    )
