"""A schema read from its documents: declarations and types, each when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from hubemu.messages.xerces.attributes import AttributeReader
from hubemu.messages.xerces.builtins import ANY_TYPE, BUILT_IN, STRICT_DECIMAL, XS
from hubemu.messages.xerces.components import (
    ComplexType,
    ElementDeclaration,
    Name,
    SimpleType,
)
from hubemu.messages.xerces.content_model import ContentModel
from hubemu.messages.xerces.content_models import model_of
from hubemu.messages.xerces.contents import ContentReader
from hubemu.messages.xerces.documents import Documents, SchemaNode
from hubemu.messages.xerces.restrictions import anonymous_name, restricted
from hubemu.messages.xerces.soundness import Soundness
from hubemu.messages.xerces.unread import Unread

__all__ = ["Schema", "is_derived"]


class Schema:
    """The schema that one document and what it includes and imports say.

    Args:
        files: the documents by name.
        start: the name of the first.
        strict: a number such as `5.` is no decimal.

    Raises:
        Unread: it uses what is not known here. Asking for a declaration may raise it too.
    """

    def __init__(self, files: Mapping[str, bytes], start: str, *, strict: bool = False) -> None:
        self._strict = strict
        self._documents = Documents(files, start)
        self._types: dict[Name, SimpleType | ComplexType] = {}
        self._elements: dict[Name, ElementDeclaration] = {}
        self._models: dict[int, tuple[ComplexType, ContentModel]] = {}
        self.attributes = AttributeReader(self._documents, self.simple_type, self._anonymous_simple)
        self._contents = ContentReader(self, self._documents)

    @property
    def target(self) -> str:
        """The namespace of the first document; all others mean the same to schemas of the files."""
        return self._documents.target

    def element(self, name: Name) -> ElementDeclaration | None:
        """A global element."""
        found = self._elements.get(name)
        node = self._documents.find("element", name) if found is None else None
        if node is not None:
            found = self._elements[name] = self.declared(node, name)
        return found

    def type(self, name: Name) -> SimpleType | ComplexType | None:
        """A named type."""
        if self._strict and name == (XS, "decimal"):
            return STRICT_DECIMAL
        if name[0] == XS:
            return ANY_TYPE if name[1] == "anyType" else BUILT_IN.get(name[1])
        found = self._types.get(name)
        if found is None and (node := self._documents.find("complexType", name)) is not None:
            found = self._types[name] = self.complex_type(node, name[1])
        if found is None and (node := self._documents.find("simpleType", name)) is not None:
            found = self._types[name] = self._simple(node, name[1])
        return found

    def known_type(self, name: Name) -> SimpleType | ComplexType:
        """A named type that must be there.

        Raises:
            Unread: it is not.
        """
        found = self.type(name)
        if found is None:
            raise Unread(f"no type {name[1]} in {name[0]}")
        return found

    def simple_type(self, name: Name) -> SimpleType:
        """A named simple type that must be there.

        Raises:
            Unread: it is not.
        """
        found = self.known_type(name)
        if not isinstance(found, SimpleType):
            raise Unread(f"{name[1]} is no simple type")
        return found

    def declared(
        self, node: SchemaNode, name: Name, *, is_global: bool = True
    ) -> ElementDeclaration:
        """The element that a node declares.

        Raises:
            Unread: it has keys.
        """
        if node.child("unique", "key", "keyref") is not None:
            raise Unread("identity constraints (xs:key, xs:keyref, xs:unique)")
        element = node.element
        return ElementDeclaration(
            name=name,
            find_type=self._type_finder(node),
            is_global=is_global,
            abstract=element.get("abstract") in ("true", "1"),
            nillable=element.get("nillable") in ("true", "1"),
            head=node.name("substitutionGroup"),
            default=element.get("default"),
            fixed=element.get("fixed"),
        )

    def complex_type(self, node: SchemaNode, name: str) -> ComplexType:
        """The complex type that a node defines."""
        return ComplexType(
            name=name,
            namespace=node.document.target,
            abstract=node.element.get("abstract") in ("true", "1"),
            find_base=lambda: self._contents.base(node),
            find_content=lambda: self._contents.content(node),
        )

    def model(self, kind: ComplexType) -> ContentModel | None:
        """The content model of a type, None if it has no elements."""
        known = self._models.get(id(kind))
        if known is not None:
            return known[1]
        content = kind.content
        if content.kind in ("empty", "simple"):
            return None
        model = model_of(content.particle)
        self._models[id(kind)] = kind, model
        return model

    def matching(self, name: Name, wanted: ElementDeclaration) -> ElementDeclaration | None:
        """The declaration by which a name stands for a declared element."""
        if wanted.name == name:
            return wanted
        if not wanted.is_global or wanted.name not in self._heads:
            return None
        found = self.element(name)
        seen: set[Name] = set()
        current = found
        while current is not None and current.head is not None and current.head not in seen:
            if current.head == wanted.name:
                return found
            seen.add(current.head)
            current = self.element(current.head)
        return None

    @cached_property
    def soundness(self) -> Soundness:
        """What sees at once that an element has nothing wrong."""
        return Soundness(self)

    @cached_property
    def _heads(self) -> frozenset[Name | None]:
        """The elements that others may stand for."""
        return frozenset(
            node.name("substitutionGroup") for _, node in self._documents.all("element")
        )

    def _type_finder(self, node: SchemaNode) -> Callable[[], SimpleType | ComplexType]:
        inner = node.child("simpleType", "complexType")
        named, head = node.name("type"), node.name("substitutionGroup")
        if inner is not None and inner.element.tag == f"{{{XS}}}simpleType":
            return lambda: self._anonymous_simple(inner)
        if inner is not None:
            return lambda: self.complex_type(inner, anonymous_name(inner))
        if named is not None:
            return lambda: self.known_type(named)
        if head is not None:
            return lambda: self._type_of_head(head)
        return lambda: ANY_TYPE

    def _type_of_head(self, head: Name) -> SimpleType | ComplexType:
        found = self.element(head)
        if found is None:
            raise Unread(f"no element {head[1]} to stand for")
        return found.type

    def _anonymous_simple(self, node: SchemaNode) -> SimpleType:
        return self._simple(node, anonymous_name(node))

    def _simple(self, node: SchemaNode, name: str) -> SimpleType:
        return restricted(node, name, self.simple_type, self._anonymous_simple)


def is_derived(kind: SimpleType | ComplexType, base: SimpleType | ComplexType) -> bool:
    """Whether a type is derived from another, or is the same."""
    current: SimpleType | ComplexType | None = kind
    while current is not None:
        if current is base or base is ANY_TYPE:
            return True
        current = current.base
    return isinstance(base, SimpleType) and kind in base.members
