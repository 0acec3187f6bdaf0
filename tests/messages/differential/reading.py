"""What hubemu makes of a body, told as `Reader.java` does: the same wishes, the same letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hubemu.dispatcher.unread_message import source_tree
from hubemu.messages import MessageError
from hubemu.messages.text.java_numbers import free_content
from hubemu.messages.text.json_text import NotJson, dump_json, is_empty, parse_json
from hubemu.messages.text.xml11 import restored
from hubemu.messages.text.xml_parsing import parse_xml
from hubemu.messages.text.xml_text import FORBIDDEN, BadXml
from hubemu.messages.xml.limits import check_limits
from hubemu.messages.xml.reading import root_tree
from hubemu.messages.xml.writing import Parts, write_element
from tests.messages.differential.jackson import Answer

__all__ = ["read"]


def read(wanted: str, body: bytes) -> Answer:
    """What hubemu answers to a wish."""
    try:
        text = _READERS[wanted](body)
    except (NotJson, BadXml, MessageError) as error:
        return Answer("E", str(error).encode())
    return Answer("M", b"") if text is None else Answer("V", text)


def _json(body: bytes) -> bytes | None:
    return None if is_empty(body) else dump_json(free_content(parse_json(body)))


def _json_as_xml(body: bytes) -> bytes | None:
    if is_empty(body):
        return None
    parts = Parts()
    write_element(parts, "c", free_content(parse_json(body)))
    text = "".join(parts)
    if FORBIDDEN.search(text):
        raise BadXml("a character that XML cannot hold")
    return text.encode()


def _well_formed(body: bytes) -> bytes:
    parse_xml(body)
    return b""


def _xml(body: bytes) -> bytes:
    root = parse_xml(body)
    check_limits(root, body)
    return dump_json(restored(root_tree(root), root))


def _quoted(written: Any) -> Callable[[bytes], bytes]:
    def quoted(body: bytes) -> bytes:
        tree = source_tree(body, written)
        if tree is None:
            raise NotJson("not quoted")
        return dump_json(tree)

    return quoted


_READERS: Mapping[str, Callable[[bytes], bytes | None]] = {
    "j": _json,
    "x": _json_as_xml,
    "w": _well_formed,
    "r": _xml,
    "q": _quoted("json"),
    "s": _quoted("xml"),
}
