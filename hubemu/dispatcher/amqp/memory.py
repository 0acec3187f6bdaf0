"""What a lane remembers of messages beyond their delivery, because AMQP carries no id of ours.

A message is recognised by its routing key and body.
"""

from __future__ import annotations

from collections import OrderedDict, deque

__all__ = ["Memory"]

_FOLLOWED = 10_000
"""Forwarded messages whose dead letter would still be recognised: what the journal keeps."""


class Memory:
    """Which journal id a message has, and which messages were settled just before a link broke.

    Args:
        prefetch: unacknowledged deliveries the broker allows: it cannot have missed more
            acknowledgements than that.
    """

    def __init__(self, prefetch: int) -> None:
        self._expected: OrderedDict[int, str] = OrderedDict()
        self._forwarded: OrderedDict[int, str] = OrderedDict()
        self._settled: deque[int] = deque(maxlen=prefetch)

    def expect(self, routing_key: str, body: bytes, entry_id: str) -> None:
        """The next such message has this id."""
        _keep(self._expected, hash((routing_key, body)), entry_id)

    def expected(self, routing_key: str, body: bytes) -> str | None:
        """The id of a message that was expected; it is expected once."""
        return self._expected.pop(hash((routing_key, body)), None)

    def forwarded(self, sender: str, body: bytes, entry_id: str) -> None:
        """A message of `sender` went on as `body`."""
        _keep(self._forwarded, hash((sender, body)), entry_id)

    def of_dead_letter(self, sender: str, body: bytes) -> str | None:
        """The id of the message that a dead letter was."""
        return self._forwarded.get(hash((sender, body)))

    def settled(self, queue: str, routing_key: str, body: bytes) -> None:
        """A delivery was done with, and the broker was told."""
        self._settled.append(hash((queue, routing_key, body)))

    def was_settled(self, queue: str, routing_key: str, body: bytes) -> bool:
        """Whether a delivery that comes again was done with; it is forgotten by this."""
        fingerprint = hash((queue, routing_key, body))
        if fingerprint not in self._settled:
            return False
        self._settled.remove(fingerprint)
        return True


def _keep(memory: OrderedDict[int, str], fingerprint: int, entry_id: str) -> None:
    memory[fingerprint] = entry_id
    if len(memory) > _FOLLOWED:
        memory.popitem(last=False)
