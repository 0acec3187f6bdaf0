"""Which events a rule is meant for: values, lists of values or globs, all of which must hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import translate
from operator import attrgetter
from typing import Protocol, TypeAlias

import msgspec

__all__ = ["Happening", "KnownHappening", "Match", "is_glob"]

_Value: TypeAlias = str | None
_Meant: TypeAlias = "Callable[[Happening], bool]"


class Happening(Protocol):
    """Something that a rule may strike; what is not known of it is `None`, and matches nothing.

    `clients` are all whom `match: {client: ...}` may mean: whose connection it is, or both sides
    of a message. `stream` is whose event it is, (vHost, sender or client): ordinals and draws are
    counted in it.
    """

    @property
    def vhost(self) -> str | None: ...  # noqa: D102 - as rules name them
    @property
    def sender(self) -> str | None: ...  # noqa: D102 - as rules name them
    @property
    def recipient(self) -> str | None: ...  # noqa: D102 - as rules name them
    @property
    def type(self) -> str | None: ...  # noqa: D102 - as rules name them
    @property
    def kind(self) -> str | None: ...  # noqa: D102 - as rules name them
    @property
    def queue(self) -> str | None: ...  # noqa: D102 - as rules name them
    @property
    def clients(self) -> tuple[str, ...]: ...  # noqa: D102 - as rules name them
    @property
    def stream(self) -> tuple[str, str]: ...  # noqa: D102 - as rules name them


class KnownHappening(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A `Happening` of which all is known that will be."""

    vhost: _Value = None
    sender: _Value = None
    recipient: _Value = None
    type: _Value = None
    kind: _Value = None
    queue: _Value = None
    clients: tuple[str, ...] = ()
    place: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, _Value], place: str = "") -> KnownHappening:
        """The event of a connection, of which these facts hold: `client`, `vhost`, `queue`.

        `place` says where, if events are counted for each place by itself.
        """
        client = facts.get("client")
        clients = () if client is None else (client,)
        return cls(vhost=facts.get("vhost"), queue=facts.get("queue"), clients=clients, place=place)

    @property
    def stream(self) -> tuple[str, str]:
        """See `Happening`."""
        whose = self.sender or (self.clients[0] if self.clients else "")
        return self.vhost or "", f"{whose} {self.place}".strip() if self.place else whose


def is_glob(text: str) -> bool:
    """Whether a value of `match` stands for several."""
    return any(sign in text for sign in "*?[")


class Match:
    """What an event must be, by key; `given` is what the rule says, a value or a list each.

    `tests` tell of each key's value whether it is meant, `holds` of a whole event.
    """

    __slots__ = ("given", "holds", "tests")

    def __init__(self, given: Mapping[str, str | Sequence[str]]) -> None:
        self.given = given
        self.tests = tuple(
            (key, _test((values,) if isinstance(values, str) else tuple(values)))
            for key, values in given.items()
        )
        self.holds = _all_of([_part(key, test) for key, test in self.tests])

    def may_hold(self, facts: Mapping[str, _Value]) -> bool:
        """Whether an event could be meant of which these facts are known, and others not yet."""
        return all(test(facts[key]) for key, test in self.tests if key in facts)


def _all_of(parts: Sequence[_Meant]) -> _Meant:
    """All parts must hold; asked for each message, so that no more is called than is needed."""
    if len(parts) == 1:
        return parts[0]

    def holds(event: Happening) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost more than the parts
            if not part(event):
                return False
        return True

    return holds


def _part(key: str, test: Callable[[_Value], bool]) -> _Meant:
    if key == "client":
        return lambda event: any(map(test, event.clients))
    value = attrgetter(key)
    return lambda event: test(value(event))


def _test(values: tuple[str, ...]) -> Callable[[_Value], bool]:
    exact = frozenset(one for one in values if not is_glob(one))
    globs = [translate(one) for one in values if is_glob(one)]
    if not globs:
        return exact.__contains__
    pattern = re.compile("|".join(globs))

    def holds(value: _Value) -> bool:
        return value is not None and (value in exact or pattern.match(value) is not None)

    return holds
