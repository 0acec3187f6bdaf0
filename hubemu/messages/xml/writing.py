"""Tidied trees in JSON form to XML, byte for byte as the reference prints it.

One line, single quotes in the declaration, default namespaces re-declared where they change, no
prefix but `xlink` (facts: json-xml 1, 2). Parts are appended to a list, joined at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.text.xml_text import FORBIDDEN

__all__ = ["MAX_REPEATED", "Parts", "write_distribution", "write_element"]

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
_SHORT = 64
_MOST_NAMES = 4096
MAX_REPEATED = 32 * 1024 * 1024
"""Characters of element names that the items of lists may cost: JSON writes such a name once."""


class Parts(list[str]):
    """The parts of a text that is written; `room` is what lists may still cost."""

    room = MAX_REPEATED


def write_distribution(
    tree: Mapping[str, Any],
    write_message: Callable[[Parts, dict[str, Any]], None],
    *,
    content_is_resource: bool,
) -> bytes:
    """The XML of a tidied envelope; `write_message` appends the parts of a `message` element.

    Raises:
        UnwritableMessage: it holds a character or a name that XML cannot.
    """
    out = Parts((_HEAD,))
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
    if found := FORBIDDEN.search(text):
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
    if isinstance(value, str):
        text = _TO_ESCAPE.sub(_escaped, value) if _TO_ESCAPE.search(value) else value
        out.append(f"<{name}{attributes}>{text}{end}" if text else f"<{name}{attributes}/>")
    elif isinstance(value, list):
        out.room -= len(value) * 2 * len(name)
        if out.room < 0:
            raise UnwritableMessage("as XML it is too large: its lists repeat a long name")
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
