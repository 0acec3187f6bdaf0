"""From the groups of a form's expression to what is printed of them: one function for each form.

Most groups are printed as they are, and only looked at if that. The source of a function, compiled
once, as in `form_trees`.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hubemu.messages.xml.form_slots import Slot, unpacked

__all__ = ["look_at", "values_maker"]


def values_maker(
    slots: Sequence[Slot], needed: Sequence[tuple[int, str]]
) -> Callable[[Sequence[str]], Sequence[Any]] | None:
    """What gives the printed values of the texts of all groups; `None` if these are it.

    It raises ValueError or KeyError where one is not beyond doubt, and where a field is needed that
    is not there.

    Args:
        slots: of the groups in their order; an object comes before its fields.
        needed: the fields that must be there, by the number of their object.
    """
    lines = list(_object(slots, frozenset(needed), 0, 1))
    if not lines:
        return None
    source = ["def values(groups):", f" {unpacked(slots, 'groups')}", " v = groups"]
    if any(slot.items or (slot.text and slot.text.printed) for slot in slots):
        source[-1] = " v = list(groups)"
    known: dict[str, Any] = {f"m{index}": look_at(slot) for index, slot in enumerate(slots)}
    exec("\n".join((*source, *lines, " return v")), known)  # noqa: S102 - nothing but numbers
    return typing.cast("Callable[[Sequence[str]], Sequence[Any]]", known["values"])


def _object(
    slots: Sequence[Slot], needed: frozenset[tuple[int, str]], number: int, depth: int
) -> Iterator[str]:
    """The lines that look at the fields of the object of that number."""
    before = " " * depth
    for index, slot in enumerate(slots):
        if slot.parent != number:
            continue
        inside = list(_object(slots, needed, slot.own, depth + 1)) if slot.own else []
        if slot.items or (slot.text and (slot.text.printed or slot.text.look)):
            stored = "" if slot.text and not slot.text.printed else f"v[{index}] = "
            inside = [f"{before} {stored}m{index}(g{index})"]
        if slot.others:
            others = slot.others
            inside.append(f"{before} if g{others}: v[{others}] = m{others}(g{others})")
        if inside:
            yield f"{before}if g{index}:"
            yield from inside
        if (number, slot.name) in needed:
            yield f"{before}{'else' if inside else f'if not g{index}'}: raise ValueError"


def look_at(slot: Slot) -> Callable[[str], Any] | None:
    """What looks at the text of a group and gives what is printed of it, if that is needed.

    It raises ValueError or KeyError where that is not beyond doubt.
    """
    if slot.items is not None:
        return slot.items.values
    return None if slot.text is None else slot.text.printed or slot.text.look
