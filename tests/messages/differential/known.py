"""Differences that docs/fidelity.md tells, recognized by what differs, not by the seed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from math import isclose
from typing import Any, Final

from tests.messages.differential.comparing import Difference

__all__ = ["KNOWN", "why_known"]

_LONG: Final = 1_000
_OURS_OF_A_NAME: Final = b"XML cannot have an element called"
_HALF_IN_KEY: Final = re.compile(rb'\\u[dD][89a-fA-F]..[^"]*"[ \t\r\n]*:')
_MALFORMED_KEY: Final = re.compile(rb'[\x80-\xff][^"]*"[ \t\r\n]*:')
_COLON_FIRST: Final = re.compile(rb"[<\s/]:|:[\s/>=]")
_PRIVATE: Final = re.compile(rb"\xf4\x8f[\x9c-\x9d]|&#x10F7", re.IGNORECASE)


def why_known(found: Difference) -> str | None:
    """How the line of docs/fidelity.md begins that tells of it; `None` if none does."""
    return next((line for line, tells in KNOWN.items() if tells(found)), None)


def _names(found: Difference) -> bool:
    """Jackson writes an element of any name, and references that no parser resolves."""
    if found.wanted != "x" or found.theirs.outcome != "V":
        return False
    unreadable = any(part in found.theirs.text for part in (b"&#xfff", b"<>", b"</>"))
    return unreadable or found.ours.text.startswith(_OURS_OF_A_NAME)


def _roots(found: Difference) -> bool:
    """A list is no document; the content of a message always is an object."""
    return found.theirs.outcome == "E" and any(
        words in found.theirs.text
        for words in (b"root", b"outside main element", b"No open start element")
    )


def _digits(found: Difference) -> bool:
    """Before JDK 19 some doubles are printed with more digits than they need (JDK-4511638)."""
    return found.theirs.outcome == found.ours.outcome == "V" and _is_close(
        _tree(found.theirs.text), _tree(found.ours.text)
    )


def _is_close(theirs: Any, ours: Any) -> bool:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return list(theirs) == list(ours) and all(_is_close(theirs[k], ours[k]) for k in ours)
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(theirs) == len(ours) and all(map(_is_close, theirs, ours))
    if isinstance(theirs, float) and isinstance(ours, float):
        return isclose(theirs, ours, rel_tol=1e-15)
    return bool(theirs == ours)


def _tree(text: bytes) -> Any:
    if text.startswith(b"<"):
        return [_number(part) for part in re.split(rb"[<>]", text)]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _number(part: bytes) -> Any:
    try:
        return float(part) if b"." in part else part
    except ValueError:
        return part


def _doctype(found: Difference) -> bool:
    return b"<!DOCTYPE" in found.body.replace(b"\x00", b"") and found.ours.outcome == "E"


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_new(body: bytes) -> bool:
    """XML 1.1, which knows letters that XML 1.0 does not."""
    return b"1.1" in body[:40] and not body.isascii()


def _charset(found: Difference) -> bool:
    """Debian's Woodstox cannot end a body that another reader decodes for it."""
    return found.wanted == "s" and b"this.mIn" in found.theirs.text


KNOWN: Final[Mapping[str, Callable[[Difference], bool]]] = {
    "A key that is no name in XML": _names,
    "(a list is no document)": lambda found: found.wanted == "x" and _roots(found),
    "(Debian's Woodstox and long numbers)": lambda found: (
        found.wanted == "x" and found.theirs.text.startswith(b"offset ")
    ),
    "A double is printed with the fewest digits": _digits,
    "Any DOCTYPE is refused": _doctype,
    "(Debian's Woodstox)": _charset,
    "A number alone": lambda found: (
        found.body.lstrip()[:1] in b"-0123456789" and len(found.body) > 999
    ),
    "Half a character in a key": lambda found: (
        found.wanted == "q"
        and bool(
            _HALF_IN_KEY.search(found.body.replace(b"\0", b""))  # of any width
            or _MALFORMED_KEY.search(found.body)
        )
    ),
    "A text without a name": lambda found: found.wanted == "x" and b'""' in found.body,
    "malformed octets": lambda found: found.wanted in "qs" and not _is_utf8(found.body),
    "that only one of the Hub's two parsers knows": lambda found: (
        found.wanted == "s" and (b"\xf0" in found.body or _is_new(found.body))
    ),
    "An element that says it is nil": lambda found: (
        found.wanted == "s" and b"nil=" in found.body and b"[null," in found.ours.text
    ),
    "where there is a NUL in the declaration": lambda found: (
        found.body.startswith(b"<?xml") and b"\0" in found.body.partition(b"?>")[0]
    ),
    "A name of XML with a colon at its ends": lambda found: (
        found.ours.outcome == "E" and bool(_COLON_FIRST.search(found.body))
    ),
    "XML 1.1": lambda found: (
        b"1.1" in found.body[:80].replace(b"\x00", b"")
        and any(odd in found.body for odd in (b"\xc2\x85", b"&#", b"\xf4\x8f\x9c", b'=""'))
    ),
}
"""What tells a difference, by the line of the documentation; in brackets: that of the oracle."""
