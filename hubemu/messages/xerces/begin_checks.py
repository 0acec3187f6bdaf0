"""What is said of an element when it begins: of its type, its being nil, its attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hubemu.messages.xerces.attribute_checks import XSI, AttributeChecks
from hubemu.messages.xerces.builtins import ANY_TYPE
from hubemu.messages.xerces.components import (
    ComplexType,
    ElementDeclaration,
    Name,
    SimpleType,
    Wildcard,
)
from hubemu.messages.xerces.content_model import ContentPosition
from hubemu.messages.xerces.namespaces import Namespaces
from hubemu.messages.xerces.open_elements import NIL, OpenElement
from hubemu.messages.xerces.schemas import Schema, is_derived
from hubemu.messages.xerces.values import NotAValue

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["BeginChecks"]

_SPACE: Final = " \t\n\r"
_TYPE: Final = f"{XSI},type"
_TRUE: Final = ("true", "1")
_NOWHERE: Final = ContentPosition()
"""The place in an element that has no content model, which nobody moves."""

_Found = ElementDeclaration | Wildcard | None


class BeginChecks:
    """Checks beginnings; `report` is told of each problem by its key and what goes into it."""

    def __init__(
        self,
        schema: Schema,
        namespaces: Namespaces,
        attributes: AttributeChecks,
        report: Callable[..., None],
    ) -> None:
        self._schema = schema
        self._namespaces = namespaces
        self._attributes = attributes
        self._report = report

    def begin(
        self, element: Element, name: Name, raw: str, found: _Found, *, is_root: bool
    ) -> OpenElement | None:
        """An element that begins; None below a wildcard that looks at nothing.

        Args:
            element: the element.
            name: its name.
            raw: the same as it is written.
            found: what the content around it has for it.
            is_root: nothing is around it.
        """
        if isinstance(found, Wildcard) and found.process == "skip":
            return None
        declaration = found if isinstance(found, ElementDeclaration) else self._schema.element(name)
        kind = self._kind_of(element, raw, declaration, found, is_root=is_root)
        model = self._schema.model(kind) if isinstance(kind, ComplexType) else None
        place = _NOWHERE if model is None else model.start()
        opened = OpenElement(element, raw, kind, declaration, model, place)
        if declaration is not None and declaration.abstract:
            self._report("cvc-elt.2", raw)
        if isinstance(kind, ComplexType) and kind.abstract:
            self._report("cvc-type.2", raw)
        if element.keys():
            opened.nil = self._is_nil(opened)
        self._attributes.check(element, raw, kind)
        return opened

    def _kind_of(
        self,
        element: Element,
        raw: str,
        declaration: ElementDeclaration | None,
        found: _Found,
        *,
        is_root: bool,
    ) -> SimpleType | ComplexType:
        """The type of an element; anything where nothing is known of it."""
        kind = declaration.type if declaration is not None else None
        written = element.get(f"{{{XSI}}}type") if element.keys() else None
        if written is not None:
            kind = self._written_type(element, raw, written, kind) or kind
        elif kind is None and is_root:
            self._report("cvc-elt.1.a", raw)
        elif kind is None and isinstance(found, Wildcard) and found.process == "strict":
            self._report("cvc-complex-type.2.4.c", raw)
        return kind or ANY_TYPE

    def _written_type(
        self, element: Element, raw: str, written: str, kind: SimpleType | ComplexType | None
    ) -> SimpleType | ComplexType | None:
        """The type that `xsi:type` names."""
        try:
            name = self._namespaces.qname(element, written)
        except NotAValue as error:
            self._report(error.key, *error.told)
            self._report("cvc-elt.4.1", raw, _TYPE, written)
            return None
        found = self._schema.type(name)
        if found is None:
            self._report("cvc-elt.4.2", raw, written)
            return None
        if kind is not None and not is_derived(found, kind):
            self._report("cvc-elt.4.3", raw, written, kind.name)
        return found

    def _is_nil(self, opened: OpenElement) -> bool:
        declaration = opened.declaration
        written = opened.element.get(f"{{{XSI}}}nil")
        if written is None or declaration is None:
            return False
        if not declaration.nillable:
            self._report("cvc-elt.3.1", opened.name, NIL)
            return False
        if written.strip(_SPACE) not in _TRUE:
            return False
        if declaration.fixed is not None:
            self._report("cvc-elt.3.2.2", opened.name, NIL)
        return True
