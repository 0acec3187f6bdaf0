"""An element that has begun, and what was seen of it so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hubemu.messages.xerces.attribute_checks import XSI
from hubemu.messages.xerces.components import ComplexType, ElementDeclaration, SimpleType
from hubemu.messages.xerces.content_model import ContentModel, ContentPosition
from hubemu.messages.xerces.doubts import Doubts

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["NIL", "OpenElement", "holds_value", "is_structure"]

NIL: Final = f"{XSI},nil"
"""How a text names the attribute that says that an element is nil."""


@dataclass(slots=True)
class OpenElement:
    """An element that has begun.

    `is_structure`: no value is read of its texts, nor of those of an element around it. `doubts`:
    the children in which something may be wrong, `None` if that is not known.
    """

    element: Element
    name: str
    kind: SimpleType | ComplexType
    declaration: ElementDeclaration | None
    model: ContentModel | None
    place: ContentPosition
    nil: bool = False
    has_children: bool = False
    has_text: bool = False
    has_characters: bool = False
    is_structure: bool = False
    doubts: Doubts | None = None


def holds_value(opened: OpenElement) -> bool:
    """Whether a value is read of the text in an element."""
    if opened.declaration is not None and opened.declaration.fixed is not None:
        return True
    kind = opened.kind
    return isinstance(kind, SimpleType) or kind.content.kind == "simple"


def is_structure(opened: OpenElement) -> bool:
    """Whether no value is read of the texts in an element."""
    declaration, kind = opened.declaration, opened.kind
    if declaration is not None and (declaration.fixed, declaration.default) != (None, None):
        return False
    return isinstance(kind, ComplexType) and kind.content.kind != "simple"
