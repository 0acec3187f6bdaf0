"""The rules that a conversion is made of: each says one thing of one place, as data.

A rule of `both` is written for the way up (v1 to v2, v2 to v3) and read backwards on the way down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hubemu.conversion.code_lists import codes_of, nearest
from hubemu.conversion.draw import Draw
from hubemu.conversion.notes import add_medical_note, as_text
from hubemu.conversion.places import Tree, delete, holders, objects_at

__all__ = [
    "Codes",
    "ConversionRule",
    "ConvertedBody",
    "Default",
    "Drop",
    "KnownCode",
    "Make",
    "Prune",
    "Renamed",
    "ToNote",
    "VersionStep",
]


@dataclass(frozen=True, slots=True)
class ConvertedBody:
    """A body under conversion.

    Attributes:
        body: what is changed.
        sender: senderID of the message, for ids that are made up.
        draw: what they are drawn from.
    """

    body: Tree
    sender: str
    draw: Draw

    def medical_note(self, text: str, patient: Any = None) -> None:
        """Keep what has no place in a medical note, about a patient if one is given."""
        add_medical_note(self.body, self.draw, self.sender, text, patient)


class ConversionRule(Protocol):
    """Something done to a body."""

    def apply(self, work: ConvertedBody) -> None:
        """Do it."""


class TwoWayRule(ConversionRule, Protocol):
    """A rule that can be read backwards."""

    def back(self) -> ConversionRule:
        """The rule of the other way."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """The field at `path` is called `name`."""

    path: str
    name: str

    def apply(self, work: ConvertedBody) -> None:
        """See `ConversionRule`."""
        for holder, old in list(holders(work.body, self.path)):
            renamed = {(self.name if key == old else key): holder[key] for key in holder}
            holder.clear()
            holder.update(renamed)

    def back(self) -> ConversionRule:
        """See `TwoWayRule`."""
        above, dot, old = self.path.rpartition(".")
        items = "[]" if old.endswith("[]") else ""
        return Renamed(f"{above}{dot}{self.name}{items}", old.removesuffix("[]"))


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes at `path`, a text or each of a list of texts; others stay, or become `other`.

    `backwards` are the codes that only the way back knows, beside those read backwards.
    """

    path: str
    codes: Mapping[str, str]
    backwards: Mapping[str, str] = field(default_factory=dict)
    other: str | None = None

    def apply(self, work: ConvertedBody) -> None:
        """See `ConversionRule`."""
        for holder, name in holders(work.body, self.path):
            code = holder[name]
            if isinstance(code, str):
                holder[name] = self.codes.get(code, self.other or code)

    def back(self) -> ConversionRule:
        """See `TwoWayRule`: of several codes that become one, the first comes back."""
        reverse: dict[str, str] = {}
        for old, new in self.codes.items():
            reverse.setdefault(new, old)
        return Codes(self.path, {**reverse, **self.backwards})


@dataclass(frozen=True, slots=True)
class Default:
    """What is missing at `path` is `value`."""

    path: str
    value: Any

    def apply(self, work: ConvertedBody) -> None:
        """See `ConversionRule`."""
        above, _, name = self.path.rpartition(".")
        for one in objects_at(work.body, above):
            one.setdefault(name, self.value)


class Drop:
    """What stands at `paths` is not kept."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def apply(self, work: ConvertedBody) -> None:
        """See `ConversionRule`."""
        delete(work.body, *self.paths)


class Prune:
    """An object or list at `paths` that is empty is not kept; the paths from the inside out."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def apply(self, work: ConvertedBody) -> None:
        """See `ConversionRule`."""
        for path in self.paths:
            for holder, name in list(holders(work.body, path)):
                if holder[name] in ({}, []):
                    del holder[name]


@dataclass(frozen=True, slots=True)
class ToNote:
    """What stands at `path` becomes a medical note behind `label`, unless `keeps` says it stays.

    `patient` is the path of the objects that the notes are about, of which `path` is the rest.
    """

    path: str
    label: str
    patient: str = ""
    keeps: Callable[[Any], bool] = lambda _: False

    def apply(self, work: ConvertedBody) -> None:
        """See `ConversionRule`."""
        for about in list(objects_at(work.body, self.patient)):
            patient = about.get("patientId") if self.patient else None
            for holder, name in list(holders(about, self.path)):
                if not self.keeps(holder[name]):
                    work.medical_note(f"{self.label}{as_text(holder.pop(name))}", patient)


@dataclass(frozen=True, slots=True)
class KnownCode:
    """A code at `path` that `release` does not list becomes the nearest above it.

    Where there is none it becomes `default` and the code a note; without a default its object goes.
    `path` names the object or list of objects that has `code` and `label`.
    """

    message_type: str
    release: str
    path: str
    label: str
    default: Mapping[str, str] | None = None

    def apply(self, work: ConvertedBody) -> None:
        """See `ConversionRule`."""
        plain = self.path.replace("[]", "")
        allowed = codes_of(self.release, self.message_type, f"{plain}.code")
        gone = set()
        for one in objects_at(work.body, self.path):
            code = one.get("code")
            if isinstance(code, str) and code not in allowed:
                above = nearest(code, allowed)
                if above is not None:
                    one["code"] = above
                elif self._noted(work, one):
                    gone.add(id(one))
        if gone:
            self._without(work, gone)

    def _noted(self, work: ConvertedBody, coded: Tree) -> bool:
        """Note what is coded; whether nothing takes its place."""
        told = " ".join(str(coded[key]) for key in ("code", "label") if key in coded)
        work.medical_note(f"{self.label}{told}")
        if self.default is None:
            return True
        coded.clear()
        coded.update(self.default)
        return False

    def _without(self, work: ConvertedBody, gone: set[int]) -> None:
        for holder, name in list(holders(work.body, self.path.removesuffix("[]"))):
            if isinstance(holder[name], list):
                holder[name] = [item for item in holder[name] if id(item) not in gone]
            else:
                del holder[name]


@dataclass(frozen=True, slots=True)
class Make:
    """What no table says: a function."""

    how: Callable[[ConvertedBody], None]

    def apply(self, work: ConvertedBody) -> None:
        """See `ConversionRule`."""
        self.how(work)


@dataclass(frozen=True, slots=True)
class VersionStep:
    """The rules between a version and the next one.

    Attributes:
        both: the way up as written, the way down backwards.
        up: after them on the way up.
        down: before them on the way down.
    """

    both: tuple[TwoWayRule, ...] = ()
    up: tuple[ConversionRule, ...] = ()
    down: tuple[ConversionRule, ...] = ()

    def upwards(self) -> tuple[ConversionRule, ...]:
        """The rules to the next version, in order."""
        return (*self.both, *self.up)

    def downwards(self) -> tuple[ConversionRule, ...]:
        """The rules to the version before, in order."""
        return (*self.down, *(rule.back() for rule in reversed(self.both)))
