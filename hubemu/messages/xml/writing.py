"""Tidied trees in JSON form to XML, byte for byte as the reference prints it.

One line, single quotes in the declaration, default namespaces re-declared where they change, no
prefix but `xlink` (facts: json-xml 1, 2). Parts are appended to a list, joined at the end.

Nearly all messages are *plain*: as JSON they show that no text has anything to escape or to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.text.xml_text import FORBIDDEN

__all__ = ["MAX_REPEATED", "Parts", "is_plain", "write_distribution", "write_element"]

_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>"
    '<edxlDistribution xlink:type="extended" xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:ct="urn:oasis:names:tc:emergency:edxl:ct:1.0">'
)
_RESOURCE = ' xlink:type="resource"'
_NAME = re.compile(r"[^\W\d][\w.-]*")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xd;"}
_TO_ESCAPE = re.compile("[&<>\r]")
_UNSUSPICIOUS = bytes(set(range(256)) - set(b"&<>\\\xef"))
_ODD_ESCAPES = (b"\\b", b"\\f", b"\\r", b"\\u", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""In JSON: what may be a character that XML refers to, or cannot hold."""
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
    if suspicious.strip(b"\\\xef"):
        return False
    return not any(mark in body for mark in _ODD_ESCAPES)


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
    out = Parts((_HEAD,))
    out.plain = plain
    for name, value in tree.items():
        if name == "content":
            out.append(f"<content{_RESOURCE if content_is_resource else ''}>")
            for item in value:
                _write_content(out, item, write_message)
            out.append("</content>")
        else:
            write_element(out, name, value, _RESOURCE if name == "descriptor" else "")
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
    out.append(f"<contentObject{_RESOURCE}><contentXML><embeddedXMLContent>")
    write_message(out, item["jsonContent"]["embeddedJsonContent"]["message"])
    out.append("</embeddedXMLContent></contentXML></contentObject>")


def write_element(out: Parts, name: str, value: Any, attributes: str = "") -> None:
    """Append one element, or one for each item of a list.

    Raises:
        UnwritableMessage: `name` cannot be the name of an element, or is repeated too often.
    """
    end = _ENDS[name]
    if out.plain and type(value) is dict and value:
        out.append(f"<{name}{attributes}>")
        _write_plain_fields(out, value)
        out.append(end)
    elif isinstance(value, str):
        text = _TO_ESCAPE.sub(_escaped, value) if _TO_ESCAPE.search(value) else value
        out.append(f"<{name}{attributes}>{text}{end}" if text else f"<{name}{attributes}/>")
    elif isinstance(value, list):
        out.make_room(name, len(value))
        for item in value:
            write_element(out, name, item, attributes)
    elif isinstance(value, dict) and value:
        out.append(f"<{name}{attributes}>")
        for key, item in value.items():
            if key:
                write_element(out, key, item)
            else:
                # The text of an element that had attributes, or texts between its elements.
                out.extend(map(_text, item if isinstance(item, list) else (item,)))
        out.append(end)
    elif text := _text(value):
        out.append(f"<{name}{attributes}>{text}{end}")
    else:
        out.append(f"<{name}{attributes}/>")


def _write_plain_fields(out: Parts, fields: dict[str, Any]) -> None:
    """Append what stands in an element of a plain tree: this loop is the cost of writing XML."""
    append = out.append
    for name, value in fields.items():
        kind = type(value)
        if kind is str and value and name:
            append(f"<{name}>{value}{_ENDS[name]}")
        elif kind is dict and value and name:
            end = _ENDS[name]
            append(f"<{name}>")
            _write_plain_fields(out, value)
            append(end)
        elif kind is list and name:
            _write_plain_items(out, name, value)
        elif name:
            write_element(out, name, value)
        else:
            # The text of an element that had attributes, or texts between its elements.
            out.extend(map(_text, value if kind is list else (value,)))


def _write_plain_items(out: Parts, name: str, items: list[Any]) -> None:
    end = _ENDS[name]
    out.make_room(name, len(items))
    for item in items:
        if type(item) is dict and item:
            out.append(f"<{name}>")
            _write_plain_fields(out, item)
            out.append(end)
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


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _TO_ESCAPE.sub(_escaped, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value or value == 0 else ""
