"""The `xlink:type` of the envelope's elements: each may have one value only (facts: hub 11).

The XSDs say so with `fixed` on a reference to an attribute, which libxml2 does not look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["wrong_links"]

_MOST_TOLD = 200
_TYPE = "{http://www.w3.org/1999/xlink}type"
_DE = "{urn:oasis:names:tc:emergency:EDXL:DE:2.0}"
_FIXED = {
    f"{_DE}edxlDistribution": "extended",
    f"{_DE}descriptor": "resource",
    f"{_DE}content": "resource",
    f"{_DE}contentObject": "resource",
    f"{_DE}link": "arc",
}
_LINKED = tuple(_FIXED)


def wrong_links(root: Element) -> list[str]:
    """What is wrong with the types of links in an envelope, in libxml2's words."""
    told = []
    for element in _linked(root):
        found = element.get(_TYPE)
        fixed = _FIXED.get(str(element.tag), found)
        if found != fixed and found is not None and " ".join(found.split()) != fixed:
            told.append(
                f"Element '{element.tag}', attribute '{_TYPE}': The value '{found}' "
                f"does not match the fixed value constraint '{fixed}'."
            )
    return told[:_MOST_TOLD]


def _linked(root: Element) -> Iterator[Element]:
    """The elements of the envelope that may bear a link, not those of its contents."""
    yield root
    for part in root.iterchildren(*_LINKED):
        yield part
        yield from part.iterchildren(*_LINKED)
