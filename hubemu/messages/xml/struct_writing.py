"""Plain messages that were decoded into structs, to XML: one function made for each struct class.

A struct class says which elements there are, in what order and of what kind; so a function that
writes one is a template, and nothing is left to be looked up for a message. Made as `dataclasses`
makes its methods: the source of a function, compiled once.

What is written is what `writing` gives of the same message, which is told by the tests.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from hubemu.messages.errors import UnwritableMessage
from hubemu.messages.xml.writing import end_tag

__all__ = ["LARGEST", "WriteFields", "struct_writer"]

LARGEST = 128 * 1024
"""Octets of JSON up to which a message may be written this way: lists cannot repeat long names."""

_PRINTED = (str, int)
"""What stands in XML as Python prints it; so do the numbers and texts that a type `holds`."""

WriteFields = Callable[[Any], str]
"""Gives the elements of a struct's fields, one behind the other."""


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


class _NoTemplate(Exception):
    """A class has fields that no template writes."""


def struct_writer(kind: type[msgspec.Struct], attributes: Mapping[str, str]) -> WriteFields | None:
    """What writes the fields of a struct class, its texts as they are; `None` if nothing can.

    Args:
        kind: made by `json.structs`.
        attributes: what stands in the start tags of fields of the class, by their names.
    """
    try:
        return _Templates().writer(kind, attributes)
    except (_NoTemplate, UnwritableMessage):
        return None


class _Templates:
    """The functions of a message's elements, by the names that stand in each other's sources."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {"UNSET": msgspec.UNSET, "join": "".join}
        self._names: dict[tuple[type, _Tags], str] = {}

    def writer(self, kind: type[msgspec.Struct], attributes: Mapping[str, str]) -> WriteFields:
        """The function that writes the fields of a struct."""
        return self._made("fields", kind, attributes, "return inside")

    def _element_of(self, kind: type[msgspec.Struct], tags: _Tags) -> str:
        """The name of the function that writes a struct as one element."""
        if (kind, tags) not in self._names:
            own = self._names[kind, tags] = f"element{len(self._names)}"
            end = f"return {tags.filled!r} % (inside,) if inside else {tags.empty!r}"
            self._made(own, kind, {}, end)
        return self._names[kind, tags]

    def _made(
        self, own: str, kind: type[msgspec.Struct], attributes: Mapping[str, str], end: str
    ) -> WriteFields:
        fields = ", ".join(self._fields(kind, attributes))
        source = f"def {own}(of):\n inside = join(({fields},))\n {end}\n"
        exec(source, self._known)  # noqa: S102 - of it only names of a schema, quoted by `repr`
        return typing.cast("WriteFields", self._known[own])

    def _fields(self, kind: type[msgspec.Struct], attributes: Mapping[str, str]) -> Iterator[str]:
        """An expression for each field."""
        for field in msgspec.structs.fields(kind):
            tags = _Tags.of(field.encode_name, attributes.get(field.encode_name, ""))
            of = f"of.{field.name}"
            if field.default is msgspec.NODEFAULT:
                yield self._written(_bare(field.type), tags, of)
            else:
                written = self._written(_bare(field.type), tags, "v")
                yield f"'' if (v := {of}) is UNSET else {written}"

    def _written(self, kind: Any, tags: _Tags, value: str) -> str:
        """An expression for one element with a value, or for each of a list."""
        if typing.get_origin(kind) is list:
            item = _bare(typing.get_args(kind)[0])
            if _is_struct(item):
                return f"join(map({self._element_of(item, tags)}, {value}))"
            return f"join([{self._written(item, tags, 'i')} for i in {value}])"
        if _is_struct(kind):
            return f"{self._element_of(kind, tags)}({value})"
        if kind is bool:
            return f"{tags.filled!r} % ('true' if {value} else 'false',)"
        if kind in _PRINTED or typing.get_origin(kind) is Literal or hasattr(kind, "holds"):
            return f"{tags.filled!r} % ({value},)"
        raise _NoTemplate(kind)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _bare(kind: Any) -> Any:
    """The type without its bounds, and without that it may be left out."""
    if typing.get_origin(kind) is typing.Annotated:
        return _bare(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        [rest] = [one for one in typing.get_args(kind) if one is not msgspec.UnsetType]
        return _bare(rest)
    return kind
