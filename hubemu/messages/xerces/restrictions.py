"""Simple types as schemas write them: restrictions, lists, unions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from hubemu.messages.xerces.components import Name, SimpleType
from hubemu.messages.xerces.datatypes import Value
from hubemu.messages.xerces.documents import SchemaNode, kind_of
from hubemu.messages.xerces.moments import MOMENTS
from hubemu.messages.xerces.regexes import Regex
from hubemu.messages.xerces.unread import Unread
from hubemu.messages.xerces.values import NotAValue, read_value

__all__ = ["anonymous_name", "restricted", "with_facets"]

_Find = Callable[[Name], SimpleType]
_Read = Callable[[SchemaNode], SimpleType]
_LENGTHS = ("length", "minLength", "maxLength")
_DIGITS = ("totalDigits", "fractionDigits")
_BOUNDS = ("minInclusive", "minExclusive", "maxInclusive", "maxExclusive")
_OTHER_END = {
    "minInclusive": "minExclusive",
    "minExclusive": "minInclusive",
    "maxInclusive": "maxExclusive",
    "maxExclusive": "maxInclusive",
}
_ORDERED = frozenset(("decimal", "integer", "float", "double", "duration", *MOMENTS))


def anonymous_name(node: SchemaNode) -> str:
    """What Xerces calls a type without name: after what encloses it, from the inside out."""
    names, element = [], node.element.getparent()
    while element is not None and element.getparent() is not None:
        names.append(element.get("name", ""))
        element = element.getparent()
    return "#AnonType_" + "".join(names)


def restricted(node: SchemaNode, name: str, find: _Find, read: _Read) -> SimpleType:
    """The simple type that a `simpleType` node defines.

    Raises:
        Unread: it says what is not known here.
    """
    inner = node.child("restriction", "list", "union")
    if inner is None:
        raise Unread(f"the simple type {name}")
    target = node.document.target
    kind = kind_of(inner.element)
    if kind == "restriction":
        base = inner.name("base")
        written = inner.child("simpleType")
        if base is None and written is None:
            raise Unread(f"a restriction of nothing in {name}")
        of = find(base) if base is not None else read(cast(SchemaNode, written))
        return with_facets(inner, replace(of, name=name, namespace=target, base=of))
    anonymous = [
        read(child) for child in inner.children() if kind_of(child.element) == "simpleType"
    ]
    if kind == "list":
        named = inner.name("itemType")
        item = find(named) if named is not None else anonymous[0]
        return SimpleType(name=name, namespace=target, variety="list", item=item)
    written_members = inner.element.get("memberTypes", "").split()
    members = [find(inner.resolved(member)) for member in written_members]
    return SimpleType(name=name, namespace=target, variety="union", members=(*members, *anonymous))


def with_facets(node: SchemaNode, kind: SimpleType) -> SimpleType:
    """A type, `kind` being a copy of its base under its name, with the facets a node adds.

    Raises:
        Unread: it has one that is not known here.
    """
    facets: dict[str, list[SchemaNode]] = {}
    for child in node.children():
        facets.setdefault(kind_of(child.element), []).append(child)
    changed: dict[str, Any] = {}
    if "pattern" in facets:
        # Those of one step are alternatives.
        written = "|".join(_value_of(one) for one in facets["pattern"])
        changed["patterns"] = (*kind.patterns, (written, Regex(written)))
    if "whiteSpace" in facets:
        changed["white_space"] = _value_of(facets["whiteSpace"][0])
    for field, known in (("lengths", _LENGTHS), ("digits", _DIGITS)):
        added = {name: int(_value_of(facets[name][0])) for name in known if name in facets}
        if added:
            changed[field] = tuple((dict(getattr(kind, field)) | added).items())
    base = kind.base or kind
    if any(name in facets for name in _BOUNDS):
        changed["bounds"] = _bounds(kind, base, facets)
    if "enumeration" in facets:
        changed["codes"] = tuple(_read(base, _value_of(one)) for one in facets["enumeration"])
    return replace(kind, **changed)


def _bounds(
    kind: SimpleType, base: SimpleType, facets: dict[str, list[SchemaNode]]
) -> tuple[tuple[str, Value], ...]:
    if kind.datatype not in _ORDERED or kind.variety != "atomic":
        raise Unread(f"bounds of {kind.datatype}")
    bounds = dict(kind.bounds)
    for name in _BOUNDS:
        if name in facets:
            bounds.pop(_OTHER_END[name], None)
            bounds[name] = _read(base, _value_of(facets[name][0]))
    return tuple(bounds.items())


def _value_of(node: SchemaNode) -> str:
    return node.element.get("value", "")


def _read(base: SimpleType, text: str) -> Value:
    try:
        return read_value(base, text)
    except NotAValue as error:
        raise Unread(f"{text!r} is not of type {base.name}: {error}") from None
