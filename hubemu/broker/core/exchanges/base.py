"""What all exchanges have in common: a name, arguments, and bindings to destinations.

Rules:
1. A binding is identified by destination, routing key and arguments; binding twice changes nothing.
2. `match` tells where a message goes next; that a queue gets it once is up to the router.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

from hubemu.broker.core.message import Message
from hubemu.broker.wire.table import encode_table

__all__ = ["Binding", "BindingKey", "Destination", "Exchange"]

BindingKey: TypeAlias = tuple[int, str, bytes]
"""identity of the destination, routing key, arguments in canonical form"""


class Destination(Protocol):
    """A queue or an exchange that can be bound to an exchange."""

    name: str
    inbound: set[Binding]

    @property
    def survives(self) -> bool:
        """Whether it is still there when the broker was stopped or killed."""


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """`destination` gets what `source` matches by `routing_key` and `arguments`."""

    source: Exchange
    destination: Destination
    routing_key: str
    arguments: Mapping[str, Any]

    @property
    def key(self) -> BindingKey:
        """What makes it the same binding."""
        return binding_key(self.destination, self.routing_key, self.arguments)

    @property
    def survives(self) -> bool:
        """Whether both ends are still there when the broker was stopped or killed."""
        return self.source.survives and self.destination.survives


def binding_key(
    destination: Destination, routing_key: str, arguments: Mapping[str, Any]
) -> BindingKey:
    """The identity of a binding within its source."""
    canonical = encode_table(dict(sorted(arguments.items()))) if arguments else b""
    return id(destination), routing_key, canonical


class Exchange(ABC):
    """One exchange of a vHost.

    Args:
        durable, auto_delete, internal: as in exchange.declare.
        arguments: as declared; `alternate-exchange` names where unrouted messages go.
    """

    type: ClassVar[str]
    by_headers: ClassVar[bool] = False
    """Whether routing looks at more than the routing key, so that it cannot be remembered."""

    def __init__(
        self,
        name: str,
        *,
        durable: bool = True,
        auto_delete: bool = False,
        internal: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.durable = durable
        self.auto_delete = auto_delete
        self.internal = internal
        self.arguments = dict(arguments or {})
        self.inbound: set[Binding] = set()
        self._bindings: dict[BindingKey, Binding] = {}

    @property
    def survives(self) -> bool:
        """See `Destination`."""
        return self.durable

    @property
    def alternate(self) -> str | None:
        """Name of the alternate exchange."""
        return self.arguments.get("alternate-exchange")

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """Everything bound to it, oldest first."""
        return tuple(self._bindings.values())

    def bind(
        self, destination: Destination, routing_key: str, arguments: Mapping[str, Any]
    ) -> Binding:
        """Bind `destination`, which `find` did not find."""
        binding = Binding(self, destination, routing_key, dict(arguments))
        self._bindings[binding.key] = binding
        destination.inbound.add(binding)
        self._added(binding)
        return binding

    def find(
        self, destination: Destination, routing_key: str, arguments: Mapping[str, Any]
    ) -> Binding | None:
        """The binding so identified, if any."""
        return self._bindings.get(binding_key(destination, routing_key, arguments))

    def unbind(self, binding: Binding) -> None:
        """Take back a binding of this exchange."""
        del self._bindings[binding.key]
        binding.destination.inbound.discard(binding)
        self._removed(binding)

    @abstractmethod
    def match(self, routing_key: str, message: Message) -> Iterable[Destination]:
        """Where a message with this key goes; a destination may come more than once."""

    @abstractmethod
    def _added(self, binding: Binding) -> None:
        """Index a new binding."""

    @abstractmethod
    def _removed(self, binding: Binding) -> None:
        """Forget a binding."""
