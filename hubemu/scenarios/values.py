"""`${...}` in the texts of a scenario: variables, ids drawn from the seed, times, actors, steps."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hubemu.edxl import timestamp
from hubemu.errors import InputError
from hubemu.suggestions import did_you_mean

__all__ = ["BUILT_IN", "Scope", "plain", "references"]

_PLACE = re.compile(r"\$\{([^}]*)\}")
_NOW = re.compile(r"now(?:([+-])(\d+))?")
_DIGITS = re.compile(r"digits:(\d{1,3})")
BUILT_IN = ("vhost", "model", "uuid", "now", "now-60", "digits:6")
"""What `${...}` may always name; of the last two, any number."""


def references(value: Any) -> list[str]:
    """Every name that stands in `${...}` anywhere in a value, in its order."""
    if isinstance(value, str):
        return _PLACE.findall(value)
    if isinstance(value, Mapping):
        return [one for pair in value.items() for part in pair for one in references(part)]
    if isinstance(value, list | tuple):
        return [one for item in value for one in references(item)]
    return []


def plain(value: Any) -> Any:
    """The value as JSON has it: YAML reads an unquoted date as a date."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


@dataclass(slots=True)
class Scope:
    """What the names stand for while a scenario is played.

    Attributes:
        random: draws `uuid` and `digits`.
        now: the Hub's time, kept up by whoever plays.
        names: variables, captures, actors and steps, by name.
    """

    random: Random
    now: datetime
    names: dict[str, str] = field(default_factory=dict)

    def with_names(self, names: Mapping[str, str]) -> Scope:
        """The same scope, drawing on, with further names."""
        filled = {name: self.fill(text) for name, text in names.items()}
        return Scope(self.random, self.now, self.names | filled)

    def uuid(self) -> str:
        """A UUID drawn from the seed."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def fill(self, value: Any) -> Any:
        """The value with every `${...}` replaced, keys too.

        Raises:
            InputError: a name stands for nothing.
        """
        if isinstance(value, str):
            return _PLACE.sub(lambda found: self._named(found[1]), value)
        if isinstance(value, Mapping):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(item) for item in value]
        return value

    def _named(self, name: str) -> str:
        if name in self.names:
            return self.names[name]
        if name == "uuid":
            return self.uuid()
        if moved := _NOW.fullmatch(name):
            seconds = int(moved[2] or 0) * (-1 if moved[1] == "-" else 1)
            return timestamp(self.now + timedelta(seconds=seconds))
        if digits := _DIGITS.fullmatch(name):
            return "".join(self.random.choice("0123456789") for _ in range(int(digits[1])))
        raise unknown_name(name, self.names)


def is_built_in(name: str) -> bool:
    """Whether `${name}` needs nobody to say what it is."""
    return name in ("vhost", "model", "uuid") or bool(
        _NOW.fullmatch(name) or _DIGITS.fullmatch(name)
    )


def unknown_name(name: str, known: Collection[str]) -> InputError:
    """That `${name}` stands for nothing, with what was perhaps meant."""
    hint = did_you_mean(name, known)
    there = ", ".join([*known, *BUILT_IN])
    return InputError(f"${{{name}}}", f"stands for nothing here; {hint}there are {there}")
