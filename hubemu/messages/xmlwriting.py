"""Tidied trees in JSON form to XML, byte for byte as the reference prints it.

One line, single quotes in the declaration, default namespaces re-declared where they change, no
prefix but `xlink` (facts: json-xml 1, 2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hubemu.messages.errors import UnwritableMessage

__all__ = ["write_distribution", "write_element"]

_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>"
    '<edxlDistribution xlink:type="extended" xmlns="urn:oasis:names:tc:emergency:EDXL:DE:2.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:ct="urn:oasis:names:tc:emergency:edxl:ct:1.0">'
)
_RESOURCE = ' xlink:type="resource"'
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xd;"}
_TO_ESCAPE = re.compile("[&<>\r]")


def write_distribution(
    tree: Mapping[str, Any],
    write_message: Callable[[Mapping[str, Any]], Iterator[str]],
    *,
    content_is_resource: bool,
) -> bytes:
    """The XML of a tidied envelope; `write_message` gives the parts of each `message` element.

    Raises:
        UnwritableMessage: it holds a character or a name that XML cannot.
    """
    out = [_HEAD]
    for name, value in tree.items():
        if name == "descriptor":
            out += ["<descriptor", _RESOURCE, ">", *_children(value), "</descriptor>"]
        elif name == "content":
            out += ["<content", _RESOURCE if content_is_resource else "", ">"]
            out += (part for item in value for part in _content(item, write_message))
            out.append("</content>")
        else:
            out += write_element(name, value)
    out.append("</edxlDistribution>")
    text = "".join(out)
    if found := _ILLEGAL.search(text):
        raise UnwritableMessage(f"XML cannot hold the character U+{ord(found[0]):04X}")
    return text.encode()


def _content(
    item: Mapping[str, Any], write_message: Callable[[Mapping[str, Any]], Iterator[str]]
) -> Iterator[str]:
    yield f"<contentObject{_RESOURCE}><contentXML><embeddedXMLContent>"
    yield from write_message(item["jsonContent"]["embeddedJsonContent"]["message"])
    yield "</embeddedXMLContent></contentXML></contentObject>"


def write_element(name: str, value: Any, namespace: str = "") -> Iterator[str]:
    """The parts of one element, or of one for each item of a list.

    Raises:
        UnwritableMessage: `name` cannot be the name of an element.
    """
    if not _NAME.fullmatch(name):
        raise UnwritableMessage(f"XML cannot have an element called {name!r}")
    if isinstance(value, list):
        for item in value:
            yield from write_element(name, item, namespace)
        return
    declared = f' xmlns="{namespace}"' if namespace else ""
    inner = list(_children(value)) if isinstance(value, Mapping) else [_text(value)]
    if any(inner):
        yield f"<{name}{declared}>"
        yield from inner
        yield f"</{name}>"
    else:
        yield f"<{name}{declared}/>"


def _children(value: Mapping[str, Any]) -> Iterator[str]:
    for name, item in value.items():
        if name == "":
            yield _text(item)  # the text of an element that had attributes
        else:
            yield from write_element(name, item)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
