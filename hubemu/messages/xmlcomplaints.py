"""What an XSD complains of in a document, beyond the first element that is out of place.

libxml2 stops looking at the siblings of such an element; Xerces, which the reference uses, goes on
with what is in them and only tells no second misplacement in the same parent. So the element is
taken out of a copy and the rest looked at again (facts: validation 3, the `.xml.errors` files).
What is inside a misplaced element is not looked into.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from hubemu.messages.refusals import BROKEN_XML

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["complaints"]

_ROUNDS = 12
"""How many misplaced siblings are seen through at most."""
_MOST_TOLD = 200
_CONTENT = "SCHEMAV_ELEMENT_CONTENT"


def complaints(schema: etree.XMLSchema, root: Element) -> list[str]:
    """Every complaint, each once, in the order of the document; at most 200."""
    rest = copy.deepcopy(root)
    told: dict[str, None] = {}
    disturbed: set[Element] = set()
    for _ in range(_ROUNDS):
        try:
            schema.validate(rest)
        except etree.XMLSchemaValidateError:
            return [*told, BROKEN_XML]
        entries = list(islice(cast(Iterable[Any], schema.error_log), _MOST_TOLD))
        looked_at = [_look(entry, rest, told, disturbed) for entry in entries]
        misplaced = [element for element in looked_at if element is not None]
        for element in misplaced:
            cast(Any, element.getparent()).remove(element)
        if not misplaced or len(entries) == _MOST_TOLD:
            break
    return list(told)[:_MOST_TOLD]


def _look(
    entry: Any, root: Element, told: dict[str, None], disturbed: set[Element]
) -> Element | None:
    """Note one complaint; gives the element it is about if that one is out of place."""
    element = _at(entry.path, root)
    if entry.type_name != _CONTENT or element is None:
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
    try:
        found = cast(list[Any], root.getroottree().xpath(path)) if path else []
    except etree.XPathError:
        return None
    return found[0] if found else None
