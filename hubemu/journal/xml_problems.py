"""The problems that the cause of an XML refusal tells, one by one.

The JDK's validator says why a value is none and then, in a sentence of its own, where it stands:
both make one problem (facts: validation 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["xml_problems"]

_START = re.compile(r"(?:(?<=\[)|(?<=, ))(?=(?:cvc-[\w.\-]+|UndeclaredPrefix): )", re.ASCII)
_NAMESPACE = re.compile(r'"[^"]*":')
_Told = tuple[str, str, str | None, str | None]
"""Where, rule, what was expected, what came."""
_Reason = tuple[str, str | None]
"""Rule, what was expected."""


def xml_problems(cause: str, shown: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    """Each problem of a cause; `shown` cuts values that are too long."""
    reason: _Reason | None = None
    for sentence in _sentences(cause):
        key, _, text = sentence.partition(": ")
        if key in _REASONS:
            reason = _REASONS[key](text)
            continue
        found = _LOCATED[key](text) if key in _LOCATED else None
        if found is None:
            continue
        where, rule, expected, got = found
        if reason is not None and key in _VALUES:
            rule, expected = reason
        reason = None
        yield {
            "path": "@".join(name.rpartition(":")[2] for name in where.split("@")),
            "rule": rule,
            "expected": expected,
            "got": None if got is None else shown(got),
        }


def _sentences(cause: str) -> Iterator[str]:
    """The sentences of a list in brackets."""
    starts = [found.start() for found in _START.finditer(cause)]
    for start, end in zip(starts, [*starts[1:], len(cause)], strict=False):
        yield cause[start:end].removesuffix(", ").rstrip("]\n")


def _between(text: str, before: str, after: str) -> str:
    """What stands between two marks, the first and the last of their kind."""
    return text.partition(before)[2].rpartition(after)[0]


def _quoted(text: str) -> str:
    """The first name in quotes, without namespace."""
    name = text.partition("'")[2].partition("'")[0]
    return _NAMESPACE.sub("", name.removeprefix("{").removesuffix("}"))


def _names(text: str) -> str | None:
    """The names that are expected, without namespaces."""
    listed = _between(text, "ne of '{", "}'")
    return _NAMESPACE.sub("", listed) or None


def _attribute(element: str, name: str) -> str:
    return f"{element}@{name}"


def _pattern(text: str) -> _Reason:
    return "pattern", _between(text, "with respect to pattern '", "' for type '")


def _codes(text: str) -> _Reason:
    return "enum", _between(text, "with respect to enumeration '[", "]'. It must")


def _kind(text: str) -> _Reason:
    return "type", text.rpartition(" for '")[2].rpartition("'")[0]


def _union(text: str) -> _Reason:
    return "type", text.rpartition(" of union type '")[2].rpartition("'")[0]


def _bound(facet: str) -> Callable[[str], _Reason]:
    mark = f"with respect to {facet} '"
    return lambda text: (facet, _between(text, mark, "' for type '"))


def _digits(text: str) -> _Reason:
    return "digits", text.rpartition(" ")[2].rstrip(".")


def _element_value(text: str) -> _Told:
    value, _, element = text.removeprefix("The value '").rpartition("' of element '")
    return element.partition("'")[0], "schema", None, value


def _attribute_value(text: str) -> _Told:
    value, _, rest = text.removeprefix("The value '").rpartition("' of attribute '")
    name, _, rest = rest.partition("' on element '")
    expected = (
        rest.rpartition("must have a value of '")[2].rstrip(".'") if "fixed" in rest else None
    )
    return _attribute(rest.partition("'")[0], name), "const", expected, value


def _fixed_value(text: str) -> _Told:
    value, _, rest = text.removeprefix("Value '").partition("' of attribute '")
    name, _, rest = rest.partition("' of element '")
    expected = rest.rpartition("fixed value of '")[2].rstrip(".'")
    return _attribute(rest.partition("'")[0], name), "const", expected, value


def _misplaced(text: str) -> _Told:
    return _quoted(text), "unexpected", _names(text), None


def _incomplete(text: str) -> _Told:
    return _quoted(text), "required", _names(text), None


def _too_many(text: str) -> _Told:
    most = _between(text, "a maximum of '", "' times in")
    return _quoted(text), "maxItems", most, None


def _too_few(text: str) -> _Told:
    least = _between(text, "a minimum of '", "' times").partition("'")[0]
    name = _NAMESPACE.sub("", _between(text, ". '", "' is expected to occur"))
    return name, "minItems", least, None


def _strange_attribute(text: str) -> _Told:
    element = text.rpartition("in element '")[2].rstrip("'.")
    return _attribute(element, _quoted(text)), "unexpected", None, None


def _attribute_of_simple(text: str) -> _Told:
    name = text.rpartition("the attribute, '")[2].partition("'")[0]
    return _attribute(_quoted(text), name), "unexpected", None, None


def _missing_attribute(text: str) -> _Told:
    element = text.rpartition("on element '")[2].rstrip("'.")
    return _attribute(element, _quoted(text)), "required", "present", None


def _no_text(text: str) -> _Told:
    return _quoted(text), "type", "elements", None


def _no_children(text: str) -> _Told:
    return _quoted(text), "type", "text", None


def _nothing(text: str) -> _Told:
    return _quoted(text), "type", "nothing", None


_REASONS: Mapping[str, Callable[[str], _Reason]] = {
    "cvc-pattern-valid": _pattern,
    "cvc-enumeration-valid": _codes,
    "cvc-datatype-valid.1.2.1": _kind,
    "cvc-datatype-valid.1.2.3": _union,
    "cvc-totalDigits-valid": _digits,
    "cvc-fractionDigits-valid": _digits,
    **{
        f"cvc-{facet}-valid": _bound(facet)
        for facet in (
            "length",
            "minLength",
            "maxLength",
            "minInclusive",
            "maxInclusive",
            "minExclusive",
            "maxExclusive",
        )
    },
}
"""What sentences without place say."""

_VALUES = frozenset(("cvc-type.3.1.3", "cvc-attribute.3", "cvc-complex-type.2.2"))
"""Where the value of the sentence before stands."""

_LOCATED: Mapping[str, Callable[[str], _Told]] = {
    "cvc-type.3.1.3": _element_value,
    "cvc-attribute.3": _attribute_value,
    "cvc-attribute.4": _attribute_value,
    "cvc-complex-type.3.1": _fixed_value,
    "cvc-complex-type.2.1": _nothing,
    "cvc-complex-type.2.2": _no_children,
    "cvc-complex-type.2.3": _no_text,
    "cvc-complex-type.2.4.a": _misplaced,
    "cvc-complex-type.2.4.b": _incomplete,
    "cvc-complex-type.2.4.c": _misplaced,
    "cvc-complex-type.2.4.d": _misplaced,
    "cvc-complex-type.2.4.e": _too_many,
    "cvc-complex-type.2.4.f": _too_many,
    "cvc-complex-type.2.4.g": _too_few,
    "cvc-complex-type.2.4.h": _too_few,
    "cvc-complex-type.2.4.i": _too_few,
    "cvc-complex-type.2.4.j": _too_few,
    "cvc-complex-type.3.2.2": _strange_attribute,
    "cvc-complex-type.4": _missing_attribute,
    "cvc-elt.1.a": _misplaced,
    "cvc-type.3.1.1": _attribute_of_simple,
    "cvc-type.3.1.2": _no_children,
}
"""What sentences with a place say."""
