"""Tidied trees in JSON form to XML, byte for byte as the reference prints it.

One line, single quotes in the declaration, default namespaces re-declared where they change, no
prefix but `xlink` (facts: json-xml 1, 2). Parts are appended to a list, joined at the end.

Nearly all messages are *plain*: as JSON they show that no text has anything to escape or to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.text.java_numbers import exact_text
from hubemu.messages.text.xml_text import FORBIDDEN

__all__ = [
    "HEAD",
    "MAX_REPEATED",
    "RESOURCE",
    "Parts",
    "end_tag",
    "is_plain",
    "write_distribution",
    "write_element",
]

HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>"
    '<edxlDistribution xlink:type="extended" xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:ct="urn:oasis:names:tc:emergency:edxl:ct:1.0">'
)
RESOURCE = ' xlink:type="resource"'
_NAME = re.compile(r"[^\W\d][\w.-]*")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xd;"}
_ESCAPES |= {chr(code): f"&#x{code:x};" for code in range(0x7F, 0xA0)}
_TO_ESCAPE = re.compile(r"[&<\r\x7f-\x9f]|(?<![^\]])>")
"""A `>` is escaped where it begins a text or may end a section, by the Hub's writer."""
_IN_PIECES = re.compile(r"[&<\r\x7f-\x9f]>*|(?<![^\]])>+")
"""In a text that is not short, also behind what is escaped, and where a piece of it begins."""
_SPECIAL = re.compile("[&<>\r\x7f-\x9f]")
_NOT_SHORT, _PIECE = 12, 512
_UNSUSPICIOUS = bytes(set(range(256)) - set(b"&<>\x7f\\\xc2\xef"))
_ODD_ESCAPES = (b"\\b", b"\\f", b"\\r", b"\\u", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""In JSON: what may be a character that XML refers to, or cannot hold."""
_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
_BEGINS_WITH_MARK = re.compile(rb'(?<!\\)">')
_SHORT = 64
_MOST_NAMES = 4096
MAX_REPEATED = 32 * 1024 * 1024
"""Characters of element names that the items of lists may cost: JSON writes such a name once."""


class Parts(list[str]):
    """The parts of a text that is written.

    `room` is what lists may still cost; `plain` whether no text needs to be looked at.
    """

    room = MAX_REPEATED
    plain = False

    def make_room(self, name: str, times: int) -> None:
        """Count the items of a list.

        Raises:
            UnwritableMessage: the name is repeated too often.
        """
        self.room -= times * 2 * len(name)
        if self.room < 0:
            raise UnwritableMessage("as XML it is too large: its lists repeat a long name")


def is_plain(body: bytes) -> bool:
    """Whether JSON, valid and in UTF-8, shows that its texts stand in XML as they are."""
    suspicious = body.translate(None, _UNSUSPICIOUS)
    if not suspicious:
        return True
    if suspicious.strip(b">\\\xc2\xef") or (b">" in suspicious and _may_escape_mark(body)):
        return False
    if b"\xc2" in suspicious and _CONTROLS.search(body):
        return False
    return not any(odd in body for odd in _ODD_ESCAPES)


def _may_escape_mark(body: bytes) -> bool:
    """Whether a `>` of JSON stands where it may be escaped."""
    if len(body) > _PIECE or b"]>" in body:
        return True
    return b'">' in body and _BEGINS_WITH_MARK.search(body) is not None


def write_distribution(
    tree: Mapping[str, Any],
    write_message: Callable[[Parts, dict[str, Any]], None],
    *,
    content_is_resource: bool,
    plain: bool = False,
) -> bytes:
    """The XML of a tidied envelope; `write_message` appends the parts of a `message` element.

    A tree is `plain` if its JSON `is_plain`.

    Raises:
        UnwritableMessage: it holds a character or a name that XML cannot.
    """
    out = Parts((HEAD,))
    out.plain = plain
    for name, value in tree.items():
        if name == "content":
            out.append(f"<content{RESOURCE if content_is_resource else ''}>")
            for item in value:
                _write_content(out, item, write_message)
            out.append("</content>")
        else:
            write_element(out, name, value, RESOURCE if name == "descriptor" else "")
    out.append("</edxlDistribution>")
    text = "".join(out)
    if not plain and (found := FORBIDDEN.search(text)):
        raise UnwritableMessage(f"XML cannot hold the character U+{ord(found[0]):04X}")
    return text.encode()


def _write_content(
    out: Parts,
    item: Mapping[str, Any],
    write_message: Callable[[Parts, dict[str, Any]], None],
) -> None:
    out.append(f"<contentObject{RESOURCE}><contentXML><embeddedXMLContent>")
    write_message(out, item["jsonContent"]["embeddedJsonContent"]["message"])
    out.append("</embeddedXMLContent></contentXML></contentObject>")


def write_element(out: Parts, name: str, value: Any, attributes: str = "") -> None:
    """Append one element, or one for each item of a list.

    Raises:
        UnwritableMessage: `name` cannot be the name of an element, or is repeated too often.
    """
    if isinstance(value, list):
        out.make_room(name, len(value))
        for item in value:
            write_element(out, name, item, attributes)
        return
    end = _ENDS[name]
    if out.plain and type(value) is dict and value:
        _write_plain(out, name, value, attributes)
    elif isinstance(value, str):
        out.append(f"<{name}{attributes}>{_text(value)}{end}")
    elif isinstance(value, dict) and value:
        out.append(f"<{name}{attributes}>")
        before = len(out)
        for key, item in value.items():
            if key:
                write_element(out, key, item)
            else:
                # The text of an element that had attributes, or texts between its elements.
                out.extend(map(_between, item if isinstance(item, list) else (item,)))
        if len(out) == before:  # nothing but empty lists
            out[-1] = f"<{name}{attributes}/>"
        else:
            out.append(end)
    elif text := _text(value):
        out.append(f"<{name}{attributes}>{text}{end}")
    else:
        out.append(f"<{name}{attributes}/>")


def _write_plain(out: Parts, name: str, fields: dict[str, Any], attributes: str = "") -> None:
    """Append an element of a plain tree that has fields: this loop is the cost of writing XML."""
    end = _ENDS[name]
    append = out.append
    append(f"<{name}{attributes}>")
    before = len(out)
    for key, value in fields.items():
        kind = type(value)
        if kind is str and value and key:
            append(f"<{key}>{value}{_ENDS[key]}")
        elif kind is dict and value and key:
            _write_plain(out, key, value)
        elif kind is list and key:
            _write_plain_items(out, key, value)
        elif key:
            write_element(out, key, value)
        else:
            # The text of an element that had attributes, or texts between its elements.
            out.extend(map(_between, value if kind is list else (value,)))
    if len(out) > before:
        append(end)
    else:  # nothing but empty lists
        out[-1] = f"<{name}{attributes}/>"


def _write_plain_items(out: Parts, name: str, items: list[Any]) -> None:
    out.make_room(name, len(items))
    for item in items:
        if type(item) is dict and item:
            _write_plain(out, name, item)
        else:
            write_element(out, name, item)


class _EndTags(dict[str, str]):
    """The end tag of each element by its name.

    What is remembered is little and small: a client chooses these names.

    Raises:
        UnwritableMessage: when asked for a name that no element can have.
    """

    def __missing__(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise UnwritableMessage(f"XML cannot have an element called {name!r}")
        end = f"</{name}>"
        if len(name) <= _SHORT and len(self) < _MOST_NAMES:
            self[name] = end
        return end


_ENDS = _EndTags()


def end_tag(name: str) -> str:
    """The end tag of an element.

    Raises:
        UnwritableMessage: no element can have that name.
    """
    return _ENDS[name]


def _escaped(found: re.Match[str]) -> str:
    return "".join([_ESCAPES[character] for character in found[0]])


def _escape(text: str) -> str:
    """The text as the Hub's writer escapes it, which takes it piece by piece."""
    if len(text) < _NOT_SHORT:
        return _TO_ESCAPE.sub(_escaped, text)
    if len(text) <= _PIECE or ">" not in text:
        return _IN_PIECES.sub(_escaped, text)
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    return "".join(_IN_PIECES.sub(_escaped, piece) for piece in pieces)


def _between(value: Any) -> str:
    """A text between elements.

    Raises:
        UnwritableMessage: it is no text, but what JSON has under an empty name.
    """
    if isinstance(value, dict | list):
        raise UnwritableMessage("XML cannot have an element without a name")
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _escape(value) if _SPECIAL.search(value) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return exact_text(value)
    return str(value) if value or value == 0 else ""
