"""Bodies damaged on purpose, the same way each time for the same strike."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import orjson

from hubemu.messages import Format

__all__ = ["damaged"]

_EVERY: Final = 40
"""One byte of so many is garbled."""
_NEEDED: Final = "dateTimeSent"
"""A key, or an element, that no message is valid without."""
_ELEMENT: Final = re.compile(rb"<([\w.-]+:)?dateTimeSent\b.*?</([\w.-]+:)?dateTimeSent\s*>", re.S)
_LATIN: Final = b"\xe9"


def damaged(body: bytes, how: str, written: Format, chance: Callable[[str], float]) -> bytes:
    """A body that its reader must refuse, or cannot read.

    Args:
        body: what another rule has made of it is damaged further, as far as that can be.
        how: `truncate`, `garble`, `encoding` or `schema`.
        written: what the body is.
        chance: gives a number from 0 up to 1 for each purpose.
    """
    if not body:
        return body
    if how == "truncate":
        return body[: len(body) // 2]
    if how == "garble":
        return _garbled(body, chance)
    return _no_utf8(body) if how == "encoding" else _invalid(body, written)


def _garbled(body: bytes, chance: Callable[[str], float]) -> bytes:
    changed = bytearray(body)
    for number in range(max(1, len(body) // _EVERY)):
        at = int(chance(f"place {number}") * len(body))
        changed[at] = (body[at] + 1 + int(chance(f"byte {number}") * 255)) % 256
    return bytes(changed)


def _no_utf8(body: bytes) -> bytes:
    """The body as ISO 8859-1 where that shows; a lone byte of it is put in where it does not."""
    text = body.decode("utf-8", "replace").encode("latin-1", "replace")
    if _readable(text):
        # Before an ASCII character, so that no sequence of UTF-8 begins there.
        at = next((n for n in range(len(body) // 2, len(body)) if body[n] < 128), len(body))
        return body[:at] + _LATIN + body[at:]
    return text


def _readable(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _invalid(body: bytes, written: Format) -> bytes:
    """The body without what its schema asks for, well-formed as before."""
    if written == "xml":
        return _ELEMENT.sub(b"", body, count=1)
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body  # it is no JSON any more
    if isinstance(tree, dict):
        tree.pop(_NEEDED, None)
    return orjson.dumps(tree)
