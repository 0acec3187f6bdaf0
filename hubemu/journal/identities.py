"""Messages of the journal without who and where: to be shown to people outside."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, unescape

__all__ = ["replace_identities"]

_WHO = ("lastName", "firstName", "complete", "birthName", "givenName", "familyName", "birthDate")
_NUMBERS = ("localIdentifier", "externalId", "insNumber", "patientId", "idPat", "identifier")
_WHERE = ("phone", "mail", "email", "street", "number", "wayName", "inseeCode")
_TOLD = ("freetext", "freeText", "detail", "comment", "note")
_PERSONAL = frozenset((*_WHO, *_NUMBERS, *_WHERE, *_TOLD))
_PERHAPS = frozenset(("name", "value", "label"))
"""Also of things: their codes and client ids stay."""
_CODE = re.compile(r"(?:fr\.|hubex|urn:).*|[A-Z0-9_.:-]{1,24}")
_COORDINATE = re.compile(r'("(?:lat|lon)"\s*:\s*"?|<(?:\w+:)?(?:lat|lon)>)-?[\d.]+')
_ELEMENT = re.compile(r"<(?:\w+:)?([\w-]+)>([^<]+)</")
_MEMBER = re.compile(r'"(\w+)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_DISTINCT = 4
"""Characters a text has at least to be replaced within another: a house number would hit dates."""


def replace_identities(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Details of messages (`Entry.detail`) with pseudonyms and without coordinates.

    The same text becomes the same pseudonym wherever it stands: in bodies as received and as
    forwarded, causes and traces. `sha256` is empty, which a name could be guessed by.
    """
    found: dict[str, str] = {}
    for message in messages:
        for one in (message, *message["forwarded"]):
            for text in _personal(_text(one)):
                found.setdefault(text, f"XXX-{len(found) + 1}")
    hide = _hiding(found)
    return [_hidden(message, hide) | {"sha256": ""} for message in messages]


def _text(body: Mapping[str, Any]) -> str:
    if body["encoding"] == "utf-8":
        return str(body["body"])
    return base64.b64decode(body["body"]).decode("latin-1")


def _personal(body: str) -> Iterator[str]:
    """Texts under keys that name people, places and numbers; of a broken body too."""
    for key, text in _ELEMENT.findall(body):
        yield from _if_personal(key, unescape(text))
    try:
        yield from _texts(json.loads(body), "")
    except (ValueError, RecursionError):
        for key, text in _MEMBER.findall(body):
            yield from _if_personal(key, text)


def _texts(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str):
        yield from _if_personal(key, value)


def _if_personal(key: str, text: str) -> Iterator[str]:
    if text.strip() and (key in _PERSONAL or (key in _PERHAPS and not _CODE.fullmatch(text))):
        yield text


def _hiding(found: Mapping[str, str]) -> Callable[[str], str]:
    """What replaces each of these texts in another, however it is escaped there."""
    written = {form: name for text, name in found.items() for form in _forms(text)}
    longest = sorted(written, key=len, reverse=True)
    pattern = re.compile("|".join(map(_place, longest)) or r"(?!)")

    def hide(text: str) -> str:
        hidden = pattern.sub(lambda place: written[place[0]], text)
        return _COORDINATE.sub(r"\g<1>0", hidden)

    return hide


def _forms(text: str) -> set[str]:
    quoted = (json.dumps(text, ensure_ascii=plain)[1:-1] for plain in (True, False))
    return {text, escape(text), escape(text, {'"': "&quot;", "'": "&apos;"}), *quoted}


def _place(text: str) -> str:
    if len(text) < _DISTINCT:
        return f'(?<=[">]){re.escape(text)}(?=["<])'
    return rf"(?<!\w){re.escape(text)}(?!\w)"


def _hidden(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list):
        return [_hidden(inner, hide) for inner in value]
    if not isinstance(value, Mapping):
        return value
    hidden = {key: _hidden(inner, hide) for key, inner in value.items()}
    if value.get("encoding") == "base64":
        octets = hide(_text(value)).encode("latin-1", "replace")
        hidden["body"] = base64.b64encode(octets).decode("ascii")
    return hidden
