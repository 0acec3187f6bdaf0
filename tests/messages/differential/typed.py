"""Typed contents with something odd in their fields, and what hubemu forwards of them."""

from __future__ import annotations

from random import Random
from typing import Final

from hubemu.messages import MessageError, Release, dump_json, example_tree
from hubemu.messages.errors import InvalidMessage, UnreadableMessage
from tests.messages.differential.jackson import Answer

__all__ = ["REFUSED", "forwarded", "technical"]

REFUSED: Final = "R"
"""The outcome of a content that the schemas refuse: no reader sees it."""

_TEXTS = (
    '"a"',
    '""',
    '" "',
    '"1"',
    "1",
    "1.5",
    "true",
    "null",
    "[]",
    '["a"]',
    "{}",
    '"\\u00e9\\ud83d"',
)
_NUMBERS = (
    *("0", "1", "-1", "-0", "1.0", "1.50", "1e2", "1E+2", "1.5e-3", "-0.0", "0e5", "0.000", "1e-9"),
    *("2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775808", '"1"', '""'),
    *("true", "null", "[1]", "1e2147483647", "1e2147483648", "1e-2147483647", "1e-2147483648"),
    *("0.1234567890123456789", "100000000000000000000000", "1e400", "12345678.5", "1" * 1001),
)
_DATES = (
    *("2024-05-15T10:00:00+02:00", "2024-05-15T10:00:00+00:00", "2024-05-15T10:00:00-00:00"),
    *("2024-05-15T10:00:00Z", "2024-05-15t10:00:00+02:00", "2024-05-15T10:00:00.5+02:00"),
    *("2024-02-29T23:59:59-05:30", "2023-02-29T00:00:00+01:00", "2024-05-15T24:00:00+01:00"),
    *("2024-05-15T10:00:00+18:00", "2024-05-15T10:00:00+18:01", "2024-05-15T10:00:00-23:59"),
    *("0000-01-01T00:00:00+01:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-18:00"),
    *("2024-05-15T10:00:60+01:00", "2024-05-15T10:00+01:00", "", " 2024-05-15T10:00:00+02:00"),
)
_ODD: Final = {
    "requiredStringField": _TEXTS,
    "optionalStringField": _TEXTS,
    "enumerationField": ('"ENUM_VALUE_1"', '"enum_value_1"', '"ENUM_VALUE_6"', "0", '""', "null"),
    "integerField": _NUMBERS,
    "numberField": _NUMBERS,
    "booleanField": ("true", "false", "1", "0", '"true"', '"True"', '""', "null", "[true]"),
    "arrayField": ("[]", '["a"]', '"a"', '["", "b"]', "[1]", "[null]", "null", '[["a"]]', "{}"),
    "enumArrayField": ("[]", '["ENUM_VALUE_10"]', '"ENUM_VALUE_10"', '[""]', "[10]", "null"),
    "requiredArray": ('["a"]', '[""]', "[]", '"a"', '["a", 1]', "null"),
    "arrayWithMaxLength": ("[]", '["1", "2", "3", "4", "5"]', '["1","2","3","4","5","6"]'),
    "phoneNumberField": ('"0123456789"', '"+33"', "33", '""', "null"),
    "dateField": ('"2024-05-15"', '"2024-13-45"', '""'),
    "datetimeField": (*(f'"{date}"' for date in _DATES), "1715767200", "null"),
    "nomenclatureField": ('"M"', '"m"', '"UN"', '" M"', "1"),
    "unknownField": ('"x"', "null"),
}
_REQUIRED: Final = {"requiredStringField": '"a"', "requiredArray": '["a"]'}
_MARK: Final = "the content stands here"


def technical(random: Random) -> bytes:
    """The content of a message, its fields in any order."""
    names = random.sample(sorted(_ODD), random.choice((1, 2, 3)))
    fields = _REQUIRED | {name: random.choice(_ODD[name]) for name in names}
    if random.random() < 0.3:
        fields["objectField"] = _inner(random)
    written = [f'"{name}":{value}' for name, value in fields.items()]
    random.shuffle(written)
    if random.random() < 0.1:
        written.append(random.choice(written))
    return f"{{{','.join(written)}}}".encode()


def _inner(random: Random) -> str:
    required = random.choice(('"a"', '""', "1", "null"))
    number, text = random.choice(_NUMBERS), random.choice(_TEXTS)
    return random.choice(
        (
            f'{{"objectPropertyRequiredString":{required}}}',
            f'{{"objectPropertyNumber":{number},"objectPropertyRequiredString":"a"}}',
            f'{{"objectPropertyRequiredString":"a","objectPropertyString":{text}}}',
            "{}",
            "[]",
        )
    )


def forwarded(release: Release, content: bytes) -> Answer:
    """What becomes of a content in a message that is right otherwise, forwarded in JSON."""
    before, after = _around(release)
    try:
        body = release.write(release.parse(before + content + after, "json"), "json")
    except InvalidMessage as error:
        return Answer(REFUSED, str(error).encode())
    except (UnreadableMessage, MessageError) as error:
        return Answer("E", str(error).encode())
    first = body.index(b'"technical":') + len(b'"technical":')
    return Answer("V", body[first : len(body) - len(after)])


def _around(release: Release) -> tuple[bytes, bytes]:
    """What stands before and behind the content in a message."""
    tree = example_tree("TECHNICAL", release, extent="minimal")
    tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["technical"] = _MARK
    before, _, after = dump_json(tree).partition(f'"{_MARK}"'.encode())
    return before, after
