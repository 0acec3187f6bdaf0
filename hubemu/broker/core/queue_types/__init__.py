"""The types of queues (`x-queue-type`): all that differs between them is asked of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hubemu.broker.core.queue_types.classic import ClassicType
from hubemu.broker.core.queue_types.quorum import QuorumType

__all__ = ["QUEUE_TYPES", "ClassicType", "queue_type"]

QUEUE_TYPES: Final[Mapping[str, type[ClassicType]]] = {
    "classic": ClassicType,
    "quorum": QuorumType,
}


def queue_type(arguments: Mapping[str, Any]) -> type[ClassicType]:
    """The type that a queue is declared with; an unknown one is refused elsewhere."""
    return QuorumType if arguments.get("x-queue-type") == "quorum" else ClassicType
