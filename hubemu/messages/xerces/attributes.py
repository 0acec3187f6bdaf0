"""The attributes of types, and those declared globally."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from hubemu.messages.xerces.builtins import ANY_SIMPLE
from hubemu.messages.xerces.components import AttributeUse, Name, SimpleType, Wildcard
from hubemu.messages.xerces.documents import Documents, SchemaNode, kind_of
from hubemu.messages.xerces.unread import Unread

__all__ = ["AttributeReader", "read_wildcard", "united"]

_PROCESS: dict[str, Literal["strict", "lax", "skip"]] = {
    "strict": "strict",
    "lax": "lax",
    "skip": "skip",
}
_Found = tuple[list[AttributeUse], Wildcard | None]


class AttributeReader:
    """Reads attributes; `find` gives a named simple type, `read` an anonymous one."""

    def __init__(
        self,
        documents: Documents,
        find: Callable[[Name], SimpleType],
        read: Callable[[SchemaNode], SimpleType],
    ) -> None:
        self._documents = documents
        self._find = find
        self._read = read
        self._known: dict[Name, AttributeUse] = {}

    def declaration(self, name: Name) -> AttributeUse | None:
        """A global attribute."""
        found = self._known.get(name)
        node = self._documents.find("attribute", name) if found is None else None
        if node is not None:
            found = self._known[name] = self._declared(node, name)
        return found

    def uses(self, node: SchemaNode) -> _Found:
        """The attributes that a node lists, those of groups in their place, and its wildcard.

        Raises:
            Unread: it refers to what is not there.
        """
        uses: list[AttributeUse] = []
        wildcard: Wildcard | None = None
        for child in node.children():
            match kind_of(child.element):
                case "attribute":
                    uses.append(self._use(child))
                case "attributeGroup":
                    more, inner = self.uses(self._group(child))
                    uses += more
                    wildcard = _common(wildcard, inner)
                case "anyAttribute":
                    wildcard = _common(wildcard, read_wildcard(child))
        return uses, wildcard

    def _group(self, node: SchemaNode) -> SchemaNode:
        name = node.name("ref")
        found = self._documents.find("attributeGroup", name) if name is not None else None
        if found is None:
            raise Unread(f"no attribute group {name}")
        return found

    def _use(self, node: SchemaNode) -> AttributeUse:
        use, reference = node.element.get("use"), node.name("ref")
        if reference is None:
            found = self._declared(node, self._local_name(node))
        else:
            known = self.declaration(reference)
            if known is None:
                raise Unread(f"no attribute {reference[1]} in {reference[0]}")
            found = replace(known, fixed_here=node.element.get("fixed"))
        return replace(found, required=use == "required", prohibited=use == "prohibited")

    def _local_name(self, node: SchemaNode) -> Name:
        form = node.element.get("form")
        qualified = form == "qualified" or (form is None and node.document.qualifies_attributes)
        return (node.document.target if qualified else ""), node.element.get("name", "")

    def _declared(self, node: SchemaNode, name: Name) -> AttributeUse:
        inner, named = node.child("simpleType"), node.name("type")
        if inner is not None:
            kind = self._read(inner)
        else:
            kind = self._find(named) if named is not None else ANY_SIMPLE
        return AttributeUse(name=name, type=kind, fixed=node.element.get("fixed"))


def read_wildcard(node: SchemaNode) -> Wildcard:
    """The wildcard that `xs:any` or `xs:anyAttribute` writes."""
    process = _PROCESS[node.element.get("processContents", "strict")]
    written = node.element.get("namespace", "##any")
    if written == "##any":
        return Wildcard(process)
    if written == "##other":
        return Wildcard(process, but=node.document.target)
    known = {"##targetNamespace": node.document.target, "##local": ""}
    listed = tuple(dict.fromkeys(known.get(one, one) for one in written.split()))
    return Wildcard(process, frozenset(listed), listed=listed)


def _common(own: Wildcard | None, other: Wildcard | None) -> Wildcard | None:
    """What two wildcards of one type both allow."""
    if own is None or other is None or own == other:
        return own or other
    if own.namespaces is None and own.but is None:
        return replace(other, process=own.process)
    if other.namespaces is None and other.but is None:
        return own
    raise Unread("wildcards of attributes that differ")


def united(own: Wildcard | None, base: Wildcard | None) -> Wildcard | None:
    """What the wildcard of an extension or that of its base allows."""
    if own is None or base is None or own == base:
        return own or base
    if _allows_all(own) or _allows_all(base):
        return Wildcard(own.process)
    if own.but == base.but and own.but is not None:
        return own
    raise Unread("wildcards of attributes that differ")


def _allows_all(wildcard: Wildcard) -> bool:
    return wildcard.namespaces is None and wildcard.but is None


def merged(own: Iterable[AttributeUse], base: Iterable[AttributeUse]) -> tuple[AttributeUse, ...]:
    """A type's own attributes, then those of its base that it does not write anew."""
    found = {use.name: use for use in own}
    for use in base:
        found.setdefault(use.name, use)
    return tuple(use for use in found.values() if not use.prohibited)
