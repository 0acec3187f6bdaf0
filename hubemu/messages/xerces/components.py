"""What a schema consists of once it is read: declarations, types, particles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from hubemu.messages.xerces.datatypes import Value
from hubemu.messages.xerces.regexes import Regex

__all__ = [
    "AttributeUse",
    "ComplexType",
    "ElementDeclaration",
    "ModelGroup",
    "Name",
    "Particle",
    "SimpleType",
    "TypeContent",
    "Wildcard",
    "identity_of",
]

Name = tuple[str, str]
"""Namespace, empty for none, and local name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleType:
    """A simple type.

    `name` is how a text names it, `datatype` what reads its values, `names` (`NCName`, `Name`,
    `NMTOKEN`) the special check of some built-in ones. Patterns stand from the first ancestor's to
    its own; bounds are those in force.
    """

    name: str
    namespace: str = ""
    variety: Literal["atomic", "list", "union"] = "atomic"
    datatype: str = "string"
    base: SimpleType | None = None
    white_space: Literal["preserve", "replace", "collapse"] = "collapse"
    names: str = ""
    patterns: tuple[tuple[str, Regex], ...] = ()
    lengths: tuple[tuple[str, int], ...] = ()
    codes: tuple[Value, ...] | None = None
    digits: tuple[tuple[str, int], ...] = ()
    bounds: tuple[tuple[str, Value], ...] = ()
    item: SimpleType | None = None
    members: tuple[SimpleType, ...] = ()
    identity: Literal["", "ID", "IDREF"] = ""


def identity_of(kind: SimpleType) -> SimpleType | None:
    """The type by which a value is an ID, a reference to one or a list of them, if it is."""
    base = kind.item if kind.variety == "list" else kind
    while base is not None and not base.identity:
        base = base.base
    return base


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`xs:any` or `xs:anyAttribute`; `namespaces` None allows all, `but` all but these."""

    process: Literal["strict", "lax", "skip"]
    namespaces: frozenset[str] | None = None
    but: str | None = None
    listed: tuple[str, ...] = ()

    def allows(self, namespace: str) -> bool:
        """Whether a name of that namespace fits."""
        if self.but is not None:
            return namespace not in ("", self.but)
        return self.namespaces is None or namespace in self.namespaces

    def __str__(self) -> str:
        if self.but is not None:
            return f'WC[##other:"{self.but}"]'
        if self.namespaces is None:
            return "WC[##any]"
        return "WC[" + ",".join(f'"{one}"' for one in self.listed) + "]"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeUse:
    """An attribute of a type; `fixed` and `fixed_here` are declared globally and at its use."""

    name: Name
    type: SimpleType
    required: bool = False
    prohibited: bool = False
    fixed: str | None = None
    fixed_here: str | None = None


@dataclass(frozen=True, kw_only=True)
class ElementDeclaration:
    """An element; its type is read when it is first wanted, since types may be recursive."""

    name: Name
    find_type: Callable[[], SimpleType | ComplexType]
    is_global: bool = False
    abstract: bool = False
    nillable: bool = False
    head: Name | None = None
    default: str | None = None
    fixed: str | None = None

    @cached_property
    def type(self) -> SimpleType | ComplexType:
        """Its type."""
        return self.find_type()

    def __str__(self) -> str:
        namespace, local = self.name
        return f'"{namespace}":{local}' if namespace else local


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """A model group."""

    compositor: Literal["sequence", "choice", "all"]
    particles: tuple[Particle, ...]


@dataclass(frozen=True, slots=True)
class Particle:
    """What may stand in a content and how often; `most` None is without bound."""

    term: ElementDeclaration | Wildcard | ModelGroup
    least: int = 1
    most: int | None = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeContent:
    """What a complex type holds: attributes and content."""

    kind: Literal["empty", "simple", "element", "mixed"] = "empty"
    simple: SimpleType | None = None
    particle: Particle | None = None
    attributes: tuple[AttributeUse, ...] = ()
    wildcard: Wildcard | None = None


@dataclass(frozen=True, kw_only=True)
class ComplexType:
    """A complex type; its content is read when it is first wanted."""

    name: str
    namespace: str
    abstract: bool = False
    find_base: Callable[[], SimpleType | ComplexType | None] = field(repr=False)
    find_content: Callable[[], TypeContent] = field(repr=False)

    @cached_property
    def base(self) -> SimpleType | ComplexType | None:
        """What it is derived from."""
        return self.find_base()

    @cached_property
    def content(self) -> TypeContent:
        """What it holds."""
        return self.find_content()
