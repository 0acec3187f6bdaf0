"""What Xerces takes for an `anyURI`: nearly everything, after it has escaped what needs it."""

from __future__ import annotations

import re

__all__ = ["is_uri"]

_ESCAPED = re.compile(r"[\x00-\x20\x7f<>\"{}|\\^~`\x80-\U0010ffff]")
_HEX = "%[0-9a-fA-F]{2}"
_UNRESERVED = r"[A-Za-z0-9\-_.!~*'()]"
_PATH = re.compile(rf"(?:{_UNRESERVED}|[;/:@&=+$,]|{_HEX})*")
_ANY = re.compile(rf"(?:{_UNRESERVED}|[;/?:@&=+$,\[\]]|{_HEX})*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_BEFORE_PATH = re.compile("[/?#]")
_IP6 = re.compile(r"(?:[^\[\]@]*@)?\[[0-9a-fA-F:.]+\](?::[0-9]*)?")


def is_uri(text: str) -> bool:
    """Whether it is one, absolute or relative."""
    text = _ESCAPED.sub("%20", text)
    scheme, colon, rest = text.partition(":")
    if not colon or (scheme and _BEFORE_PATH.search(scheme)):
        return _is_rest(text, opaque=False)
    if not _SCHEME.fullmatch(scheme) or not rest or rest.startswith("#"):
        return False
    return _is_rest(rest, opaque=not rest.startswith("/"))


def _is_rest(text: str, *, opaque: bool) -> bool:
    """Whether what follows the scheme is an authority, a path, a query and a fragment."""
    if text.startswith("//"):
        authority = _BEFORE_PATH.split(text[2:], maxsplit=1)[0]
        if text == "//":
            return False
        if _IP6.fullmatch(authority):
            text = text[2 + len(authority) :]
    before, _, fragment = text.partition("#")
    path, _, query = before.partition("?")
    return all(
        kind.fullmatch(part)
        for kind, part in ((_ANY if opaque else _PATH, path), (_ANY, query), (_ANY, fragment))
    )
