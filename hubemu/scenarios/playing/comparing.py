"""An expectation beside what came: the same keys on both sides, so that a person sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hubemu.client.received import ReceivedMessage
from hubemu.documents import summary_of
from hubemu.edxl import CONTENT_TYPES
from hubemu.messages import MessageError, Release, parse_json
from hubemu.scenarios.format.exchange_steps import Expect
from hubemu.scenarios.paths import MISSING, find
from hubemu.scenarios.playing.contents import content_of, message_of

__all__ = ["Comparison", "compare", "tree_of", "type_of"]

_FORMATS = {content_type: name for name, content_type in CONTENT_TYPES.items()}


@dataclass(slots=True)
class Comparison:
    """What was expected and what was received, by the same keys; those that differ."""

    expected: dict[str, Any] = field(default_factory=dict)
    received: dict[str, Any] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)

    def look(self, key: str, expected: Any, received: Any, *, holds: bool | None = None) -> None:
        """Set one expectation beside what came; they must be the same unless `holds` says more."""
        self.expected[key] = expected
        self.received[key] = _shown(received)
        if not (same(expected, received) if holds is None else holds):
            self.different.append(key)

    def why(self) -> str:
        """In one line what differs; empty when nothing does."""
        return "; ".join(
            f"{key}: expected {_told(self.expected[key])}, received {_told(self.received[key])}"
            for key in self.different
        )


def compare(expect: Expect, delivery: ReceivedMessage, release: Release, into: Comparison) -> Any:
    """Set what a step expects beside a delivery; gives the delivery as a tree, if it is one."""
    tree = tree_of(delivery, release)
    if expect.unreadable:
        into.look("readable", False, tree is not None)
    if expect.type is not None:
        into.look("type", expect.type, type_of(tree, release))
    seen = summary_of(delivery.body, delivery.properties.content_type)
    if expect.from_ is not None:
        into.look("from", expect.from_, seen.sender)
    if expect.kind is not None:
        into.look("kind", expect.kind, seen.kind)
    if expect.format is not None:
        content_type = delivery.properties.content_type or ""
        into.look("format", expect.format, _FORMATS.get(content_type, content_type))
    if expect.error is not None:
        into.look("error", expect.error, seen.status_code)
    if expect.cause is not None:
        cause = seen.cause or ""
        into.look("cause", {"contains": expect.cause}, cause, holds=expect.cause in cause)
    inner = message_of(tree)
    look_at(expect.fields, inner, into)
    look_at(expect.envelope, tree, into)
    for path, subtree in expect.equals.items():
        into.look(path, subtree, find(path, inner))
    return tree


def look_at(fields: Mapping[str, Any], tree: Any, into: Comparison) -> None:
    """Set the value that each path must have, or the rule it must keep, beside what is there."""
    for path, wanted in fields.items():
        got = find(path, tree) if tree is not None else MISSING
        into.look(path, wanted, got, holds=holds(wanted, got))


def holds(wanted: Any, got: Any) -> bool:
    """Whether a value is what is wanted: the same, or as its rules say."""
    if isinstance(wanted, Mapping) and wanted and wanted.keys() <= _RULES.keys():
        return all(_RULES[rule](got, value) for rule, value in wanted.items())
    return same(wanted, got)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: numbers by their value, whatever holds them."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return float(one) == float(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def tree_of(delivery: ReceivedMessage, release: Release) -> Any:
    """A delivery in JSON form; `None` if it cannot be read."""
    written = _FORMATS.get(delivery.properties.content_type or "")
    try:
        if written == "xml":
            return dict(release.read(delivery.body, "xml").tree)
        return parse_json(delivery.body)
    except (MessageError, ValueError):
        return None


def type_of(tree: Any, release: Release) -> str | None:
    """The name of the type of a message's content, its key where the release does not know it."""
    key = next(iter(content_of(tree)), None)
    return next((kind.name for kind in release.types.values() if kind.key == key), key)


def _contains(got: Any, wanted: Any) -> bool:
    if isinstance(got, str):
        return str(wanted) in got
    return isinstance(got, list) and any(same(wanted, one) for one in got)


_RULES: Mapping[str, Callable[[Any, Any], bool]] = {
    "matches": lambda got, rule: isinstance(got, str) and re.search(str(rule), got) is not None,
    "one-of": lambda got, rule: any(same(got, one) for one in rule),
    "exists": lambda got, rule: (got is not MISSING) == bool(rule),
    "contains": _contains,
    "not": lambda got, rule: not same(got, rule),
    "length": lambda got, rule: isinstance(got, list | str | dict) and len(got) == rule,
}
"""The rules that may stand in the place of a value."""


def _shown(value: Any) -> Any:
    """A value ready for JSON."""
    if value is MISSING:
        return None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    return value


def _told(value: Any) -> str:
    return "nothing" if value is None else repr(value)
