"""From the groups of a form's expression to its object: one function made for each form.

Nothing is looked up for a message that its form knows. Made as `dataclasses` makes its methods:
the source of a function, compiled once.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hubemu.messages.xml.form_slots import Slot, unpacked

__all__ = ["tree_maker"]


def tree_maker(
    slots: Sequence[Slot], needed: Sequence[tuple[int, str]]
) -> Callable[[Sequence[str]], dict[str, Any]]:
    """What gives the object of the texts of all groups, those that are empty left out.

    It raises ValueError or KeyError where the value of one is not beyond doubt, and where a field
    is needed that is not there.

    Args:
        slots: of the groups in their order; an object comes before its fields.
        needed: the fields that must be there, by the number of their object.
    """
    source = ["def tree(groups):", f" {unpacked(slots, 'groups')}", " t0 = {}"]
    source += _object(slots, needed, 0, 1)
    source.append(" return t0")
    known: dict[str, Any] = {f"m{index}": _reader(slot) for index, slot in enumerate(slots)}
    exec("\n".join(source), known)  # noqa: S102 - of it only names of a schema, quoted by `repr`
    return typing.cast("Callable[[Sequence[str]], dict[str, Any]]", known["tree"])


def _object(
    slots: Sequence[Slot], needed: Sequence[tuple[int, str]], number: int, depth: int
) -> Iterator[str]:
    """The lines that fill the object of that number."""
    before = " " * depth
    for index, slot in enumerate(slots):
        if slot.parent != number:
            continue
        field = f"t{number}[{slot.name!r}]"
        yield f"{before}if g{index}:"
        if slot.own:
            value = f"t{slot.own}"
            yield f"{before} {value} = {{}}"
            yield from _object(slots, needed, slot.own, depth + 1)
        else:
            value = f"g{index}" if _reader(slot) is None else f"m{index}(g{index})"
        first = slot.many and slot.items is None
        yield f"{before} {field} = {f'[{value}]' if first else value}"
        if slot.others:
            yield f"{before} if g{slot.others}: {field} += m{slot.others}(g{slot.others})"
    for of, name in needed:
        if of == number:
            yield f"{before}if {name!r} not in t{number}: raise ValueError({name!r})"


def _reader(slot: Slot) -> Callable[[str], Any] | None:
    """What gives the value of a text, or those of a list; `None` where the text is its value."""
    if slot.items is not None:
        return slot.items.read
    return None if slot.text is None else slot.text.take
