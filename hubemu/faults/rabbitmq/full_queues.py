"""Full queues beside RabbitMQ: the Hub's dispatcher, the only one to publish there, does it.

A policy would have the messages that are in a queue die as well, and none that a consumer waits
for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from hubemu.faults.family import Family
from hubemu.faults.fault import Fault
from hubemu.faults.in_force import RuleInForce, Strike
from hubemu.faults.matching import Happening, KnownHappening, Match

__all__ = ["FullQueues"]

_ReportOf = Callable[[Happening], str | None]
_OF_MESSAGES: Final = {"client": "recipient"}
"""What else a key of `match` is called where the event is a message."""


class _OfDispatch(RuleInForce):
    """The same rule as the dispatcher carries it out; what it strikes, the rule itself decides.

    Args:
        fault: the rule.
        effect: what the dispatcher does.
        queue_of: the queue that an event of the dispatcher is about.
        owners: the clients' queues, with whose they are.
    """

    def __init__(
        self,
        fault: RuleInForce,
        effect: str,
        parameters: Mapping[str, Any],
        queue_of: _ReportOf,
        owners: Mapping[str, str],
    ) -> None:
        # Whose queue a message is for is its recipient, as the dispatcher calls it.
        given = fault.rule.match.given
        match = Match({_OF_MESSAGES.get(key, key): value for key, value in given.items()})
        rule = replace(
            fault.rule, where="dispatch", effect=effect, parameters=parameters, match=match
        )
        super().__init__(rule, 0, lambda _strike: None)
        self._fault = fault
        self._queue_of = queue_of
        self._owners = owners

    def look(self, stream: tuple[str, str]) -> int:
        """See `RuleInForce`: of the dispatcher, which knows by `match` that the rule is meant."""
        return self._fault.look(stream)

    def struck(self, event: Happening, ordinal: int) -> Strike:
        """See `RuleInForce`: the event is a message for a queue, whoever sent it."""
        return replace(self._fault.struck(self._about(event), ordinal), fault=self)

    def strike(self, event: Happening) -> Strike | None:
        """See `RuleInForce`: of reports, whose event has no match of its own for this."""
        about = self._about(event)
        if not about.clients or not self._fault.rule.match.holds(about):
            return None
        ordinal = self.look(about.stream)
        return self.struck(event, ordinal) if ordinal else None

    def _about(self, event: Happening) -> KnownHappening:
        queue = self._queue_of(event)
        owner = self._owners.get(queue) if queue is not None else None
        return KnownHappening(
            vhost=event.vhost, queue=queue, clients=() if owner is None else (owner,)
        )


class FullQueues:
    """`queue-full` on RabbitMQ.

    Args:
        dispatch: the family of the dispatcher.
        owners: the clients' queues, with whose they are.
    """

    def __init__(self, dispatch: Family, owners: Mapping[str, str]) -> None:
        self._dispatch = dispatch
        self._owners = owners
        self._parts: dict[str, tuple[_OfDispatch, ...]] = {}

    def why_not(self, fault: Fault) -> str | None:
        """See `Family`."""
        return self._dispatch.why_not(fault)

    async def begin(self, fault: Fault) -> None:
        """See `Family`: messages die; reports, which nobody is told of, are lost."""
        assert isinstance(fault, RuleInForce)  # noqa: S101 - the book gives no others
        dies = _OfDispatch(fault, "dead-letter", {"reason": "maxlen"}, _queue, self._owners)
        lost = _OfDispatch(fault, "lose-report", {}, _report_queue, self._owners)
        self._parts[fault.id] = (dies, lost)
        for part in (dies, lost):
            await self._dispatch.begin(part)

    async def end(self, fault: Fault) -> None:
        """See `Family`."""
        for part in self._parts.pop(fault.id, ()):
            await self._dispatch.end(part)


def _queue(event: Happening) -> str | None:
    return event.queue


def _report_queue(event: Happening) -> str | None:
    return f"{event.sender}.info" if event.sender is not None else None
