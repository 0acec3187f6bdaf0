"""Field values as RabbitMQ holds them: what equals what, and how a refusal quotes it.

RabbitMQ keeps a value as an Erlang term. Texts and bytes are the same kind of term, an empty table
is an empty array, a decimal is a pair, a boolean is a word; inside arrays and tables types count.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from hubemu.broker.core.argument_values import type_name
from hubemu.broker.core.errors import internal_error
from hubemu.broker.wire.erlang import binary
from hubemu.broker.wire.text import exact, pack

__all__ = ["as_erlang", "quoted", "same", "same_argument", "value_of_type"]

_WORDS: Final = {True: "true", False: "false", None: "undefined"}


def same(one: object, other: object) -> bool:
    """Whether two values are equal to Erlang: numbers are, whatever their type."""
    return bool(_term(one) == _term(other))


def same_argument(one: object, other: object) -> bool:
    """Whether two arguments are equivalent: as `same`, but 10 and 10.0 are not."""
    fraction = isinstance(one, float) is isinstance(other, float)
    return same(one, other) and (fraction or type_name(one) == type_name(other))


def as_erlang(value: object) -> str:
    """A value as Erlang prints it (on one line)."""
    return _printed(_term(value))


def quoted(value: object) -> str:
    """A value in the text about inequivalent arguments.

    Raises:
        ConnectionError_: 541 a decimal, which RabbitMQ fails to print there.
    """
    if value is None:
        return "none"
    if isinstance(value, Decimal):
        raise internal_error()
    return f"'{_plain(value)}'"


def value_of_type(value: object) -> str:
    """A value that only one side has, in the text about inequivalent arguments."""
    return f"the value '{_plain(value)}' of type '{type_name(value)}'"


def _plain(value: object) -> str:
    """A text as it is, anything else as Erlang prints it."""
    if isinstance(value, str):
        return value
    return exact(value) if isinstance(value, bytes) else as_erlang(value)


def _term(value: Any) -> Any:
    """The term as Python value: a word is `str`, a binary `bytes`, a tuple `tuple`."""
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, str):
        return pack(value)
    if isinstance(value, Decimal):
        return _pair(value)
    if isinstance(value, list):
        return [(type_name(item), _term(item)) for item in value]
    if isinstance(value, Mapping):
        return [(pack(name), type_name(item), _term(item)) for name, item in value.items()]
    return value


def _pair(value: Decimal) -> tuple[int, int]:
    """Scale and digits of a decimal, as they came."""
    sign, digits, exponent = value.as_tuple()
    unscaled = int("".join(map(str, digits)) or "0")
    return -int(exponent), -unscaled if sign else unscaled


def _printed(term: Any) -> str:
    if isinstance(term, bytes):
        return binary(term)
    if isinstance(term, tuple):
        return f"{{{','.join(map(_printed, term))}}}"
    if isinstance(term, list):
        return f"[{','.join(map(_printed, term))}]"
    return _printed_float(term) if isinstance(term, float) else str(term)


def _printed_float(value: float) -> str:
    """The shortest digits, without exponent where that is not longer."""
    sign, numbers, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, numbers))
    place = len(digits) + int(exponent)
    mantissa = f"{digits[0]}.{digits[1:] or '0'}"
    forms = [f"{mantissa}e{place - 1}"]
    if place <= 0:
        forms.insert(0, f"0.{'0' * -place}{digits}")
    elif place >= len(digits):
        forms.insert(0, f"{digits}{'0' * (place - len(digits))}.0")
    else:
        forms = [f"{digits[:place]}.{digits[place:]}"]
    return ("-" if sign else "") + min(forms, key=len)
