"""Plain messages whose fields are known, to XML: one function made for each kind of object.

A struct class, or the shape of a tree that was read by its form, says which elements there are, in
what order and of what kind. So a function that writes one is a template, and nothing is looked up
for a message. Made as `dataclasses` makes its methods: the source of a function, compiled once.

What is written is what `writing` gives of the same message, which is told by the tests.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.schemas.shapes import Kind, Shape
from hubemu.messages.text.java_numbers import exact_text
from hubemu.messages.xml.writing import end_tag

__all__ = ["LARGEST", "WriteFields", "template_of"]

LARGEST = 128 * 1024
"""Octets up to which a message may be written this way: lists cannot repeat long names."""

WriteFields: TypeAlias = Callable[[Any], str]
"""Gives the elements of an object's fields, one behind the other."""
Described: TypeAlias = type[msgspec.Struct] | Shape
"""What tells the fields of an object: a class made by `json.structs`, or a shape."""

_PRINTED = (str, int)
"""What stands in XML as Python prints it; so do the numbers and texts that a type `holds`."""
_AS_PRINTED, _EXACT, _BOOLEAN = "{}", "exact({})", "'true' if {} else 'false'"
_OF_KINDS = {
    Kind.STRING: _AS_PRINTED,
    Kind.DATETIME: _AS_PRINTED,
    Kind.INTEGER: _AS_PRINTED,
    Kind.NUMBER: _EXACT,
    Kind.BOOLEAN: _BOOLEAN,
}


class _NoTemplate(Exception):
    """There are fields that no template writes."""


class _Field(NamedTuple):
    """A field of an object that is called `of`; values are expressions of Python.

    `inside` tells the objects that are its value, or how a value is printed.
    """

    name: str
    value: str
    absent: str | None
    many: bool
    inside: Described | str


class _Tags(NamedTuple):
    """An element with something in it, as a template; and with nothing."""

    filled: str
    empty: str

    @classmethod
    def of(cls, name: str, attributes: str) -> _Tags:
        """Those of a name with attributes.

        Raises:
            UnwritableMessage: no element can have that name.
        """
        end, start = end_tag(name), f"<{name}{attributes}"
        return cls(f"{start.replace('%', '%%')}>%s{end}", f"{start}/>")


def template_of(described: Described, attributes: Mapping[str, str]) -> WriteFields | None:
    """What writes the fields of an object, its texts as they are; `None` if nothing can.

    Args:
        described: a struct, or a tree in which nothing is empty.
        attributes: what stands in the start tags of its own fields, by their names.
    """
    try:
        return _Templates().writer(described, attributes)
    except (_NoTemplate, UnwritableMessage):
        return None


class _Templates:
    """The functions of a message's elements, by the names that stand in each other's sources."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {
            "UNSET": msgspec.UNSET,
            "exact": exact_text,
            "join": "".join,
        }
        self._names: dict[tuple[int, _Tags], str] = {}

    def writer(self, described: Described, attributes: Mapping[str, str]) -> WriteFields:
        """The function that writes the fields of an object."""
        return self._made("fields", described, attributes, "return inside")

    def _element_of(self, described: Described, tags: _Tags) -> str:
        """The name of the function that writes an object as one element."""
        place = id(described), tags
        if place not in self._names:
            own = self._names[place] = f"element{len(self._names)}"
            end = f"return {tags.filled!r} % (inside,) if inside else {tags.empty!r}"
            self._made(own, described, {}, end)
        return self._names[place]

    def _made(
        self, own: str, described: Described, attributes: Mapping[str, str], end: str
    ) -> WriteFields:
        if isinstance(described, Shape):
            fields = _shape_fields(described)
        else:
            fields = _struct_fields(described)
        parts = ", ".join(self._written(one, attributes.get(one.name, "")) for one in fields)
        source = f"def {own}(of):\n inside = join(({parts},))\n {end}\n"
        exec(source, self._known)  # noqa: S102 - of it only names of a schema, quoted by `repr`
        return typing.cast("WriteFields", self._known[own])

    def _written(self, field: _Field, attributes: str) -> str:
        """An expression for the element of a field, or for its elements, or for none."""
        tags = _Tags.of(field.name, attributes)
        if field.absent is None:
            return self._elements(field, tags, field.value)
        elements = self._elements(field, tags, "v")
        return f"'' if (v := {field.value}) is {field.absent} else {elements}"

    def _elements(self, field: _Field, tags: _Tags, value: str) -> str:
        if isinstance(field.inside, str):
            printed = field.inside.format("i" if field.many else value)
            one = f"{tags.filled!r} % ({printed},)"
            return f"join([{one} for i in {value}])" if field.many else one
        element = self._element_of(field.inside, tags)
        return f"join(map({element}, {value}))" if field.many else f"{element}({value})"


def _shape_fields(shape: Shape) -> Iterator[_Field]:
    for name, field in shape.fields.items():
        kind = field.shape.kind
        if kind is Kind.ANY:
            raise _NoTemplate(name)
        inside = field.shape if kind is Kind.OBJECT else _OF_KINDS[kind]
        yield _Field(name, f"of.get({name!r})", "None", field.many, inside)


def _struct_fields(kind: type[msgspec.Struct]) -> Iterator[_Field]:
    for field in msgspec.structs.fields(kind):
        absent = None if field.default is msgspec.NODEFAULT else "UNSET"
        inside = _bare(field.type)
        many = typing.get_origin(inside) is list
        if many:
            inside = _bare(typing.get_args(inside)[0])
        if not (isinstance(inside, type) and issubclass(inside, msgspec.Struct)):
            inside = _printed(inside)
        yield _Field(field.encode_name, f"of.{field.name}", absent, many, inside)


def _printed(kind: Any) -> str:
    if kind is bool:
        return _BOOLEAN
    if kind in _PRINTED or typing.get_origin(kind) is Literal or hasattr(kind, "holds"):
        return _AS_PRINTED
    raise _NoTemplate(kind)


def _bare(kind: Any) -> Any:
    """The type without its bounds, and without that it may be left out."""
    if typing.get_origin(kind) is typing.Annotated:
        return _bare(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        [rest] = [one for one in typing.get_args(kind) if one is not msgspec.UnsetType]
        return _bare(rest)
    return kind
