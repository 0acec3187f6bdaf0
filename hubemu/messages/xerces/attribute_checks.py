"""The attributes of an element, held against its type, and the IDs of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from hubemu.messages.xerces.components import (
    AttributeUse,
    ComplexType,
    Name,
    SimpleType,
    Wildcard,
)
from hubemu.messages.xerces.datatypes import Value
from hubemu.messages.xerces.schemas import Schema
from hubemu.messages.xerces.values import NotAValue, read_value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["XSI", "AttributeChecks", "raw_name"]

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_OF_XSI: Final = frozenset(("type", "nil", "schemaLocation", "noNamespaceSchemaLocation"))


class AttributeChecks:
    """Checks attributes; `report` is told of each problem by its key and what goes into it."""

    def __init__(self, schema: Schema, report: Callable[..., None]) -> None:
        self._schema = schema
        self._report = report
        self._identities: set[str] = set()
        self._references: dict[str, None] = {}

    def check(self, element: Element, raw: str, kind: SimpleType | ComplexType) -> None:
        """Hold the attributes of an element against its type."""
        if element.attrib:
            for index, name in enumerate(map(_split, cast("list[str]", element.keys()))):
                if name[0] != XSI or name[1] not in _OF_XSI:
                    self._check_one(element, raw, kind, name, index)
                else:
                    self._check_own(element, raw, name, index)
        if isinstance(kind, ComplexType):
            for use in kind.content.attributes:
                if use.required and _value(element, use.name) is None:
                    self._tell_missing(raw, use.name)

    def note_identity(self, kind: SimpleType, value: Value) -> None:
        """Remember an ID or a reference to one.

        Raises:
            NotAValue: an ID is there already.
        """
        base: SimpleType | None = kind
        while base is not None and not base.identity:
            base = base.base
        if base is None:
            return
        if base.identity == "IDREF":
            self._references[value.printed] = None
        elif value.printed in self._identities:
            raise NotAValue("cvc-id.2", value.printed)
        else:
            self._identities.add(value.printed)

    def unbound(self) -> Iterator[str]:
        """The references to IDs that are not there."""
        return (name for name in self._references if name not in self._identities)

    def _check_own(self, element: Element, raw: str, name: Name, index: int) -> None:
        """An attribute of XSD itself."""
        from hubemu.messages.xerces.builtins import BUILT_IN

        kinds = {"nil": "boolean", "noNamespaceSchemaLocation": "anyURI"}
        if name[1] in kinds:
            use = AttributeUse(name=name, type=BUILT_IN[kinds[name[1]]])
            self._check_value(element, raw, use, name, index)

    def _check_one(
        self, element: Element, raw: str, kind: SimpleType | ComplexType, name: Name, index: int
    ) -> None:
        if isinstance(kind, SimpleType):
            self._report("cvc-type.3.1.1", raw, raw_attribute(element, name, index))
            return
        use = next((one for one in kind.content.attributes if one.name == name), None)
        if use is None:
            use = self._beyond(element, raw, kind.content.wildcard, name, index)
        if use is not None:
            self._check_value(element, raw, use, name, index)

    def _beyond(
        self, element: Element, raw: str, wildcard: Wildcard | None, name: Name, index: int
    ) -> AttributeUse | None:
        """What is known of an attribute that the type does not list."""
        refused = wildcard is None or not wildcard.allows(name[0])
        if wildcard is not None and not refused:
            if wildcard.process == "skip":
                return None
            found = self._schema.attributes.declaration(name)
            if found is not None or wildcard.process == "lax":
                return found
        self._report("cvc-complex-type.3.2.2", raw, raw_attribute(element, name, index))
        return None

    def _check_value(
        self, element: Element, raw: str, use: AttributeUse, name: Name, index: int
    ) -> None:
        written = _value(element, name) or ""
        try:
            value = read_value(use.type, written, buffered=False)
            self.note_identity(use.type, value)
        except NotAValue as error:
            self._report(error.key, *error.told)
            shown = raw_attribute(element, name, index)
            self._report("cvc-attribute.3", raw, shown, written, use.type.name)
            return
        for key, fixed in (
            ("cvc-attribute.4", use.fixed),
            ("cvc-complex-type.3.1", use.fixed_here),
        ):
            if fixed is not None:
                wanted = read_value(use.type, fixed, buffered=False)
                if wanted.key != value.key:
                    shown = raw_attribute(element, name, index)
                    self._report(key, raw, shown, written, wanted.printed)

    def _tell_missing(self, raw: str, name: Name) -> None:
        namespace, local = name
        if namespace:
            self._report("cvc-complex-type.4_ns", raw, local, namespace)
        else:
            self._report("cvc-complex-type.4", raw, local)


def raw_name(element: Element) -> str:
    """The name of an element as it is written."""
    local = str(element.tag).rpartition("}")[2]
    return f"{element.prefix}:{local}" if element.prefix else local


def raw_attribute(element: Element, name: Name, index: int) -> str:
    """The name of an attribute as it is written, `index` being its place among all."""
    if not name[0]:
        return name[1]
    return str(cast(Any, element.xpath(f"name(@*[{index + 1}])")))


def _split(name: str) -> Name:
    namespace, _, local = name.rpartition("}")
    return namespace[1:], local


def _value(element: Element, name: Name) -> str | None:
    namespace, local = name
    return element.get(f"{{{namespace}}}{local}" if namespace else local)
