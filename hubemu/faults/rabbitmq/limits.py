"""What RabbitMQ cannot do of the broker's faults, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hubemu.faults.fault import Fault

__all__ = ["why_not"]

_ON_EMBEDDED = "use the embedded engine"
_NEVER: Final[Mapping[str, str]] = {
    "close-channel": "RabbitMQ has no means to close a channel from outside: close-connection does "
    f"for the whole connection, or {_ON_EMBEDDED}",
    "withhold-confirms": "RabbitMQ sends its confirms itself, and inside TLS nothing can hold "
    f"them: {_ON_EMBEDDED}, or the network effect silence with direction to-client",
    "block": "RabbitMQ blocks publishers by its own alarms only: use disk-alarm, or "
    f"{_ON_EMBEDDED.removeprefix('use ')}",
    "stall-heartbeats": "RabbitMQ sends its heartbeats itself, and inside TLS nothing can hold "
    f"them: {_ON_EMBEDDED}, or the network effect silence with direction to-client",
    "cancel-consumers": "RabbitMQ cancels consumers only of a queue that is deleted, with all it "
    f"holds: {_ON_EMBEDDED}",
}
_MATCHES: Final[Mapping[str, frozenset[str]]] = {
    "close-connection": frozenset({"client", "vhost"}),
    "nack": frozenset({"vhost"}),
    "deny": frozenset({"client", "vhost"}),
    "disk-alarm": frozenset(),
}
"""What each effect can be limited to."""
_WHY: Final[Mapping[str, str]] = {
    "close-connection": "RabbitMQ closes whole connections",
    "nack": "RabbitMQ refuses by a policy of the queue dispatch, whoever publishes",
    "deny": "RabbitMQ takes a right away from a user on a vHost",
    "disk-alarm": "RabbitMQ's alarm stops all who publish on the node, the Hub's dispatcher too",
}
_STATES: Final = frozenset({"nack", "deny", "disk-alarm"})
"""Effects that are put in force as a whole."""
_FORCED: Final = 320
_NO_MANAGEMENT: Final = (
    "it takes RabbitMQ's management API: set HUBEMU_RABBITMQ_MANAGEMENT to its URL "
    "(http://user:password@host:15672)"
)


def why_not(fault: Fault, *, manageable: bool, ours: bool) -> str | None:
    """Why RabbitMQ cannot do what a rule asks for; `None` if it can.

    Args:
        fault: the rule.
        manageable: whether its management API is known.
        ours: whether the node is one that hubemu started.
    """
    reasons = (
        _NEVER.get(fault.effect),
        _limited(fault),
        _counted(fault),
        _of_the_node(fault, ours=ours),
        None if manageable else _NO_MANAGEMENT,
    )
    return next(filter(None, reasons), None)


def _limited(fault: Fault) -> str | None:
    """What it cannot be limited to."""
    beyond = sorted(fault.matched - _MATCHES.get(fault.effect, fault.matched))
    if not beyond:
        return None
    return f"{_WHY[fault.effect]}: leave out {' and '.join(beyond)}, or {_ON_EMBEDDED}"


def _counted(fault: Fault) -> str | None:
    if fault.effect not in _STATES or fault.certain:
        return None
    return (
        "RabbitMQ counts no events and draws no lots for it: leave out after, every, times and "
        f"probability, or {_ON_EMBEDDED}"
    )


def _of_the_node(fault: Fault, *, ours: bool) -> str | None:
    if fault.effect == "close-connection" and fault.parameters["code"] != _FORCED:
        return f"RabbitMQ closes with code {_FORCED} only: leave out code, or {_ON_EMBEDDED}"
    if fault.effect == "disk-alarm" and not ours:
        return "this RabbitMQ is not ours to control: let hubemu start one (--rabbitmq native)"
    return None
