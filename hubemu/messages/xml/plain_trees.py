"""The free tree of a plain document, straight from its text: most sources that a report quotes.

Plain is a document in which nothing needs a parser to be understood: no references, comments, CDATA
or processing instructions, no attributes but namespaces and `xlink:type`, no text between elements.
What is not plain beyond doubt is parsed (`reading.root_tree`), which gives the same trees.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from hubemu.messages.xml.forms import XLINK
from hubemu.messages.xml.plain_text import DECLARATION, RESERVED, plain_text
from hubemu.messages.xml.reading import add_value

__all__ = ["plain_tree"]

_LARGEST = 1_000_000
_DEEPEST = 100
_LONG = 2_000
"""Octets of a document, elements in each other, and characters of attributes that are plain."""
_SPACE = " \n\t"
_PROLOG = re.compile(rf"{DECLARATION}(?=<[A-Za-z_])")
_NAME = "([A-Za-z_][A-Za-z0-9_.-]{0,200}+)"
_TOKEN = re.compile(rf"<(?:{_NAME}([^<>]*+)>([^<]*+)(</\1>[ \n\t]*+)?+|/{_NAME}>[ \n\t]*+)")
"""Where an element begins, its attributes, the text behind, its end if it follows; or an end."""
_GROUPS = _TOKEN.groups
_HOST = r"https?://[A-Za-z0-9._-]{1,100}+(?:/[A-Za-z0-9._-]{1,100}+)*+"
_URI = rf"(?:urn:[A-Za-z0-9:._-]{{1,200}}+|{_HOST})"
_ATTRIBUTE = re.compile(
    rf"""[ \n\t]++(?:(xmlns(?::(?![xX][mM][lL])[A-Za-z]{{1,20}}+)?+)=(?:"({_URI})"|'({_URI})')"""
    r"""|xlink:type=(?:"([a-z]{1,20}+)"|'([a-z]{1,20}+)'))"""
)
_TYPE = "xlink:type"
_TO_LOOK_AT = frozenset((*range(9), 11, 12, *range(14, 32), 0x26, 0xEF))
_ORDINARY = bytes(set(range(256)) - _TO_LOOK_AT)
"""Octets that are no part of a reference, nor of what no document may hold."""


class _NotPlain(Exception):
    """The document needs a parser."""


def plain_tree(body: bytes) -> dict[str, Any] | None:
    """What `reading.root_tree` gives of a document, or `None` if it is not plain."""
    if len(body) > _LARGEST or b"]]>" in body or not _is_ordinary(body):
        return None
    text = plain_text(body)
    if text is None:
        return None
    begin = _PROLOG.match(text)
    if begin is None:
        return None
    parts = _TOKEN.split(text[begin.end() :])
    try:
        return None if any(parts[:: _GROUPS + 1]) else _tree(parts)
    except (_NotPlain, IndexError):
        return None


def _is_ordinary(body: bytes) -> bool:
    rest = body.translate(None, _ORDINARY)
    if not rest:
        return True
    # Half of the marks U+FFFE and U+FFFF, or of many a good character.
    return not rest.strip(b"\xef") and b"\xef\xbf\xbe" not in body and b"\xef\xbf\xbf" not in body


def _tree(parts: Sequence[Any]) -> dict[str, Any]:
    """The tree of the root element; IndexError where more ends than began."""
    step = _GROUPS + 1
    groups = zip(*(parts[at::step] for at in range(1, step)), strict=True)
    names: list[str] = []
    around: list[dict[str, Any]] = []
    whole: dict[str, Any] = {}
    current = whole
    value: Any
    for name, attributes, text, end, ended in groups:
        if end is not None:
            if attributes and _typed(attributes, not names):
                raise _NotPlain
            value = text
        elif ended is not None:
            if names.pop() != ended:
                raise _NotPlain
            current = around.pop()
            continue
        else:
            if text.strip(_SPACE):
                raise _NotPlain
            value = _begun(attributes, not names)
        if name in current:
            add_value(current, name, value)
        else:
            current[name] = value
        if value.__class__ is dict:
            if len(names) > _DEEPEST:
                raise _NotPlain
            names.append(name)
            around.append(current)
            current = value
    if names or len(whole) != 1 or type(root := whole.popitem()[1]) is not dict:
        raise _NotPlain
    return root


def _begun(attributes: str, is_root: bool) -> Any:
    """What an element is at its beginning: an object with its attributes, or empty and over."""
    if not attributes and not is_root:
        return {}
    if attributes.endswith("/"):
        if attributes != "/" and _typed(attributes[:-1], is_root):
            raise _NotPlain
        return ""
    kind = _typed(attributes, is_root)
    return {"type": kind} if kind else {}


def _typed(attributes: str, is_root: bool) -> str | None:
    """The one attribute that is no namespace, if it is there."""
    if len(attributes) > _LONG:
        raise _NotPlain
    return _known_type(attributes.rstrip(_SPACE), is_root)


@lru_cache(maxsize=256)
def _known_type(attributes: str, is_root: bool) -> str | None:
    given: dict[str, str] = {}
    at = 0
    while at < len(attributes):
        found = _ATTRIBUTE.match(attributes, at)
        if found is None or (name := found[1] or _TYPE) in given:
            raise _NotPlain
        given[name] = found[found.lastindex or 0]
        at = found.end()
    kind = given.pop(_TYPE, None)
    # Prefixes are bound at the root, for the whole document, and `xlink` is.
    bound = given.get("xmlns:xlink") == XLINK if is_root else given.keys() <= {"xmlns"}
    if not bound or not RESERVED.isdisjoint(given.values()):
        raise _NotPlain
    return kind
