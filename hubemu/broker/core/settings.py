"""What governs a queue: its arguments and the policy that applies, merged as RabbitMQ does.

The smaller number wins; for texts the argument wins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from hubemu.topology import Policy

__all__ = ["Overflow", "QueueSettings", "effective_policy", "merge_settings"]

Overflow: TypeAlias = Literal["drop-head", "reject-publish", "reject-publish-dlx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """The effective settings of a queue; times in milliseconds, `None` means unlimited."""

    message_ttl: int | None = None
    expires: int | None = None
    max_length: int | None = None
    max_length_bytes: int | None = None
    max_priority: int | None = None
    delivery_limit: float | None = None
    """Infinite where the argument is no number: RabbitMQ takes anything for one."""
    dead_letter_exchange: str | None = None
    dead_letter_routing_key: str | None = None
    overflow: Overflow = "drop-head"

    @property
    def bounded(self) -> bool:
        """Whether its length has a limit."""
        return self.max_length is not None or self.max_length_bytes is not None


def merge_settings(arguments: Mapping[str, Any], policy: Policy | None) -> QueueSettings:
    """The settings of a queue declared with `arguments` to which `policy` applies."""
    definition = policy.definition if policy is not None else {}
    merged: dict[str, Any] = {}
    for name, choose in _MERGED.items():
        given = [
            value
            for value in (arguments.get(f"x-{name}"), definition.get(name))
            if value is not None
        ]
        if given:
            merged[name.replace("-", "_")] = choose(given)
    if "x-max-priority" in arguments:
        merged["max_priority"] = arguments["x-max-priority"]
    return QueueSettings(**merged)


def effective_policy(policies: Iterable[Policy], queue: str) -> Policy | None:
    """The one policy that applies to `queue`: of those that match, that of highest priority."""
    matching = [policy for policy in policies if re.search(policy.pattern, queue)]
    return max(matching, key=lambda policy: policy.priority, default=None)


def _argument_first(given: list[Any]) -> Any:
    return given[0]


def _least_number(given: list[Any]) -> float:
    return min(
        value if isinstance(value, int | float) and not isinstance(value, bool) else math.inf
        for value in given
    )


_MERGED: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "message-ttl": min,
    "expires": min,
    "max-length": min,
    "max-length-bytes": min,
    "delivery-limit": _least_number,
    "dead-letter-exchange": _argument_first,
    "dead-letter-routing-key": _argument_first,
    "overflow": _argument_first,
}
