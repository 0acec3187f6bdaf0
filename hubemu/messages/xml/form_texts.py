"""The texts in elements that are valid beyond doubt, and what is read of them.

Each kind of text is a regular expression that bounds it in its place, and a function that gives the
value of what was found there or raises: ValueError or KeyError, which mean no more than doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from hubemu.messages.schemas.schema_set import matcher
from hubemu.messages.schemas.shapes import Kind
from hubemu.messages.text.datetimes import READABLE_RFC3339, DateStyle, print_datetime
from hubemu.messages.text.java_numbers import exact_text
from hubemu.messages.text.xml_text import FORBIDDEN
from hubemu.messages.xml.grammar import NotUnderstood, Simple

__all__ = ["Text", "TextItems", "resolved", "text_of"]

Take = Callable[[str], Any]
"""Gives the value of a text; ValueError or KeyError if it is not beyond doubt."""

_ANY = "[^<]++"
"""What else no text may hold is looked for once in the whole message (`form_messages`)."""
_INTEGER = "-?+[0-9]{1,9}+"
_DECIMAL = r"-?+[0-9]{1,9}+(?:\.[0-9]{1,9}+)?+"
_BOOLEANS = {"true": True, "false": False}
_MOST_MATCHED = 100
"""Characters above which no text is matched with a pattern: libxml2 gives up somewhere."""
_OFFSET = re.compile(r".{19}[^+-]*(?:Z|[+-](?:0[0-9]|1[0-3]):[0-9]{2})")
"""XML Schema ends at 14:00, where the reader does not."""
_BASES = {
    "string": "",
    "token": r"^[^ \t\n\r]+( [^ \t\n\r]+)*$",
    "language": "^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$",
}
_PART_OF_PATTERN = re.compile(
    r"(?P<literal>[A-Za-z0-9@_,:; #-]|\\[.+*?()\[\]{}|\\-])|(?P<digit>\\d)|(?P<word>\\w)"
    r"|(?P<syntax>[()|?*+]|\{\d{1,3}(?:,\d{0,3})?\})"
    r"|\[(?P<set>(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9@_.,+]|\\[dw.+-]|-(?=\])|(?<=\[)-)+)\]"
)


_REFERENCE = re.compile("&(?:(lt|gt|amp|quot|apos);|#([0-9]{1,7});|#x([0-9a-fA-F]{1,6});)?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


class Text(NamedTuple):
    """A kind of text; `take` is `None` where the text is its value.

    `printed` gives what is printed of it, where that may be another text; it is looked at as `take`
    looks at it. In JSON it is `quoted`, if it is no number nor a boolean.
    """

    pattern: str
    take: Take | None = None
    printed: Callable[[str], str] | None = None
    quoted: bool = True

    @property
    def look(self) -> Take | None:
        """What raises where a text that matches the pattern is not beyond doubt."""
        return self.take if self.quoted else None


class TextItems:
    """Texts that stand one behind the other.

    Args:
        text: their kind.
        pattern: of one of them, whose group it is.
    """

    def __init__(self, text: Text, pattern: str) -> None:
        self.text = text
        self._pattern = pattern

    @cached_property
    def _item(self) -> re.Pattern[str]:
        return re.compile(self._pattern, re.ASCII)

    def read(self, texts: str) -> list[Any]:
        """Their values.

        Raises:
            ValueError: one is not beyond doubt.
            KeyError: the same.
        """
        found: Sequence[str] = self._item.findall(texts)
        if "&" in texts:
            found = resolved(found)
        return list(found) if self.text.take is None else list(map(self.text.take, found))

    def values(self, texts: str) -> list[str]:
        """What is printed of each; there are no references in them.

        Raises:
            ValueError: one is not beyond doubt.
            KeyError: the same.
        """
        found: list[str] = self._item.findall(texts)
        take = self.text.printed or self.text.look
        return found if take is None else list(map(take, found))


def text_of(simple: Simple, kind: Kind, style: DateStyle) -> Text:
    """The texts of an XSD's type that are beyond doubt, to be read as a value of that kind.

    Raises:
        NotUnderstood: there is no way to tell.
    """
    plain = not simple.codes and not simple.patterns and not simple.least and simple.most is None
    if kind is Kind.STRING:
        return _string(simple)
    if kind is Kind.DATETIME and simple.base == "dateTime":
        take = _date(simple, lambda text: print_datetime(text, style))
        return Text(_ANY, take, take)
    if plain and kind is Kind.INTEGER and simple.base in ("int", "integer"):
        return Text(_INTEGER, int, _printed_integer, quoted=False)
    if plain and kind is Kind.NUMBER and simple.base in ("decimal", "int", "integer"):
        pattern = _DECIMAL if simple.base == "decimal" else _INTEGER
        return Text(pattern, Decimal, _printed_number, quoted=False)
    if plain and kind is Kind.BOOLEAN and simple.base == "boolean":
        return Text("true|false", _BOOLEANS.__getitem__, quoted=False)
    raise NotUnderstood(f"{kind.name} of {simple.base}")


def _printed_integer(text: str) -> str:
    return str(int(text))


def _printed_number(text: str) -> str:
    return exact_text(Decimal(text))


def _string(simple: Simple) -> Text:
    if simple.base == "dateTime":
        return Text(_ANY, _date(simple, str))
    if simple.base not in _BASES:
        raise NotUnderstood(f"a text of {simple.base}")
    if simple == Simple("string"):
        return Text(_ANY)
    fits = _fitting(simple)
    if simple.codes:
        return Text(_ANY, {code: code for code in simple.codes if fits(code)}.__getitem__)

    def take(text: str) -> str:
        if fits(text):
            return text
        raise ValueError("no such text")

    return Text(_ANY, take)


def _fitting(simple: Simple) -> Callable[[str], bool]:
    """Whether a text is one of a type beyond doubt."""
    rules = [matcher(f"^(?:{'|'.join(map(_translated, one))})$") for one in simple.patterns]
    if _BASES[simple.base]:
        rules.append(matcher(_BASES[simple.base]))
    most = min(_MOST_MATCHED if simple.patterns else 2**31, simple.most or 2**31)
    least, first = simple.least, rules[0] if rules else None
    others = rules[1:]

    def fits(text: str) -> bool:
        if not least <= len(text) <= most or (first is not None and not first(text)):
            return False
        return not others or all(rule(text) for rule in others)

    return fits


def _translated(pattern: str) -> str:
    """A pattern of an XSD for another engine, which takes the same ASCII texts or fewer."""
    found, at = [], 0
    for part in _PART_OF_PATTERN.finditer(pattern):
        if part.start() != at:
            break
        at = part.end()
        kind = part.lastgroup
        if kind == "set":
            inside = part["set"].replace(r"\w", "a-zA-Z0-9").replace(r"\d", "0-9")
            found.append(f"[{inside}]")
        else:
            found.append({"digit": "[0-9]", "word": "[a-zA-Z0-9]"}.get(kind or "", part[0]))
    if at != len(pattern):
        raise NotUnderstood(f"the pattern {pattern}")
    return "".join(found)


def _date(simple: Simple, keep: Callable[[str], str]) -> Take:
    """Takes the date-times that both can read; what is kept of those lately met is remembered."""
    if simple.codes or simple.least or simple.most is not None:
        raise NotUnderstood("a date-time with further rules")
    readable, fits = matcher(READABLE_RFC3339), _fitting(Simple("string", (), simple.patterns))

    @lru_cache(maxsize=2048)  # no text that is taken is longer than a date-time
    def take(text: str) -> str:
        if readable(text) and _OFFSET.fullmatch(text) and fits(text) and text[:4] != "0000":
            return keep(text)
        raise ValueError("no such date-time")

    return take


def resolved(texts: Iterable[str]) -> list[str]:
    """The texts, references resolved; those in items of a list are when these are read.

    Raises:
        ValueError: a reference is none that XML knows.
    """
    return [
        one if "&" not in one or one[0] == "<" else _REFERENCE.sub(_character, one) for one in texts
    ]


def _character(reference: re.Match[str]) -> str:
    name, decimal, hexadecimal = reference.groups()
    if name:
        return _NAMED[name]
    character = chr(int(decimal) if decimal else int(hexadecimal or "", 16))
    if FORBIDDEN.match(character):
        raise ValueError("no character of XML")
    return character
