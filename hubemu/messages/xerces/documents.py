"""The documents of a schema: what each declares globally, found by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from hubemu.messages.xerces.builtins import XS
from hubemu.messages.xerces.components import Name
from hubemu.messages.xerces.unread import Unread

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["Document", "Documents", "SchemaNode", "children", "kind_of"]

_KINDS = frozenset(("element", "attribute", "complexType", "simpleType", "group", "attributeGroup"))
_SAFELY: dict[str, Any] = {
    "remove_comments": True,
    "remove_pis": True,
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
}


@dataclass(frozen=True, slots=True)
class Document:
    """One file; `target` is its namespace, that of the including one if it has none."""

    root: Element
    target: str

    @property
    def qualifies(self) -> bool:
        """Whether local elements are in the namespace."""
        return self.root.get("elementFormDefault") == "qualified"

    @property
    def qualifies_attributes(self) -> bool:
        """Whether local attributes are in the namespace."""
        return self.root.get("attributeFormDefault") == "qualified"


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """A declaration as it is written, and the document that says what its names mean."""

    element: Element
    document: Document

    def name(self, attribute: str) -> Name | None:
        """The qualified name that an attribute holds, None if it is not there."""
        written = self.element.get(attribute)
        return None if written is None else self.resolved(written)

    def resolved(self, written: str) -> Name:
        """A qualified name as it is written here.

        Raises:
            Unread: its prefix is not declared.
        """
        prefix, _, local = written.strip().rpartition(":")
        namespace = self.element.nsmap.get(prefix or None)
        if namespace is None and prefix:
            raise Unread(f"the prefix {prefix!r} is not declared")
        # What is included takes the namespace of the one that includes it.
        included = namespace is None and self.document.root.get("targetNamespace") is None
        return (self.document.target if included else namespace or ""), local

    def children(self) -> Iterator[SchemaNode]:
        """Its parts, annotations left out."""
        for child in children(self.element):
            yield SchemaNode(child, self.document)

    def child(self, *kinds: str) -> SchemaNode | None:
        """Its first part of one of these kinds."""
        return next((node for node in self.children() if kind_of(node.element) in kinds), None)


class Documents:
    """The documents that a schema is made of.

    Args:
        files: by name; of a location only the last part counts.
        start: the name of the first, whose namespace is the `target`.

    Raises:
        Unread: one is missing or damaged.
    """

    def __init__(self, files: Mapping[str, bytes], start: str) -> None:
        self._files = {name.rpartition("/")[2]: content for name, content in files.items()}
        self._read: set[tuple[str, str]] = set()
        self._found: dict[tuple[str, Name], SchemaNode] = {}
        self.namespaces: set[str] = set()
        self.target = ""
        self._take(start, "")

    def find(self, kind: str, name: Name) -> SchemaNode | None:
        """The global declaration of that kind."""
        return self._found.get((kind, name))

    def all(self, kind: str) -> Iterator[tuple[Name, SchemaNode]]:
        """Every global declaration of that kind."""
        for (known, name), node in self._found.items():
            if known == kind:
                yield name, node

    def _take(self, location: str, including: str) -> None:
        name = location.rpartition("/")[2]
        if (name, including) in self._read:
            return
        self._read.add((name, including))
        if name not in self._files:
            raise Unread(f"{location} is not there")
        try:
            root = etree.fromstring(self._files[name], etree.XMLParser(**_SAFELY))
        except etree.XMLSyntaxError as error:
            raise Unread(f"{location}: {error}") from None
        document = Document(root, root.get("targetNamespace", including))
        if not self.namespaces:
            self.target = document.target
        self.namespaces.add(document.target)
        for child in children(root):
            self._take_part(child, document)

    def _take_part(self, child: Element, document: Document) -> None:
        kind, name = kind_of(child), child.get("name")
        location = child.get("schemaLocation")
        if kind in _KINDS and name is not None:
            self._found.setdefault((kind, (document.target, name)), SchemaNode(child, document))
        elif kind == "include" and location is not None:
            self._take(location, document.target)
        elif kind == "import" and location is not None:
            self._take(location, "")
        elif kind == "redefine":
            raise Unread("xs:redefine")


def kind_of(element: Element) -> str:
    """The local name of an element of XSD, empty for others."""
    namespace, _, local = str(element.tag).rpartition("}")
    return local if namespace == f"{{{XS}" else ""


def children(element: Element) -> Iterator[Element]:
    """The parts of a declaration, annotations left out."""
    return (child for child in element if kind_of(child) not in ("", "annotation"))
