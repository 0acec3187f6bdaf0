"""A client as the broker's core sees it, that does nothing with what it gets."""

from __future__ import annotations

from hubemu.broker.core import Message


class Sink:
    """Keeps the last delivery tag, to acknowledge up to it."""

    writable = True

    def __init__(self) -> None:
        self.last = 0

    def deliver(self, consumer_tag: str, delivery_tag: int, again: bool, message: Message) -> None:
        """A message came."""
        self.last = delivery_tag

    def returned(self, message: Message, code: int, text: str) -> None:
        """None should."""
        raise AssertionError(text)

    def confirm(self, delivery_tag: int, ack: bool) -> None:
        """Nobody waits for it."""

    def consumer_cancelled(self, consumer_tag: str) -> None:
        """Nobody minds."""
