"""What the XSDs of a release say of the elements of a message, as plain values.

Only what forms are made of (`forms.py`) is understood: sequences of elements with names and bounds,
texts with codes, patterns and lengths, attributes of one fixed value. All else is `NotUnderstood`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lxml import etree

from hubemu.messages.text.xml_text import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

__all__ = ["Complex", "Element", "Grammar", "NotUnderstood", "Simple"]

_XS = "http://www.w3.org/2001/XMLSchema"
_SILENT = ("annotation", "anyAttribute", "attribute", "attributeGroup")
"""Children of a type that say nothing of its elements."""
_CONSTRAINTS = ("key", "keyref", "unique")


class NotUnderstood(Exception):
    """The XSDs say something that is not understood here."""


@dataclass(frozen=True, slots=True)
class Simple:
    """A text: of a built-in type, and one of `codes` if there are any.

    For each of `patterns` it matches at least one alternative; `least` and `most` bound its length.
    """

    base: str
    codes: tuple[str, ...] = ()
    patterns: tuple[tuple[str, ...], ...] = ()
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """An element in a sequence, `least` to `most` times; `None` is without bound."""

    name: str
    namespace: str
    least: int
    most: int | None
    node: Node


@dataclass(frozen=True, slots=True)
class Complex:
    """Elements in order, and attributes by `{namespace}name`: their value, whether they must be."""

    elements: tuple[Element, ...]
    attributes: Mapping[str, tuple[str, bool]]


class Grammar:
    """The XSDs that are reached from one of them.

    Args:
        files: all of a release, by name.
        file: the one that begins.
        chosen: what is taken where there is a choice between elements, by name.
    """

    def __init__(self, files: Mapping[str, bytes], file: str, chosen: frozenset[str]) -> None:
        self._files = {name.rpartition("/")[2]: content for name, content in files.items()}
        self._chosen = chosen
        self._imported: dict[str, list[str]] = {}
        self._globals: dict[tuple[str, str, str], Node] = {}
        self._loaded: set[str] = set()
        self._load(file)

    def root(self, namespace: str, name: str) -> Element:
        """A global element.

        Raises:
            NotUnderstood: there is none.
        """
        return Element(name, namespace, 1, 1, self._global("element", namespace, name))

    def type_of(self, element: Element) -> Simple | Complex:
        """What an element holds.

        Raises:
            NotUnderstood: more than is understood here.
        """
        node = element.node
        if {"fixed", "abstract"} & set(node.keys()) or node.get("substitutionGroup"):
            raise NotUnderstood(f"the value of {element.name}")
        inner = {local_name(child): child for child in node}
        if inner.keys() & set(_CONSTRAINTS):
            raise NotUnderstood(f"constraints in {element.name}")
        if "complexType" in inner:
            return self._complex(inner["complexType"])
        if "simpleType" in inner:
            return self._simple(inner["simpleType"])
        return self._named(node, node.get("type", ""))

    def _named(self, node: Node, name: str) -> Simple | Complex:
        namespace, local = _expanded(node, name)
        if namespace == _XS:
            return Simple(local)
        if (found := self._find("complexType", namespace, local)) is not None:
            return self._complex(found)
        return self._simple(self._global("simpleType", namespace, local))

    def _load(self, file: str) -> None:
        if file in self._loaded:
            return
        self._loaded.add(file)
        parser = etree.XMLParser(no_network=True, resolve_entities=False, remove_comments=True)
        try:
            root = etree.fromstring(self._files[file], parser)
        except (KeyError, etree.XMLSyntaxError):
            raise NotUnderstood(f"no file {file}") from None
        target = root.get("targetNamespace", "")
        for child in root:
            kind, location = local_name(child), child.get("schemaLocation", "").rpartition("/")[2]
            if kind == "include":
                self._load(location)
            elif kind == "import":
                self._imported.setdefault(child.get("namespace", ""), []).append(location)
            elif kind in ("redefine", "override"):
                raise NotUnderstood(kind)
            elif name := child.get("name"):
                self._globals[kind, target, name] = child

    def _find(self, kind: str, namespace: str, name: str) -> Node | None:
        for file in self._imported.pop(namespace, ()):
            self._load(file)
        return self._globals.get((kind, namespace, name))

    def _global(self, kind: str, namespace: str, name: str) -> Node:
        found = self._find(kind, namespace, name)
        if found is None:
            raise NotUnderstood(f"{kind} {name}")
        return found

    def _complex(self, node: Node) -> Complex:
        return Complex(tuple(self._elements(node)), dict(self._attributes(node)))

    def _elements(self, node: Node) -> Iterator[Element]:
        if node.get("mixed") == "true" or node.get("abstract") == "true":
            raise NotUnderstood("mixed content")
        for child in node:
            kind = local_name(child)
            if kind == "element":
                yield self._element(child)
            elif kind in ("sequence", "complexContent") and _bounds(child) == (1, 1):
                yield from self._elements(child)
            elif kind == "choice" and _bounds(child) == (1, 1):
                yield self._choice(child)
            elif kind == "extension":
                yield from self._elements(self._base(child))
                yield from self._elements(child)
            elif kind not in _SILENT and (kind != "any" or _bounds(child)[0]):
                raise NotUnderstood(kind)

    def _base(self, extension: Node) -> Node:
        return self._global("complexType", *_expanded(extension, extension.get("base", "")))

    def _choice(self, node: Node) -> Element:
        options = [self._element(one) for one in node if local_name(one) == "element"]
        chosen = [one for one in options if one.name in self._chosen]
        if len(chosen) != 1:
            raise NotUnderstood("a choice")
        return chosen[0]

    def _element(self, node: Node) -> Element:
        least, most = _bounds(node)
        if reference := node.get("ref"):
            namespace, name = _expanded(node, reference)
            return replace(self.root(namespace, name), least=least, most=most)
        schema = node.getroottree().getroot()
        if node.get("form", schema.get("elementFormDefault")) != "qualified":
            raise NotUnderstood("elements without namespace")
        return Element(node.get("name", ""), schema.get("targetNamespace", ""), least, most, node)

    def _attributes(self, node: Node) -> Iterator[tuple[str, tuple[str, bool]]]:
        for child in node:
            kind, reference = local_name(child), child.get("ref", "")
            if kind == "attributeGroup":
                yield from self._attributes(self._global(kind, *_expanded(child, reference)))
            elif kind in ("complexContent", "extension"):
                yield from self._attributes(child)
            elif kind == "attribute" and reference and "fixed" in child.attrib:
                namespace, name = _expanded(child, reference)
                needed = child.get("use") == "required"
                yield f"{{{namespace}}}{name}", (child.get("fixed", ""), needed)
            elif kind == "attribute" and child.get("use") == "required":
                raise NotUnderstood("an attribute that must be there")

    def _simple(self, node: Node) -> Simple:
        restriction = next((child for child in node if local_name(child) == "restriction"), None)
        base = None if restriction is None else restriction.get("base")
        if restriction is None or not base:
            raise NotUnderstood("a union, or a list of values")
        kind = self._named(restriction, base)
        if isinstance(kind, Complex):
            raise NotUnderstood("a text with elements")
        codes, patterns = [], []
        for facet in restriction:
            value = facet.get("value", "")
            match local_name(facet):
                case "enumeration":
                    codes.append(value)
                case "pattern":
                    patterns.append(value)
                case "minLength":
                    kind = replace(kind, least=int(value))
                case "maxLength":
                    kind = replace(kind, most=int(value))
                case "annotation":
                    pass
                case other:
                    raise NotUnderstood(other)
        further = (tuple(patterns),) if patterns else ()
        return replace(kind, codes=tuple(codes) or kind.codes, patterns=kind.patterns + further)


def _expanded(node: Node, name: str) -> tuple[str, str]:
    """The namespace and the local name of a name with prefix, as `node` reads it."""
    prefix, _, local = name.rpartition(":")
    return node.nsmap.get(prefix or None) or "", local


def _bounds(node: Node) -> tuple[int, int | None]:
    most = node.get("maxOccurs", "1")
    return int(node.get("minOccurs", "1")), None if most == "unbounded" else int(most)
