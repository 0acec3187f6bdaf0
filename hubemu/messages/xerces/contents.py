"""What complex types hold, as schemas write it: extensions, restrictions, groups."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from hubemu.messages.xerces.attributes import merged, read_wildcard, united
from hubemu.messages.xerces.builtins import ANY_TYPE
from hubemu.messages.xerces.components import (
    ComplexType,
    ElementDeclaration,
    ModelGroup,
    Name,
    Particle,
    SimpleType,
    TypeContent,
)
from hubemu.messages.xerces.documents import Documents, SchemaNode, kind_of
from hubemu.messages.xerces.restrictions import anonymous_name, with_facets
from hubemu.messages.xerces.unread import Unread

if TYPE_CHECKING:
    from hubemu.messages.xerces.schemas import Schema

__all__ = ["ContentReader"]

_COMPOSITORS: dict[str, Literal["sequence", "choice", "all"]] = {
    "sequence": "sequence",
    "choice": "choice",
    "all": "all",
}
_PARTICLES = ("element", "any", "group", *_COMPOSITORS)
_DERIVATIONS = ("extension", "restriction")
_MOST_DEEP = 50


class ContentReader:
    """Reads the contents of complex types of a schema."""

    def __init__(self, schema: Schema, documents: Documents) -> None:
        self._schema = schema
        self._documents = documents

    def base(self, node: SchemaNode) -> SimpleType | ComplexType | None:
        """What a complex type is derived from."""
        derivation = _derivation(node)
        name = derivation.name("base") if derivation is not None else ("", "")
        if derivation is None:
            return ANY_TYPE
        if name is None:
            raise Unread("a derivation of nothing")
        return self._schema.known_type(name)

    def content(self, node: SchemaNode) -> TypeContent:
        """What a complex type holds.

        Raises:
            Unread: it says what is not known here.
        """
        derivation = _derivation(node)
        mixed = node.element.get("mixed") in ("true", "1")
        if derivation is None:
            plain = self._plain(node, mixed=mixed)
            return replace(plain, attributes=merged(plain.attributes, ()))
        base = self.base(node)
        outer = node.child("simpleContent", "complexContent")
        if outer is not None and kind_of(outer.element) == "simpleContent":
            return self._simple(node, outer, derivation, base)
        if outer is not None and "mixed" in outer.element.attrib:
            mixed = outer.element.get("mixed") in ("true", "1")
        own = self._plain(derivation, mixed=mixed)
        if not isinstance(base, ComplexType):
            raise Unread("complex content derived from a simple type")
        if kind_of(derivation.element) == "restriction":
            attributes = merged(own.attributes, base.content.attributes)
            return replace(own, attributes=attributes)
        return _extended(own, base.content)

    def _plain(self, node: SchemaNode, *, mixed: bool) -> TypeContent:
        particle_node = node.child(*_COMPOSITORS, "group")
        particle = self._particle(particle_node, 0) if particle_node is not None else None
        if particle is not None and _is_nothing(particle):
            particle = None
        uses, wildcard = self._schema.attributes.uses(node)
        kind: Literal["mixed", "element", "empty"]
        kind = "mixed" if mixed else "element" if particle is not None else "empty"
        return TypeContent(kind=kind, particle=particle, attributes=tuple(uses), wildcard=wildcard)

    def _simple(
        self,
        node: SchemaNode,
        outer: SchemaNode,
        derivation: SchemaNode,
        base: SimpleType | ComplexType | None,
    ) -> TypeContent:
        uses, wildcard = self._schema.attributes.uses(derivation)
        if isinstance(base, SimpleType):
            return TypeContent(
                kind="simple", simple=base, attributes=merged(uses, ()), wildcard=wildcard
            )
        if base is None or base.content.simple is None:
            raise Unread("simple content derived from other content")
        simple, inherited = base.content.simple, base.content
        if kind_of(derivation.element) == "restriction":
            copy = replace(simple, name=anonymous_name(outer), base=simple)
            simple = with_facets(derivation, copy)
        else:
            wildcard = united(wildcard, inherited.wildcard)
        attributes = merged(uses, inherited.attributes)
        return TypeContent(kind="simple", simple=simple, attributes=attributes, wildcard=wildcard)

    def _particle(self, node: SchemaNode, depth: int) -> Particle | None:
        """The particle that a node writes, None if it may not stand there at all."""
        if depth > _MOST_DEEP:
            raise Unread("groups nested too deep")
        written = node.element.get("maxOccurs", "1")
        least = int(node.element.get("minOccurs", "1"))
        most = None if written == "unbounded" else int(written)
        if most == 0:
            return None
        match kind_of(node.element):
            case "element":
                return Particle(self._element(node), least, most)
            case "any":
                return Particle(read_wildcard(node), least, most)
            case "group":
                inner = self._named_group(node).child(*_COMPOSITORS)
                found = self._particle(inner, depth + 1) if inner is not None else None
                return None if found is None else Particle(found.term, least, most)
        return Particle(self._group(node, depth), least, most)

    def _group(self, node: SchemaNode, depth: int) -> ModelGroup:
        particles = [
            particle
            for child in node.children()
            if kind_of(child.element) in _PARTICLES
            and (particle := self._particle(child, depth + 1)) is not None
        ]
        return ModelGroup(_COMPOSITORS[kind_of(node.element)], tuple(particles))

    def _named_group(self, node: SchemaNode) -> SchemaNode:
        name = node.name("ref")
        found = self._documents.find("group", name) if name is not None else None
        if found is None:
            raise Unread(f"no group {name}")
        return found

    def _element(self, node: SchemaNode) -> ElementDeclaration:
        reference = node.name("ref")
        if reference is not None:
            found = self._schema.element(reference)
            if found is None:
                raise Unread(f"no element {reference[1]} in {reference[0]}")
            return found
        return self._schema.declared(node, self._local_name(node), is_global=False)

    def _local_name(self, node: SchemaNode) -> Name:
        form = node.element.get("form")
        qualified = form == "qualified" or (form is None and node.document.qualifies)
        return (node.document.target if qualified else ""), node.element.get("name", "")


def _is_nothing(particle: Particle) -> bool:
    """Whether a group without parts is no content; a choice of nothing cannot even be met."""
    group = particle.term
    if not isinstance(group, ModelGroup) or group.particles:
        return False
    return group.compositor != "choice" or particle.least == 0


def _derivation(node: SchemaNode) -> SchemaNode | None:
    outer = node.child("simpleContent", "complexContent")
    return None if outer is None else outer.child(*_DERIVATIONS)


def _extended(own: TypeContent, base: TypeContent) -> TypeContent:
    """What an extension holds: first what its base does."""
    parts = [one for one in (base.particle, own.particle) if one is not None]
    particle = parts[0] if len(parts) == 1 else None
    if len(parts) > 1:
        particle = Particle(ModelGroup("sequence", tuple(parts)))
    # Nothing added leaves what the base holds, be it a value.
    kind = own.kind if base.kind == "empty" else base.kind
    return TypeContent(
        kind=kind,
        simple=base.simple,
        particle=particle,
        attributes=merged(own.attributes, base.attributes),
        wildcard=united(own.wildcard, base.wildcard),
    )
