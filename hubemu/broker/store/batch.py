"""What is written to the state file in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hubemu.broker.core import Publisher
from hubemu.broker.core.ready import QueuedMessage

__all__ = ["Batch"]

_MANY_ROWS: Final = 1_000


@dataclass(slots=True)
class Batch:
    """Changes since the last batch was cut, and who waits for them.

    A message that came and went meanwhile is in neither `added` nor `removed`.
    """

    objects: list[tuple[str, Sequence[Any]]] = field(default_factory=list)
    """Statements with their values, in order: exchanges, queues, bindings."""
    added: dict[int, QueuedMessage] = field(default_factory=dict)
    returned: list[tuple[int, int]] = field(default_factory=list)
    """How often it came back, and the id."""
    removed: list[tuple[int]] = field(default_factory=list)
    emptied: list[tuple[int, int]] = field(default_factory=list)
    """First and last id of queues that are gone."""
    rest: list[tuple[int, int]] = field(default_factory=list)
    """Those of `emptied` of which there is more than one transaction should do."""
    promises: list[tuple[Publisher, int, bool]] = field(default_factory=list)
    holding: bool = False
    spared: int = 0
    """How many messages came and went meanwhile."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.objects or self.added or self.returned or self.removed or self.emptied)

    @property
    def heavy(self) -> bool:
        """Whether writing it takes long."""
        return self.many_rows or bool(self.emptied)

    @property
    def many_rows(self) -> bool:
        """Whether so many messages changed that others would wait for them."""
        return len(self.added) + len(self.returned) + len(self.removed) > _MANY_ROWS

    @property
    def weight(self) -> int:
        """Octets of the messages it adds."""
        messages = (one.message for one in self.added.values())
        return sum(len(one.header) + len(one.body) for one in messages)

    @property
    def awaited(self) -> bool:
        """Whether somebody waits until it is written."""
        return self.holding or bool(self.promises)

    def followed_by(self, later: Batch) -> Batch:
        """This batch and the one after it as one."""
        added, removed = self.added | later.added, self.removed.copy()
        for (id_,) in later.removed:
            if added.pop(id_, None) is None:
                removed.append((id_,))
        for first, last in later.emptied:
            added = {id_: one for id_, one in added.items() if not first <= id_ <= last}
        return Batch(
            objects=self.objects + later.objects,
            added=added,
            # The row of what is added here is written as the message is then.
            returned=[*self.returned, *(one for one in later.returned if one[1] not in added)],
            removed=removed,
            emptied=self.emptied + later.emptied,
            promises=self.promises + later.promises,
            holding=self.holding or later.holding,
        )
