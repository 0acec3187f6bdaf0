"""Plain messages whose fields are known, to XML: one function made for each kind of object.

A struct class says which elements there are, in what order and of what kind. So a function that
writes one is a template, and nothing is looked up for a message. Made as `dataclasses` makes its
methods: the source of a function, compiled once.

What is written is what `writing` gives of the same message, which is told by the tests.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.text.java_numbers import printed_number
from hubemu.messages.xml.made_source import literal
from hubemu.messages.xml.writing import end_tag

__all__ = ["LARGEST", "WriteFields", "template_of"]

LARGEST = 128 * 1024
"""Octets up to which a message may be written this way: lists cannot repeat long names."""

WriteFields: TypeAlias = Callable[[Any], str]
"""Gives the elements of an object's fields, one behind the other."""
Described: TypeAlias = type[msgspec.Struct]
"""What tells the fields of an object: a class made by `json.structs`."""

_AS_IT_IS, _AS_PRINTED, _NUMBER, _BOOLEAN = "{}", "{}!s", "number({})", "words[{}]"
"""How a value is told in a formatted string: a text, what Python prints as XML has it, the rest."""


class _NoTemplate(Exception):
    """There are fields that no template writes."""


class _Field(NamedTuple):
    """A field of an object that is called `of`; values are expressions of Python.

    `inside` tells the objects that are its value, or how a value is printed.
    """

    name: str
    value: str
    optional: bool
    many: bool
    inside: Described | str

    @property
    def is_there(self) -> bool:
        """Whether there is an element of it for certain."""
        return not self.optional and not self.many


class _Around(NamedTuple):
    """What stands around the fields of an object that is an element, and in their stead."""

    start: str = ""
    end: str = ""
    empty: str = ""

    @classmethod
    def of(cls, name: str, attributes: str) -> _Around:
        """The tags of an element.

        Raises:
            UnwritableMessage: no element can have that name.
        """
        start = literal(f"<{name}{attributes}")
        return cls(f"{start}>", literal(end_tag(name)), f"{start}/>")


def template_of(described: Described, attributes: Mapping[str, str]) -> WriteFields | None:
    """What writes the fields of an object, its texts as they are; `None` if nothing can.

    Args:
        described: the class of the object.
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
            "number": printed_number,
            "join": "".join,
            "words": ("false", "true"),
        }
        self._names: dict[tuple[int, _Around], str] = {}

    def writer(self, described: Described, attributes: Mapping[str, str]) -> WriteFields:
        """The function that writes the fields of an object."""
        return self._made("fields", described, attributes, _Around())

    def _element_of(self, described: Described, around: _Around) -> str:
        """The name of the function that writes an object as one element."""
        place = id(described), around
        if place not in self._names:
            own = self._names[place] = f"element{len(self._names)}"
            self._made(own, described, {}, around)
        return self._names[place]

    def _made(
        self, own: str, described: Described, attributes: Mapping[str, str], around: _Around
    ) -> WriteFields:
        fields = list(_fields(described))
        source, parts = [f"def {own}(of):"], []
        for index, field in enumerate(fields):
            tags = _Around.of(field.name, attributes.get(field.name, ""))
            if field.is_there and isinstance(field.inside, str):
                parts.append(_text_element(field.inside, tags, field.value))
            else:
                source.append(f" p{index} = {self._elements(field, tags)}")
                parts.append(f"{{p{index}}}")
        inside = "".join(parts)
        if not any(field.is_there for field in fields):
            any_part = " or ".join(f"p{index}" for index in range(len(fields))) or "''"
            source.append(f" if not ({any_part}): return f'{around.empty}'")
        source.append(f" return f'{around.start}{inside}{around.end}'")
        exec("\n".join(source), self._known)  # noqa: S102 - only names of a schema, by `literal`
        return typing.cast("WriteFields", self._known[own])

    def _elements(self, field: _Field, tags: _Around) -> str:
        """An expression for the element of a field, or for its elements, or for none."""
        if not field.optional:
            return self._all_elements(field, tags, field.value)
        elements = self._all_elements(field, tags, "v")
        return f"'' if (v := {field.value}) is UNSET else {elements}"

    def _all_elements(self, field: _Field, tags: _Around, value: str) -> str:
        if isinstance(field.inside, str):
            one = f"f'{_text_element(field.inside, tags, 'i' if field.many else value)}'"
            return f"join([{one} for i in {value}])" if field.many else one
        element = self._element_of(field.inside, tags)
        return f"join(map({element}, {value}))" if field.many else f"{element}({value})"


def _text_element(printed: str, tags: _Around, value: str) -> str:
    """A part of a formatted string: an element with a value."""
    return f"{tags.start}{{{printed.format(value)}}}{tags.end}"


def _fields(kind: Described) -> Iterator[_Field]:
    for field in msgspec.structs.fields(kind):
        optional = field.default is not msgspec.NODEFAULT
        inside = _bare(field.type)
        many = typing.get_origin(inside) is list
        if many:
            inside = _bare(typing.get_args(inside)[0])
        if not (isinstance(inside, type) and issubclass(inside, msgspec.Struct)):
            inside = _printed(inside)
        yield _Field(field.encode_name, f"of.{field.name}", optional, many, inside)


def _printed(kind: Any) -> str:
    if kind is bool:
        return _BOOLEAN
    if kind is str or typing.get_origin(kind) is Literal:
        return _AS_IT_IS
    if kind is int:
        return _AS_PRINTED
    if kind is Any:  # a number (`json.struct_looks`)
        return _NUMBER
    raise _NoTemplate(kind)


def _bare(kind: Any) -> Any:
    """The type without its bounds, and without that it may be left out."""
    if typing.get_origin(kind) is typing.Annotated:
        return _bare(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        [rest] = [one for one in typing.get_args(kind) if one is not msgspec.UnsetType]
        return _bare(rest)
    return kind
