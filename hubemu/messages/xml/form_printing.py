"""From what is found by a form to its XML or JSON: one function made for each form and format.

Texts are printed as they were read, so nothing in them may have to be escaped. What is printed is
what `writing` and `json_text` give of the tree of the same message, which is told by the tests.
The source of a function, compiled once, as in `form_trees`.
"""

from __future__ import annotations

import typing
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from hubemu.messages.xml.form_slots import Slot, unpacked
from hubemu.messages.xml.form_texts import Text
from hubemu.messages.xml.forms import Form
from hubemu.messages.xml.made_source import literal
from hubemu.messages.xml.writing import end_tag

__all__ = ["PrintFound", "json_printer", "xml_printer"]

PrintFound: TypeAlias = Callable[[Sequence[Any]], str]
"""Gives the text of the fields of an object, of what was found of its form."""


def xml_printer(form: Form, name: str, attributes: Mapping[str, str]) -> PrintFound:
    """What prints the elements of the fields of the object of that name.

    Args:
        form: one that has such an object.
        name: of the first object that is called so.
        attributes: what stands in the start tags of its own fields, by their names.

    Raises:
        UnwritableMessage: no element can have the name of a field.
    """
    return _XmlPrinter(form.slots).fields(_number(form, name), attributes)


def json_printer(form: Form, name: str) -> PrintFound:
    """What prints the members of the object of that name, without its braces."""
    return _JsonPrinter(form.slots).fields(_number(form, name), {})


def _number(form: Form, name: str) -> int:
    return next(slot.own for slot in form.slots if slot.name == name and slot.own)


class _Part(NamedTuple):
    """A text as it stands in a formatted string, and the lines that must come before it.

    `certain` is whether there is anything in it whatever was found.
    """

    text: str
    certain: bool
    lines: list[str]


class _Later:
    """A function that is made when it is first called: of most lists there is one item."""

    def __init__(self, make: Callable[[], PrintFound]) -> None:
        self._make = make

    @cached_property
    def _printed(self) -> PrintFound:
        return self._make()

    def __call__(self, found: Sequence[Any]) -> str:
        return self._printed(found)


class _Printer(ABC):
    """The functions of one form."""

    _brackets, _behind = False, ""
    """Whether a list stands in brackets, and what stands behind its first item."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._slots = slots
        self._known: dict[str, Any] = {"join": "".join, "row": ",".join}

    def fields(self, number: int, attributes: Mapping[str, str]) -> PrintFound:
        """What prints the fields of the object of that number."""
        return self._function(self._inside(number, attributes, "p"))

    def item(self, name: str) -> PrintFound:
        """What prints the object of the form, which is in a list of that name."""
        return self._function(self._object(0, name, "", "p"))

    def _function(self, part: _Part) -> PrintFound:
        lines = "".join(f" {line}\n" for line in (unpacked(self._slots, "found"), *part.lines))
        source = f"def printed(found):\n{lines} return f'{part.text}'"
        exec(source, self._known)  # noqa: S102 - of it only names of a schema, by `literal`
        return typing.cast("PrintFound", self._known["printed"])

    def _inside(self, number: int, attributes: Mapping[str, str], own: str) -> _Part:
        """The fields of the object of that number, which may be called `own` in the source."""
        of = [(i, slot) for i, slot in enumerate(self._slots) if slot.parent == number]
        first = next((at for at, (_, slot) in enumerate(of) if slot.certain), -1)
        parts = [
            self._field(index, slot, attributes.get(slot.name, ""), (at > first) - (at < first))
            for at, (index, slot) in enumerate(of)
        ]
        text = "".join(part.text for part in parts)
        return _Part(text, first >= 0, [line for part in parts for line in part.lines])

    def _field(self, index: int, slot: Slot, attributes: str, side: int) -> _Part:
        """A field; `side` tells whether it is before or behind the first that is certain."""
        if slot.items is not None:
            lines: list[str] = []
            text = self._objects(self._items(index, slot, attributes))
        elif slot.own:
            text, _, lines = self._object(slot.own, slot.name, attributes, f"p{index}")
        else:
            text, lines = self._text(slot.name, attributes, f"g{index}", slot.text), []
        if slot.others:
            others = self._objects(self._items(slot.others, slot, attributes))
            lines = [*lines, f"o{index} = f'{self._behind}{others}' if g{slot.others} else ''"]
            text += f"{{o{index}}}"
        text = self._beside(f"[{text}]" if slot.many and self._brackets else text, slot.name, side)
        if slot.certain:
            return _Part(text, True, lines)
        within = [f" {line}" for line in (*lines, f"p{index} = f'{text}'")]
        return _Part(f"{{p{index}}}", False, [f"p{index} = ''", f"if g{index}:", *within])

    def _items(self, index: int, slot: Slot, attributes: str) -> str:
        """An expression for the printed items of a list, or those behind its first."""
        items, name = self._slots[index].items, slot.name
        if isinstance(items, Form):
            self._known[f"item{index}"] = _Later(lambda: type(self)(items.slots).item(name))
        else:
            kind = slot.text if items is None else items.text
            one = self._text(name, attributes, "item", kind)
            self._known[f"item{index}"] = eval(f"lambda item: f'{one}'")  # noqa: S307 - as above
        return f"map(item{index}, g{index})"

    @abstractmethod
    def _object(self, number: int, name: str, attributes: str, own: str) -> _Part:
        """An object, which may be called `own` in the source."""

    @abstractmethod
    def _objects(self, printed: str) -> str:
        """Items of a list that are printed so, in a formatted string."""

    @abstractmethod
    def _text(self, name: str, attributes: str, value: str, kind: Text | None) -> str:
        """One text, in a formatted string."""

    @abstractmethod
    def _beside(self, text: str, name: str, side: int) -> str:
        """A field beside others."""


class _XmlPrinter(_Printer):
    def _object(self, number: int, name: str, attributes: str, own: str) -> _Part:
        inside = self._inside(number, {}, own)
        start, end = literal(f"<{name}{attributes}"), literal(end_tag(name))
        if inside.certain:
            return inside._replace(text=f"{start}>{inside.text}{end}")
        lines = [*inside.lines, f"{own} = f'{inside.text}'"]
        lines.append(f"{own} = f'{start}>{{{own}}}{end}' if {own} else f'{start}/>'")
        return _Part(f"{{{own}}}", True, lines)

    def _objects(self, printed: str) -> str:
        return f"{{join({printed})}}"

    def _text(self, name: str, attributes: str, value: str, kind: Text | None) -> str:
        return f"{literal(f'<{name}{attributes}>')}{{{value}}}{literal(end_tag(name))}"

    def _beside(self, text: str, name: str, side: int) -> str:
        return text


class _JsonPrinter(_Printer):
    _brackets, _behind = True, ","

    def _object(self, number: int, name: str, attributes: str, own: str) -> _Part:
        inside = self._inside(number, {}, own)
        if inside.certain:
            return inside._replace(text=f"{{{{{inside.text}}}}}")
        # Each field has a comma before it, that of the first is one too many.
        lines = [*inside.lines, f"{own} = f'{inside.text}'"]
        return _Part(f"{{{{{{{own}[1:]}}}}}}", True, lines)

    def _objects(self, printed: str) -> str:
        return f"{{row({printed})}}"

    def _text(self, name: str, attributes: str, value: str, kind: Text | None) -> str:
        return f"{{{value}}}" if kind and not kind.quoted else f'"{{{value}}}"'

    def _beside(self, text: str, name: str, side: int) -> str:
        before, behind = "," if side > 0 else "", "," if side < 0 else ""
        return f'{before}"{literal(name)}":{text}{behind}'
