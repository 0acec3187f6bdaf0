"""Publisher confirms, coalesced.

Rules:
1. A tag is acknowledged with `multiple` only if every tag below it is settled.
2. Refused tags (nack) are told one by one, before the acknowledgements.
"""

from __future__ import annotations

from hubemu.broker.wire.hot import publisher_ack, publisher_nack

__all__ = ["Confirms"]


class Confirms:
    """The confirms of one channel that were not sent yet."""

    __slots__ = ("_acked", "_beyond", "_nacked", "_settled", "pending")

    def __init__(self) -> None:
        self.pending = False
        """Whether there is something to tell."""
        self._acked: list[int] = []
        self._nacked: list[int] = []
        self._settled = 0
        """All tags up to this one are settled."""
        self._beyond: set[int] = set()
        """Settled tags above `_settled`, which lacks one before them."""

    def settle(self, tag: int, multiple: bool, ack: bool) -> None:
        """The broker is done with `tag` (with all up to it if `multiple`)."""
        self.pending = True
        if multiple:
            for earlier in range(self._settled + 1, tag):
                if earlier not in self._beyond:
                    self.settle(earlier, False, ack)
        (self._acked if ack else self._nacked).append(tag)
        if tag == self._settled + 1:
            self._settled = tag
        else:
            self._beyond.add(tag)
        while self._settled + 1 in self._beyond:
            self._settled += 1
            self._beyond.remove(self._settled)

    def frames(self, channel: int) -> bytes:
        """The frames that tell what is pending; it counts as told then."""
        parts = [publisher_nack(channel, tag, False) for tag in self._nacked]
        tags = sorted(self._acked)
        below = [tag for tag in tags if tag <= self._settled]
        if below:
            parts.append(publisher_ack(channel, below[-1], len(below) > 1))
        parts += [publisher_ack(channel, tag, False) for tag in tags[len(below) :]]
        self._acked.clear()
        self._nacked.clear()
        self.pending = False
        return b"".join(parts)
