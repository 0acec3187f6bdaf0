"""What a decoded message is looked at for beyond its types: texts with a pattern, dates, numbers.

A struct class says which fields have such a rule (`Annotated`, `msgspec.Meta(extra=...)`). So one
function is made for each kind of message, that goes straight to these fields; the decoder, native,
calls nobody. Made as `dataclasses` makes its methods: the source of a function, compiled once.

Numbers are kept as they are written if all of them are printed so, which is seen in one step.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, NoReturn, TypeAlias, cast

import msgspec

from hubemu.messages.text.java_numbers import is_exact
from hubemu.messages.text.json_text import MAX_NUMBER

__all__ = ["Dates", "Look", "fraction", "look_of", "number", "ruled"]

Look: TypeAlias = Callable[[Any], None]
"""Looks at a decoded message, whose dates it prints; ValueError if it is not beyond doubt."""
Fits: TypeAlias = Callable[[str], bool]

_RULE = "rule"
_LARGE = 2**63
"""An integer beyond this is looked at the ordinary way."""
_KNOWN_DATES = 2048
_PLAIN = re.compile(rb"(?:(?:-?+[1-9][0-9]{0,30}+\.[0-9]{1,30}+|0\.[0-9]{1,6}+) )*+").fullmatch
"""Numbers that are printed as they are written, a space behind each."""


class Dates:
    """Date-times lately met, of which is kept how they are printed.

    `same` are those that are kept as they are, so that whoever finds a text there has no more to
    do; all others are for `learn`. No text that is taken is longer than a date-time.

    Args:
        taken: whether a text is a date-time beyond doubt.
        keep: what is kept of it.
    """

    __slots__ = ("_keep", "_others", "_taken", "same")

    def __init__(self, taken: Fits, keep: Callable[[str], str]) -> None:
        self.same: set[str] = set()
        self._others: dict[str, str] = {}
        self._taken = taken
        self._keep = keep

    def learn(self, text: str) -> str:
        """What is kept of a text.

        Raises:
            ValueError: it is no date-time beyond doubt.
        """
        if (other := self._others.get(text)) is not None:
            return other
        if not self._taken(text):
            raise ValueError("no such date-time")
        if len(self.same) + len(self._others) >= _KNOWN_DATES:
            self.same.clear()
            self._others.clear()
        kept = self._keep(text)
        if kept == text:
            self.same.add(text)
        else:
            self._others[text] = kept
        return kept


def ruled(rule: Fits | Dates, *, filled: bool = False) -> Any:
    """The type of texts that fit, but for the empty one if `filled`; or of date-times."""
    return Annotated[str, msgspec.Meta(min_length=1 if filled else None, extra={_RULE: rule})]


number: Any = Annotated[Any, msgspec.Meta(extra={_RULE: int})]
"""The type of numbers: `int`, or as it is printed if it has a fraction (`fraction`)."""
fraction: Callable[[str], msgspec.Raw] = msgspec.Raw
"""What is made of a number with a fraction or an exponent when it is decoded."""


def _number(value: Any) -> Any:
    """What is kept of a number, or of something else, that is not plainly one."""
    if type(value) is int and -_LARGE <= value <= _LARGE:
        return value
    if type(value) is not msgspec.Raw:
        raise ValueError("no number")
    written = str(value, "ascii")
    if len(written) > MAX_NUMBER:
        raise ValueError("a long number")
    exact = Decimal(written)
    if ("e" in written or "E" in written) and not is_exact(exact):
        raise ValueError("an exponent that cannot be held")
    return msgspec.Raw(str(exact if exact or written[0] != "-" else -exact))


def look_of(kind: type[msgspec.Struct]) -> Look | None:
    """What looks at the messages of a struct class; `None` if there is nothing to look at."""
    lines, known = _Looks().of(kind)
    if not lines:
        return None
    return _function(lines, known | {"exact": _function(*_NumberLooks().of(kind))})


def _function(lines: list[str], known: dict[str, Any]) -> Look:
    source = "def look(o):\n" + "".join(f" {line}\n" for line in lines or ("pass",))
    exec(source, known)  # noqa: S102 - no name of a schema is in it
    return cast("Look", known["look"])


class _Field(NamedTuple):
    """A field with something in it to look at: a struct class, or a rule."""

    name: str
    optional: bool
    many: bool
    inside: Any


class _Looks:
    """The source of one function, and the names in it."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {
            "Raw": msgspec.Raw,
            "UNSET": msgspec.UNSET,
            "doubt": _doubt,
            "join": b" ".join,
            "number": _number,
            "plain": _PLAIN,
        }
        self._rules: dict[int, int] = {}
        self._depth = 0

    def of(self, kind: type[msgspec.Struct]) -> tuple[list[str], dict[str, Any]]:
        """The lines of the function, and what their names stand for."""
        lines = list(self._at(kind, "o"))
        if "add" in " ".join(lines):
            written = ("written = []", "add = written.append")
            lines = [*written, *lines, "add(b'')", "if not plain(join(written)): exact(o)"]
        return lines, self._known

    def _at(self, kind: type[msgspec.Struct], of: str) -> Iterator[str]:
        """The lines that look at an object which the name `of` stands for."""
        for field in filter(None, map(_to_look_at, msgspec.structs.fields(kind))):
            self._depth += 1
            value, place = f"v{self._depth}", f"{of}.{field.name}"
            lines = list(
                self._list(field, value, place) if field.many else self._one(field, value, place)
            )
            self._depth -= 1
            if lines:
                yield f"{value} = {place}"
                yield from _within(f"if {value} is not UNSET:", lines) if field.optional else lines

    def _list(self, field: _Field, value: str, place: str) -> Iterator[str]:
        item, inside = f"i{self._depth}", field.inside
        if isinstance(inside, Dates):
            same, learn = self._names(inside)
            one = f"{item} if {item} in {same} else {learn}({item})"
            yield f"if not {same}.issuperset({value}): {place} = [{one} for {item} in {value}]"
        elif inside is int:
            yield f"{place} = [number({item}) for {item} in {value}]"
        elif lines := list(self._one(field, item, "")):
            yield from _within(f"for {item} in {value}:", lines)

    def _one(self, field: _Field, value: str, place: str) -> Iterator[str]:
        inside = field.inside
        if isinstance(inside, Dates):
            same, learn = self._names(inside)
            yield f"if {value} not in {same}: {place} = {learn}({value})"
        elif inside is int:
            yield f"if type({value}) is Raw: add({value})"
            yield f"else: {place} = number({value})"
        elif isinstance(inside, type):
            yield from self._at(inside, value)
        else:
            fits = f"fits{self._number_of(inside)}"
            self._known[fits] = inside
            yield f"if not {fits}({value}): doubt()"

    def _names(self, dates: Dates) -> tuple[str, str]:
        """What stands for the two parts of date-times."""
        which = self._number_of(dates)
        same, learn = f"same{which}", f"learn{which}"
        self._known |= {same: dates.same, learn: dates.learn}
        return same, learn

    def _number_of(self, rule: Fits | Dates) -> int:
        return self._rules.setdefault(id(rule), len(self._rules))


class _NumberLooks(_Looks):
    """The source of the function that looks at each number, where one is not printed as it is."""

    def _one(self, field: _Field, value: str, place: str) -> Iterator[str]:
        if field.inside is int:
            yield f"{place} = number({value})"
        elif isinstance(field.inside, type):
            yield from self._at(field.inside, value)

    def _list(self, field: _Field, value: str, place: str) -> Iterator[str]:
        if field.inside is int or isinstance(field.inside, type):
            yield from super()._list(field, value, place)


def _doubt() -> NoReturn:
    raise ValueError("not beyond doubt")


def _within(head: str, lines: list[str]) -> Iterator[str]:
    yield head
    yield from (f" {line}" for line in lines)


def _to_look_at(field: msgspec.structs.FieldInfo) -> _Field | None:
    optional = field.default is not msgspec.NODEFAULT
    kind, rule = _bare(field.type)
    many = typing.get_origin(kind) is list
    if many:
        kind, rule = _bare(typing.get_args(kind)[0])
    if rule is not None:
        return _Field(field.name, optional, many, rule)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _Field(field.name, optional, many, kind)
    return None


def _bare(kind: Any) -> tuple[Any, Any]:
    """The type without that it may be left out and without its bounds; and its rule, if any."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        [kind] = [one for one in typing.get_args(kind) if one is not msgspec.UnsetType]
    if typing.get_origin(kind) is not Annotated:
        return kind, None
    kind, *bounds = typing.get_args(kind)
    extras = (one.extra for one in bounds if isinstance(one, msgspec.Meta) and one.extra)
    return kind, next((extra[_RULE] for extra in extras if _RULE in extra), None)
