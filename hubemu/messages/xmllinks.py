"""The `xlink:type` of the envelope's elements: each may have one value only (facts: hub 11).

The XSDs say so with `fixed` on a reference to an attribute, which libxml2 does not look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hubemu.messages.xmltext import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["wrong_links"]

_MOST_TOLD = 200
_TYPE = "{http://www.w3.org/1999/xlink}type"
_FIXED = {
    "edxlDistribution": "extended",
    "descriptor": "resource",
    "content": "resource",
    "contentObject": "resource",
    "link": "arc",
}


def wrong_links(root: Element) -> list[str]:
    """What is wrong with the types of links in an envelope, in libxml2's words."""
    told = []
    for element in _linked(root):
        found = element.get(_TYPE)
        fixed = _FIXED.get(local_name(element))
        if found is not None and fixed is not None and " ".join(found.split()) != fixed:
            told.append(
                f"Element '{element.tag}', attribute '{_TYPE}': The value '{found}' "
                f"does not match the fixed value constraint '{fixed}'."
            )
    return told[:_MOST_TOLD]


def _linked(root: Element) -> Iterator[Element]:
    """The elements of the envelope that may bear a link, not those of its contents."""
    yield root
    for part in root:
        if local_name(part) in ("descriptor", "content"):
            yield part
            yield from part
