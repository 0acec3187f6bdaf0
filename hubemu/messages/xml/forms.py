"""The form in which most XML messages come, as regular expressions: one made for each object.

What a form takes is valid beyond doubt, and its groups are the values: it is read in one step, not
element by element. It is made of the XSDs (what is valid) and of the shapes (what is read of it),
and stricter than both: elements in the namespaces of their parents without prefix, no attributes
but one, no comments, no CDATA, nothing empty. "No" says nothing: the ordinary way then decides.

Everything in a form is possessive: no octet is looked at twice for the same object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from hubemu.messages.schemas.shapes import FieldShape, Kind, Shape
from hubemu.messages.text.datetimes import DateStyle
from hubemu.messages.xerces.doubts import Doubts
from hubemu.messages.xml.form_doubts import Look, doubtful_elements, looks
from hubemu.messages.xml.form_slots import DEEPEST, NOWHERE, Slot
from hubemu.messages.xml.form_texts import TextItems, resolved, text_of
from hubemu.messages.xml.form_trees import tree_maker
from hubemu.messages.xml.form_values import values_maker
from hubemu.messages.xml.grammar import Complex, Element, Grammar, NotUnderstood

__all__ = ["XLINK", "XLINK_TYPE", "Form", "form_of"]

XLINK = "http://www.w3.org/1999/xlink"
XLINK_TYPE = f"{{{XLINK}}}type"
"""The one attribute that is understood; the prefix must be the usual one."""
_GAP = r"\s*+"
"""White space of XML, and nothing else in ASCII that a text may hold which gets here."""
_LONG_ITEM = 500
"""Characters above which an item of a list within a list is not in an expression twice."""


class Form:
    """The expression of an object, a slot for each of its groups in their order.

    What is there has a group that is not empty.

    Args:
        pattern: of the whole object.
        slots: of its groups.
        needed: the fields that must be there, by the number of their object.
    """

    def __init__(
        self, pattern: str, slots: Sequence[Slot], needed: Sequence[tuple[int, str]]
    ) -> None:
        self._pattern = pattern
        self.slots = slots
        self._needed = needed

    # Of most lists there is one item, whose own form is never needed then.

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """That of the whole object."""
        return re.compile(self._pattern, re.ASCII)

    @cached_property
    def _values(self) -> Callable[[Sequence[str]], Sequence[Any]] | None:
        return values_maker(self.slots, self._needed)

    @cached_property
    def _looks(self) -> Sequence[Look]:
        return looks(self.slots)

    @cached_property
    def _tree(self) -> Callable[[Sequence[str]], dict[str, Any]]:
        return tree_maker(self.slots, self._needed)

    def tree(self, groups: Sequence[str]) -> dict[str, Any]:
        """The object of these groups, those that are not there empty, in the order of its shape.

        Raises:
            ValueError: it is not beyond doubt.
            KeyError: the same.
        """
        return self._tree(resolved(groups) if "&" in "".join(groups) else groups)

    def found(self, groups: Sequence[str]) -> Sequence[Any]:
        """What is printed of each of these groups, in which there are no references.

        That of the other items of a list is a list, too: of texts, or of what is found of each.

        Raises:
            ValueError: it is not beyond doubt.
            KeyError: the same.
        """
        return groups if self._values is None else self._values(groups)

    def doubts(self, groups: Sequence[str]) -> Doubts:
        """The elements whose texts are not beyond doubt; there are no references in them."""
        return doubtful_elements(self._looks, groups)

    def read(self, text: str) -> list[dict[str, Any]]:
        """The objects that stand one behind the other.

        Raises:
            ValueError: one is not beyond doubt.
            KeyError: the same.
        """
        found = self._groups(text)
        if "&" in text:
            found = [resolved(one) for one in found]
        return list(map(self._tree, found))

    def values(self, text: str) -> list[Sequence[Any]]:
        """What is `found` of each of the objects that stand one behind the other.

        Raises:
            ValueError: one is not beyond doubt.
            KeyError: the same.
        """
        found = self._groups(text)
        return found if self._values is None else list(map(self._values, found))

    def _groups(self, text: str) -> list[Any]:
        found: list[Any] = self.expression.findall(text)
        if len(self.slots) < 2:
            return [(one,) for one in found] if self.slots else [() for _ in found]
        return found


def form_of(grammar: Grammar, element: Element, shape: Shape, style: DateStyle) -> Form:
    """The form of what stands behind the start tag of an element, read as an object of that shape.

    Raises:
        NotUnderstood: there is none.
    """
    kind = grammar.type_of(element)
    if not isinstance(kind, Complex):
        raise NotUnderstood(f"{element.name} is a text")
    making = _Making(grammar, style, ())
    inside = making.object_(kind, shape, element.namespace, 0)
    return making.form(f"{inside}</{element.name}>{_GAP}")


class _Making:
    """One expression while it is made, within those elements of the XSDs."""

    def __init__(self, grammar: Grammar, style: DateStyle, within: tuple[object, ...]) -> None:
        self._grammar = grammar
        self._style = style
        self._within = within
        self._slots: list[Slot] = []
        self._needed: list[tuple[int, str]] = []
        self._objects = 1
        self._lists = 0

    def form(self, pattern: str) -> Form:
        """What was made."""
        return Form(pattern, self._slots, self._needed)

    def object_(self, kind: Complex, shape: Shape, namespace: str, number: int) -> str:
        """What stands in an element of that shape, which is the object of that number."""
        patterns, names = [_GAP], []
        for element in kind.elements:
            begun = len(self._slots), len(self._needed), self._objects, self._within
            try:
                field = shape.fields.get(element.name)
                if field is None or element.name in names or element.most == 0:
                    raise NotUnderstood(f"nobody reads {element.name}")
                patterns.append(self._field(element, field, namespace, number))
                names.append(element.name)
            except NotUnderstood:
                if element.least:
                    raise
                slots, needed, self._objects, self._within = begun
                del self._slots[slots:], self._needed[needed:]
        if names != [name for name in shape.fields if name in names]:
            raise NotUnderstood("another order than that of the shape")
        needed_here = [name for name, field in shape.fields.items() if field.required]
        if not set(names).issuperset(needed_here):
            raise NotUnderstood("a field is needed that has no element")
        always = {element.name for element in kind.elements if element.least}
        self._needed += ((number, name) for name in needed_here if name not in always)
        return "".join(patterns)

    def _field(self, element: Element, field: FieldShape, around: str, number: int) -> str:
        if field.many:
            pattern = self._list(element, field, around, number)
        elif element.least > 1:
            raise NotUnderstood("a list that is read as one value")
        else:
            pattern = self._one(element, field, around, number) + _GAP
        return pattern if element.least else f"(?>{pattern}|)"

    def _list(self, element: Element, field: FieldShape, around: str, number: int) -> str:
        """The first item with groups of its own, then all others in one; or all in one."""
        begun, needed, objects = len(self._slots), len(self._needed), self._objects
        self._lists += 1
        item = self._one(element, field, around, number) + _GAP
        self._lists -= 1
        slot = self._slots[begun]
        items = self._items(item, begun, needed)
        if self._lists and len(item) > _LONG_ITEM:
            del self._slots[begun:], self._needed[needed:]
            self._objects = objects
            self._slots.append(slot._replace(own=0, text=None, many=True, items=items))
            return _repeated(item, max(1, element.least), element.most)
        others = 0 if element.most == 1 else len(self._slots)
        self._slots[begun] = slot._replace(many=True, others=others)
        if not others:
            return item
        self._slots.append(Slot(NOWHERE, field.name, items=items))
        most = None if element.most is None else element.most - 1
        return f"{item}{_repeated(item, max(0, element.least - 1), most)}"

    def _items(self, item: str, begun: int, needed: int) -> Form | TextItems:
        """The form of items that are each like that one, which has the slots from `begun` on."""
        slot = self._slots[begun]
        if slot.text is not None:
            return TextItems(slot.text, item)
        slots = _alone(self._slots[begun + 1 :], begun + 1, slot.own)
        rules = [(0 if of == slot.own else of, name) for of, name in self._needed[needed:]]
        return Form(item.replace("(<)", "<", 1), slots, rules)

    def _one(self, element: Element, field: FieldShape, around: str, number: int) -> str:
        """An element without the gap behind it."""
        kind = self._grammar.type_of(element)
        slot = Slot(number, field.name, _is_certain(element, field))
        if isinstance(kind, Complex):
            own, self._objects = self._objects, self._objects + 1
            self._slots.append(slot._replace(own=own))
            start, rest = _start(element, around, kind), self.rest(element, kind, field, own)
            return f"(<){start[1:]}{rest}"
        text = text_of(kind, field.shape.kind, self._style)
        self._slots.append(slot._replace(text=text))
        return f"{_start(element, around, None)}>({text.pattern})</{element.name}>"

    def rest(self, element: Element, kind: Complex, field: FieldShape, number: int) -> str:
        """What is behind the attributes of an element that is the object of that number."""
        if field.shape.kind is not Kind.OBJECT:
            raise NotUnderstood(f"{element.name} holds elements")
        if element.node in self._within:
            raise NotUnderstood("an object within itself")
        if len(self._within) > DEEPEST:
            raise NotUnderstood("objects nested deep")
        self._within += (element.node,)
        inside = self.object_(kind, field.shape, element.namespace, number)
        self._within = self._within[:-1]
        rest = f">{inside}</{element.name}>"
        return rest if any(inner.least for inner in kind.elements) else f"(?:/>|{rest})"


def _repeated(item: str, least: int, most: int | None) -> str:
    """A group of so many items."""
    bounds = f"{least},{'' if most is None else most}"
    return f"((?:{_without_groups(item)}){{{bounds}}}+)"


def _alone(slots: Sequence[Slot], begun: int, number: int) -> list[Slot]:
    """The slots of the object of that number, which begin there, for an expression of its own."""
    return [
        slot._replace(
            parent=0 if slot.parent == number else slot.parent,
            others=slot.others and slot.others - begun,
        )
        for slot in slots
    ]


def _is_certain(element: Element, field: FieldShape) -> bool:
    return field.required or element.least > 0


def _start(element: Element, around: str, kind: Complex | None) -> str:
    """The start tag of an element in a parent of another or the same namespace, without `>`."""
    same = element.namespace == around
    space = "" if same else f" xmlns={_quoted(element.namespace)}"
    attributes = "" if kind is None else _attributes(kind)
    return f"<{re.escape(element.name)}{space}{attributes}"


def _attributes(kind: Complex) -> str:
    pattern = ""
    for name, (value, needed) in kind.attributes.items():
        if name == XLINK_TYPE:
            pattern = f" xlink:type={_quoted(value)}"
            pattern = pattern if needed else f"(?:{pattern})?+"
        elif needed:
            raise NotUnderstood(name)
    return pattern


def _quoted(value: str) -> str:
    text = re.escape(value)
    return f"(?:\"{text}\"|'{text}')"


def _without_groups(pattern: str) -> str:
    """The same expression, nothing of it captured; the patterns here have no other parentheses."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
