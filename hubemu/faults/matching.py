"""Which events a rule is meant for: values, lists of values or globs, all of which must hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import TypeAlias

__all__ = ["Event", "Match", "is_glob"]

_Value: TypeAlias = str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that a rule may strike; what is not known of it is `None`, and matches nothing.

    `clients` are all whom `match: {client: ...}` may mean: whose connection it is, or both sides
    of a message.
    """

    vhost: _Value = None
    sender: _Value = None
    recipient: _Value = None
    type: _Value = None
    kind: _Value = None
    queue: _Value = None
    clients: tuple[str, ...] = ()

    @classmethod
    def of(cls, facts: Mapping[str, _Value]) -> Event:
        """The event of a connection, of which these facts hold: `client`, `vhost`, `queue`."""
        client = facts.get("client")
        clients = () if client is None else (client,)
        return cls(vhost=facts.get("vhost"), queue=facts.get("queue"), clients=clients)

    @property
    def stream(self) -> tuple[str, str]:
        """Whose event it is, (vHost, sender or client): ordinals and draws are counted in it."""
        return self.vhost or "", self.sender or (self.clients[0] if self.clients else "")


def is_glob(text: str) -> bool:
    """Whether a value of `match` stands for several."""
    return any(sign in text for sign in "*?[")


class Match:
    """What an event must be, by key; `given` is what the rule says, a value or a list each."""

    __slots__ = ("_tests", "given")

    def __init__(self, given: Mapping[str, str | Sequence[str]]) -> None:
        self.given = given
        self._tests = tuple(
            (key, _test((values,) if isinstance(values, str) else tuple(values)))
            for key, values in given.items()
        )

    def holds(self, event: Event) -> bool:
        """Whether an event is meant."""
        for key, test in self._tests:
            if key == "client":
                if not any(map(test, event.clients)):
                    return False
            elif not test(getattr(event, key)):
                return False
        return True

    def may_hold(self, facts: Mapping[str, _Value]) -> bool:
        """Whether an event could be meant of which these facts are known, and others not yet."""
        return all(test(facts[key]) for key, test in self._tests if key in facts)


def _test(values: tuple[str, ...]) -> Callable[[_Value], bool]:
    exact = frozenset(one for one in values if not is_glob(one))
    globs = [translate(one) for one in values if is_glob(one)]
    if not globs:
        return exact.__contains__
    pattern = re.compile("|".join(globs))

    def holds(value: _Value) -> bool:
        return value is not None and (value in exact or pattern.match(value) is not None)

    return holds
