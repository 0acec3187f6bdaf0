"""Every effect there is, as data: its family, its parameters with types, ranges and defaults.

What reads rules, the command line and the JSON Schema are made of these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

__all__ = [
    "FAMILIES",
    "REQUIRED",
    "Effect",
    "EffectParameter",
    "FamilyWords",
    "ParameterType",
    "family_of",
]

ParameterType: TypeAlias = Literal["integer", "number", "text", "choice", "object"]


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = _Required()
"""The default of a parameter that has none."""
_DAY_MS = 86_400_000
_SHORT, _LONG = 255, 4_000


@dataclass(frozen=True, slots=True)
class EffectParameter:
    """A parameter of an effect.

    `least` and `most` bound a number, or the length of a text; `choices` are all there is to
    choose from. A default of `None` means: as `text` says.
    """

    name: str
    type: ParameterType
    text: str
    default: Any = REQUIRED
    least: float | None = None
    most: float | None = None
    choices: tuple[str | int, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a rule must give it."""
        return self.default is REQUIRED


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule does to what it strikes."""

    name: str
    text: str
    parameters: tuple[EffectParameter, ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyWords:
    """Effects that strike at the same place; `event` is what one strike strikes."""

    name: str
    event: str
    match: tuple[str, ...]
    effects: Mapping[str, Effect]


def _ms(text: str, default: Any = REQUIRED) -> EffectParameter:
    return EffectParameter("ms", "integer", text, default, 0, _DAY_MS)


def _jitter(text: str) -> EffectParameter:
    return EffectParameter("jitterMs", "integer", text, 0, 0, _DAY_MS)


def _text(name: str, text: str, default: Any = REQUIRED, most: int = _SHORT) -> EffectParameter:
    return EffectParameter(name, "text", text, default, 1, most)


def _choice(name: str, text: str, *choices: str | int, default: Any = REQUIRED) -> EffectParameter:
    return EffectParameter(name, "choice", text, default, choices=choices)


def _effects(*effects: Effect) -> Mapping[str, Effect]:
    return {one.name: one for one in effects}


_DIRECTION = _choice(
    "direction", "Of the bytes meant", "both", "to-hub", "to-client", default="both"
)
_CODES = (100, 101, 102, 200, 300, 301, 400, 500, 501, 600, 700, 701, 702, 703, 704)
_OF_MESSAGES = ("vhost", "sender", "recipient", "type", "kind", "queue", "client")
_OF_CONNECTIONS = ("vhost", "queue", "client")

_DISPATCH = _effects(
    Effect(
        "delay",
        "The message is held for a while before the dispatcher judges it; others go on",
        (
            _ms("How long, in milliseconds"),
            _jitter("At most so much longer or shorter, in milliseconds, drawn for each message"),
        ),
    ),
    Effect("drop", "The message is acknowledged and goes nowhere; nobody is told"),
    Effect(
        "duplicate",
        "The recipient gets the message more than once",
        (EffectParameter("copies", "integer", "Additional copies", 1, 1, 100),),
    ),
    Effect(
        "reorder",
        "Matching messages are gathered and go on in another order; an incomplete window waits",
        (EffectParameter("window", "integer", "Messages gathered", 2, 2, 1_000),),
    ),
    Effect(
        "reject",
        "The sender is told an error, whatever the message is",
        (
            _choice("code", "Error code of the Hub", *_CODES),
            _text("cause", "errorCause", "Refused by a fault rule", _LONG),
        ),
    ),
    Effect(
        "corrupt",
        "The recipient gets a damaged body",
        (
            _choice(
                "how",
                "truncate: cut; garble: bytes changed; encoding: no longer UTF-8; schema: still "
                "JSON or XML, but invalid",
                "truncate",
                "garble",
                "encoding",
                "schema",
                default="truncate",
            ),
        ),
    ),
    Effect(
        "content-type",
        "The recipient gets another content type",
        (_text("value", "content_type of the message"),),
    ),
    Effect(
        "misroute",
        "Another client gets the message",
        (_text("to", "Client id that gets it"),),
    ),
    Effect("expire", "The message counts as expired before routing: its sender is told 400"),
    Effect(
        "dead-letter",
        "The message counts as dead in its recipient's queue: its sender is told 500",
        (_choice("reason", "Why it died", "expired", "rejected", "maxlen", default="expired"),),
    ),
    Effect("pause", "The message is held until the rule ends; others go on"),
    Effect("lose-report", "The error report on the message is not sent"),
)
_CONVERTER = _effects(
    Effect("delay", "The answer comes later", (_ms("How much, in milliseconds"),)),
    Effect(
        "fail",
        "The service answers with an error",
        (
            EffectParameter("status", "integer", "HTTP status", 500, 400, 599),
            _text(
                "error",
                "`error` of its answer; without one the text of the status",
                None,
                _LONG,
            ),
        ),
    ),
    Effect("down", "The service cannot be reached"),
    Effect(
        "answer",
        "The service gives this answer",
        (EffectParameter("body", "object", "The JSON object that it returns"),),
    ),
)
_NETWORK = _effects(
    Effect(
        "latency",
        "Bytes arrive later",
        (
            _ms("How much, in milliseconds, in each direction"),
            _jitter("At most so much longer or shorter, in milliseconds"),
            _DIRECTION,
        ),
    ),
    Effect(
        "bandwidth",
        "Bytes arrive at a rate",
        (
            EffectParameter("kbps", "number", "Kilobits a second", REQUIRED, 0.1, 10_000_000),
            _DIRECTION,
        ),
    ),
    Effect("refuse", "New connections are refused; open ones stay"),
    Effect("reset", "Connections are reset (TCP RST)"),
    Effect("silence", "Nothing arrives, and nothing is said", (_DIRECTION,)),
    Effect(
        "cut",
        "The connection is cut after so many bytes",
        (EffectParameter("bytes", "integer", "Bytes let through", REQUIRED, 0, 2**53), _DIRECTION),
    ),
    Effect(
        "slice",
        "Bytes arrive in small pieces",
        (
            EffectParameter("bytes", "integer", "Bytes of a piece", REQUIRED, 1, 1_000_000),
            _ms("Between two pieces, in milliseconds", 0),
            _DIRECTION,
        ),
    ),
)
_BROKER = _effects(
    Effect(
        "close-connection",
        "The broker closes the connection",
        (
            EffectParameter("code", "integer", "AMQP reply code", 320, 200, 599),
            _text("text", "Reply text; without one the code's name, and by whom", None),
        ),
    ),
    Effect(
        "close-channel",
        "The broker closes the channel",
        (
            EffectParameter("code", "integer", "AMQP reply code", 406, 200, 599),
            _text("text", "Reply text; without one the code's name, and by whom", None),
        ),
    ),
    Effect("nack", "The message is not taken: its publisher gets basic.nack"),
    Effect("withhold-confirms", "The message is taken; its confirm comes when the rule ends"),
    Effect(
        "block",
        "The publisher is told connection.blocked and not read from",
        (_text("reason", "Reason told", "blocked by a fault rule"),),
    ),
    Effect("stall-heartbeats", "The broker sends no heartbeats"),
    Effect("cancel-consumers", "The broker cancels consumers"),
    Effect("queue-full", "A message for the queue is dead-lettered with maxlen"),
    Effect("disk-alarm", "The broker's disk counts as full"),
    Effect(
        "deny",
        "A right is taken away",
        (_choice("right", "Which one", "write", "read", "configure", default="write"),),
    ),
)
_CERTIFICATES = _effects(
    Effect(
        "present",
        "The Hub shows another server certificate",
        (
            _choice(
                "profile",
                "What is wrong with it",
                "expired",
                "not-yet-valid",
                "wrong-host",
                "unknown-authority",
                "missing-intermediate",
                "self-signed",
                default="expired",
            ),
        ),
    ),
)

FAMILIES: Mapping[str, FamilyWords] = {
    one.name: one
    for one in (
        FamilyWords("dispatch", "a message", _OF_MESSAGES, _DISPATCH),
        FamilyWords("converter", "a message", _OF_MESSAGES, _CONVERTER),
        FamilyWords("network", "a connection, or the data of one", _OF_CONNECTIONS, _NETWORK),
        FamilyWords("broker", "an AMQP method", _OF_CONNECTIONS, _BROKER),
        FamilyWords("certificates", "a TLS handshake", _OF_CONNECTIONS, _CERTIFICATES),
    )
}
"""The families by name; an effect without `where` is of the first that has it."""


def family_of(effect: str) -> str | None:
    """The first family that has an effect of this name, if there is one."""
    return next((name for name, family in FAMILIES.items() if effect in family.effects), None)
