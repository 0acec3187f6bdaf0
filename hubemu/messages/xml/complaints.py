"""What an XSD complains of in a document, beyond the first element that is out of place.

libxml2 stops looking at the siblings of such an element; Xerces, which the reference uses, goes on
with what is in them and only tells no second misplacement in the same parent. So the element is
taken out of a copy and the rest looked at again (facts: validation 3, the `.xml.errors` files).
What is inside a misplaced element is not looked into.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from hubemu.messages.refusals import BROKEN_XML
from hubemu.messages.xml.stream import first_complaints, reparsed

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["complaints", "fits"]

LARGE = 16_384
"""Bytes from which a document is read by the schema piece by piece before it is as a tree."""
_ROUNDS = 12
"""How many misplaced siblings are seen through at most."""
_LOOKED_AT = 2_000_000
"""Bytes that are looked at for them, about: the rounds of a large document are fewer."""
_MOST_TOLD = 200
_COUNTED = re.compile(r"/\*(?:/\*(?:\[\d+\])?)*")
"""A path by the places of elements alone, as libxml2 tells those of a default namespace."""
_CONTENT = "SCHEMAV_ELEMENT_CONTENT"
_MISPLACED = "{urn:hubemu}misplaced"


def fits(schema: etree.XMLSchema, root: Element, size: int) -> bool:
    """Whether a document of `size` bytes is valid, in time linear in the size."""
    if size > LARGE:
        return not first_complaints(schema, root, 1)
    try:
        return bool(schema.validate(root))
    except etree.XMLSchemaValidateError:
        return False


def complaints(schema: etree.XMLSchema, root: Element, size: int) -> list[str]:
    """Every complaint, each once, in the order of the document; at most 200."""
    rest = reparsed(root) if size > LARGE else copy.deepcopy(root)
    told: dict[str, None] = {}
    disturbed: set[Element] = set()
    for _ in range(max(1, min(_ROUNDS, _LOOKED_AT // max(size, 1)))):
        if size > LARGE and len(many := first_complaints(schema, rest, _MOST_TOLD)) == _MOST_TOLD:
            told |= dict.fromkeys(many)
            break
        try:
            schema.validate(rest)
        except etree.XMLSchemaValidateError:
            return [*told, BROKEN_XML]
        if not _look_at_all(schema, rest, told, disturbed):
            break
    return list(told)[:_MOST_TOLD]


def _look_at_all(
    schema: etree.XMLSchema, rest: Element, told: dict[str, None], disturbed: set[Element]
) -> bool:
    """Note the complaints about `rest`, take out what is misplaced; whether to look again."""
    entries = list(cast(Iterable[Any], schema.error_log))[:_MOST_TOLD]
    looked_at = [_look(entry, rest, told, disturbed) for entry in entries]
    misplaced = [element for element in looked_at if element is not None]
    del looked_at
    found = bool(misplaced)
    # Not removed one by one, nor while a name here holds one: what outlives its place in the tree
    # is given namespaces of its own, each looked up anew.
    while misplaced:
        misplaced.pop().tag = _MISPLACED
    etree.strip_elements(rest, _MISPLACED)
    return found and len(entries) < _MOST_TOLD


def _look(
    entry: Any, root: Element, told: dict[str, None], disturbed: set[Element]
) -> Element | None:
    """Note one complaint; gives the element it is about if that one is out of place."""
    element = _at(entry.path, root) if entry.type_name == _CONTENT else None
    if element is None:
        told[entry.message] = None
        return None
    is_misplaced = "is not expected" in entry.message
    parent = element.getparent() if is_misplaced else element
    if parent not in disturbed:
        told[entry.message] = None
    if parent is None:
        return None
    disturbed.add(parent)
    return element if is_misplaced else None


def _at(path: str | None, root: Element) -> Element | None:
    """The element a complaint is about; None where its path has a prefix, which tells no name."""
    if path is None or not _COUNTED.fullmatch(path):
        return _named(path, root) if path else None
    element = root
    for step in path.split("/")[2:]:
        element = element[int(step[2:-1]) - 1 if len(step) > 1 else 0]
    return element


def _named(path: str, root: Element) -> Element | None:
    """The same where the path has names, of elements without namespace."""
    try:
        found = cast(list[Any], root.getroottree().xpath(path))
    except etree.XPathError:
        return None
    return found[0] if found else None
