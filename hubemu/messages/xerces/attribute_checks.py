"""The attributes of an element, held against its type, and the IDs of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from hubemu.messages.xerces.builtins import BUILT_IN
from hubemu.messages.xerces.components import (
    AttributeUse,
    ComplexType,
    Name,
    SimpleType,
    Wildcard,
    identity_of,
)
from hubemu.messages.xerces.datatypes import Value
from hubemu.messages.xerces.namespaces import Namespaces
from hubemu.messages.xerces.schemas import Schema
from hubemu.messages.xerces.values import NotAValue, read_value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["XSI", "AttributeChecks"]

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_OF_XSI: Final[Mapping[str, SimpleType | None]] = {
    "type": None,
    "nil": BUILT_IN["boolean"],
    "schemaLocation": SimpleType(
        name="#AnonType_schemaLocation", variety="list", item=BUILT_IN["anyURI"]
    ),
    "noNamespaceSchemaLocation": BUILT_IN["anyURI"],
}
"""The attributes of XSD itself that a document may have; a type is a qualified name."""


@dataclass(frozen=True, slots=True)
class _Attribute:
    """One attribute of an element; `raw` is the element's name as it is written."""

    element: Element
    raw: str
    name: Name

    @property
    def value(self) -> str:
        """Its value, looked for among all attributes: wanted of those that are declared only."""
        return self.element.get(_joined(self.name), "")


class AttributeChecks:
    """Checks attributes; `report` is told of each problem by its key and what goes into it."""

    def __init__(self, schema: Schema, namespaces: Namespaces, report: Callable[..., None]) -> None:
        self._schema = schema
        self._namespaces = namespaces
        self._report = report
        self._sound = True
        self._identities: set[str] = set()
        self._references: dict[str, None] = {}

    @property
    def any_noted(self) -> bool:
        """Whether an ID, or a reference to one, was met so far."""
        return bool(self._identities or self._references)

    def check(self, element: Element, raw: str, kind: SimpleType | ComplexType) -> None:
        """Hold the attributes of an element against its type."""
        if isinstance(kind, SimpleType):
            self._check_each(element, raw, kind)
            return
        known = self._schema.soundness.attributes
        if not element.keys():
            self._check_needed(element, raw, kind)
        elif not known.hold(element, kind):
            self._sound = True
            self._check_each(element, raw, kind)
            self._check_needed(element, raw, kind)
            if self._sound:
                known.remember(element, kind)

    def _check_each(self, element: Element, raw: str, kind: SimpleType | ComplexType) -> None:
        for key in cast("list[str]", element.keys()):
            attribute = _Attribute(element, raw, _split(key))
            namespace, local = attribute.name
            if namespace == XSI and local in _OF_XSI:
                self._check_own(attribute)
            elif isinstance(kind, SimpleType):
                self._tell("cvc-type.3.1.1", raw, self._written(attribute))
            else:
                self._check_one(attribute, kind)

    def _check_needed(self, element: Element, raw: str, kind: ComplexType) -> None:
        for use in kind.content.attributes:
            if use.required and element.get(_joined(use.name)) is None:
                self._tell_missing(raw, use.name)

    def note_identity(self, kind: SimpleType, value: Value) -> None:
        """Remember an ID or a reference to one.

        Raises:
            NotAValue: an ID is there already.
        """
        base = identity_of(kind)
        if base is None:
            return
        self._sound = False
        if base.identity == "IDREF":
            named = value.printed.split() if kind.variety == "list" else [value.printed]
            self._references |= dict.fromkeys(named)
        elif value.printed in self._identities:
            raise NotAValue("cvc-id.2", value.printed)
        else:
            self._identities.add(value.printed)

    def unbound(self) -> Iterator[str]:
        """The references to IDs that are not there."""
        return (name for name in self._references if name not in self._identities)

    def _check_own(self, attribute: _Attribute) -> None:
        """An attribute of XSD itself, which may stand anywhere."""
        self._sound = False  # it may say more than of itself
        kind = _OF_XSI[attribute.name[1]]
        if kind is not None:
            self._check_value(attribute, AttributeUse(name=attribute.name, type=kind))
            return
        try:
            self._namespaces.qname(attribute.element, attribute.value)
        except NotAValue as error:
            self._tell_wrong(error, attribute, "QName")

    def _check_one(self, attribute: _Attribute, kind: ComplexType) -> None:
        listed = kind.content.attributes
        use = next((one for one in listed if one.name == attribute.name), None)
        if use is None:
            use = self._beyond(attribute, kind.content.wildcard)
        if use is not None:
            self._check_value(attribute, use)

    def _beyond(self, attribute: _Attribute, wildcard: Wildcard | None) -> AttributeUse | None:
        """What is known of an attribute that the type does not list."""
        if wildcard is not None and wildcard.allows(attribute.name[0]):
            if wildcard.process == "skip":
                return None
            found = self._schema.attributes.declaration(attribute.name)
            if found is not None or wildcard.process == "lax":
                return found
        self._tell("cvc-complex-type.3.2.2", attribute.raw, self._written(attribute))
        return None

    def _check_value(self, attribute: _Attribute, use: AttributeUse) -> None:
        try:
            value = read_value(use.type, attribute.value)
            self.note_identity(use.type, value)
        except NotAValue as error:
            self._tell_wrong(error, attribute, use.type.name)
            return
        for key, fixed in (
            ("cvc-attribute.4", use.fixed),
            ("cvc-complex-type.3.1", use.fixed_here),
        ):
            wanted = read_value(use.type, fixed) if fixed is not None else value
            if wanted.key != value.key:
                written = self._written(attribute)
                self._tell(key, attribute.raw, written, attribute.value, wanted.printed)

    def _tell(self, key: str, *told: str) -> None:
        self._sound = False
        self._report(key, *told)

    def _tell_wrong(self, error: NotAValue, attribute: _Attribute, kind: str) -> None:
        self._tell(error.key, *error.told)
        written = self._written(attribute)
        self._tell("cvc-attribute.3", attribute.raw, written, attribute.value, kind)

    def _tell_missing(self, raw: str, name: Name) -> None:
        namespace, local = name
        if namespace:
            self._tell("cvc-complex-type.4_ns", raw, local, namespace)
        else:
            self._tell("cvc-complex-type.4", raw, local)

    def _written(self, attribute: _Attribute) -> str:
        """The name of an attribute as it is written."""
        namespace, local = attribute.name
        prefix = self._namespaces.prefix(attribute.element, attribute.name) if namespace else ""
        return f"{prefix}:{local}" if prefix else local


def _split(name: str) -> Name:
    namespace, _, local = name.rpartition("}")
    return namespace[1:], local


def _joined(name: Name) -> str:
    namespace, local = name
    return f"{{{namespace}}}{local}" if namespace else local
