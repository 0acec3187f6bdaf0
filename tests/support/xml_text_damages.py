"""XML messages damaged as texts: what trees do not show, and what hardly anybody writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

__all__ = ["damaged_text"]

_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_XLINK = 'xmlns:xl="http://www.w3.org/1999/xlink"'
_VALUE = re.compile(r">([^<>]+)</")
_TAG = re.compile(r"<([\w:.-]+)((?:\s[^<>]*?)?)(/?)>")
_WITHIN = ("<!---->", "<!-- c -->", "<?p x?>", "<![CDATA[]]>", "<![CDATA[ x]]>")
_CHARACTERS = (
    *(" ", "\n\t", "\r\n", "&#10;", "&#13;", "&#9;", "&#32;", "&#xA0;", "\u3000", "&#x85;"),
    *("&amp;", "&lt;", "&quot;&apos;", "\U0001f600", "e\u0301", "&#x200B;"),
)
_NUMBERS = "0123456789+-.eE _,x"
_DATES = ("2024-05-15T10:00:00+01:00", "2024-05-15", "10:00:00", "--05-15")
_IN_DATES = ("", "Z", "+14:00", "+14:01", "-00:00", ".5", ".", "T", "24:00:00", "+1:00", " ")
_BEGINNINGS = ("<![CDATA[]]>", "<![CDATA[ ]]>", "<![CDATA[x]]>", "<!-- -->", "&#32;", "y")
_ATTRIBUTES = (
    *(f'{_XSI} xsi:type="xs:string"', f'{_XSI} xsi:type="nope:x"', f'{_XSI} xsi:type=""'),
    *(f'{_XSI} xsi:nil="true"', f'{_XSI} xsi:nil=" 0 "', f'{_XSI} xsi:nil="x"'),
    *(f'{_XSI} xsi:schemaLocation="a b c"', f'{_XSI} xsi:foo="1"', 'xml:base="a b"'),
    *('xml:lang="fr"', 'xml:space="preserve"', 'xmlns:q="urn:q" q:a="1"', 'a="&lt;&#10;"'),
    *(f'{_XLINK} xl:type="simple"', f'{_XLINK} xl:href="%"', f'{_XLINK} xl:type="extended"'),
    *('xmlns=""', 'xmlns="urn:other"'),
)


def damaged_text(text: str, random: Random) -> str:
    """The document with one to five things changed; it may not be well-formed any more."""
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        text = random.choice(_DAMAGES)(text, random)
    return text


def _value(make: Callable[[str, int, Random], str]) -> Callable[[str, Random], str]:
    def damaged(text: str, random: Random) -> str:
        found = random.choice(list(_VALUE.finditer(text)))
        value = found[1]
        changed = make(value, random.randint(0, len(value)), random)
        return text[: found.start(1)] + changed + text[found.end(1) :]

    return damaged


def _broken(value: str, at: int, random: Random) -> str:
    return value[:at] + random.choice(_WITHIN) + value[at:]


def _with_character(value: str, at: int, random: Random) -> str:
    return value[:at] + random.choice(_CHARACTERS) + value[at:]


def _referred(value: str, at: int, random: Random) -> str:
    if "&" in value or at == len(value):
        return value
    return f"{value[:at]}&#{ord(value[at])};{value[at + 1 :]}"


def _quoted(value: str, at: int, random: Random) -> str:
    return value if "&" in value else f"{value[:at]}<![CDATA[{value[at:]}]]>"


def _long(value: str, at: int, random: Random) -> str:
    return value if "&" in value else value * random.choice((20, 100))


def _number(value: str, at: int, random: Random) -> str:
    return "".join(random.choices(_NUMBERS, k=random.randint(0, 6)))


def _date(value: str, at: int, random: Random) -> str:
    date = random.choice(_DATES)
    at = random.randint(0, len(date))
    return date[:at] + random.choice(_IN_DATES) + date[at + random.randint(0, 2) :]


def _begin(text: str, random: Random) -> str:
    """Something right behind a tag."""
    found = random.choice(list(_TAG.finditer(text)))
    if found[3]:
        return text
    return text[: found.end()] + random.choice(_BEGINNINGS) + text[found.end() :]


def _attribute(text: str, random: Random) -> str:
    found = random.choice(list(_TAG.finditer(text)))
    attribute = random.choice(_ATTRIBUTES)
    if attribute.partition("=")[0] in found[2] or (attribute[:6] == "xmlns=" and ":" in found[1]):
        return text
    end = found.end() - 1 - len(found[3])
    return f"{text[:end]} {attribute}{text[end:]}"


_DAMAGES: tuple[Callable[[str, Random], str], ...] = (
    _value(_broken),
    _value(_with_character),
    _value(_with_character),
    _value(_referred),
    _value(_quoted),
    _value(_long),
    _value(_number),
    _value(_date),
    _begin,
    _attribute,
    _attribute,
)
