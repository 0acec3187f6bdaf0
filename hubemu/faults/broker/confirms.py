"""Publisher confirms: messages that are not taken, and confirms that come later.

The event is a publish on a channel in confirm mode; its queues are those the broker routes it to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hubemu.broker.core import Message
from hubemu.broker.core.channel_publisher import ChannelPublisher
from hubemu.broker.core.queue import MessageQueue
from hubemu.faults.broker.place import BrokerPlace
from hubemu.faults.broker.placed import Placed
from hubemu.faults.fault import Fault

__all__ = ["ConfirmFaults"]

_Publish = tuple[ChannelPublisher, int]


class _Withheld:
    """The confirms that one fault holds back."""

    def __init__(self) -> None:
        self.expected: set[_Publish] = set()
        self.held: list[tuple[ChannelPublisher, int, bool]] = []


class _VHostConfirms:
    """The faults of one vHost; a `ConfirmInterposer`."""

    def __init__(self, place: BrokerPlace, vhost: str, faults: Sequence[Fault]) -> None:
        self._faults = faults
        self._place = place
        self._vhost = vhost
        self._withheld: dict[str, _Withheld] = {}

    def concerns(self, publisher: ChannelPublisher) -> bool:
        """See `ConfirmInterposer`: others publish as fast as ever."""
        client = self._place.client(publisher.context.user.name)
        return any(fault.meets(client=client, vhost=self._vhost) for fault in self._faults)

    def takes(
        self, publisher: ChannelPublisher, message: Message, queues: Sequence[MessageQueue]
    ) -> bool:
        """See `ConfirmInterposer`."""
        del message
        for fault in self._faults:
            if self._strikes(fault, publisher, queues):
                self._place.note(fault, publisher.context.owner.name)
                if fault.effect == "nack":
                    return False
                withheld = self._withheld.setdefault(fault.id, _Withheld())
                withheld.expected.add((publisher, publisher.next_tag))
                break
        return True

    def confirms(self, publisher: ChannelPublisher, tag: int, accepted: bool) -> bool:
        """See `ConfirmInterposer`."""
        for withheld in self._withheld.values():
            if (publisher, tag) in withheld.expected:
                withheld.expected.discard((publisher, tag))
                withheld.held.append((publisher, tag, accepted))
                return False
        return True

    def end(self, fault: Fault) -> None:
        """Send what a fault held back, in order."""
        withheld = self._withheld.pop(fault.id, None)
        if withheld is not None:
            for publisher, tag, accepted in withheld.held:
                publisher.tell(tag, accepted)

    def _strikes(
        self, fault: Fault, publisher: ChannelPublisher, queues: Sequence[MessageQueue]
    ) -> bool:
        client = self._place.client(publisher.context.user.name)
        if "queue" not in fault.matched:
            return fault.strikes(client=client, vhost=self._vhost)
        met = (one.name for one in queues if fault.meets(client=client, queue=one.name))
        queue = next(met, None)
        return queue is not None and fault.strikes(client=client, vhost=self._vhost, queue=queue)


class ConfirmFaults(Placed[str]):
    """`nack` and `withhold-confirms`, on vHosts."""

    def __init__(self, place: BrokerPlace) -> None:
        super().__init__(place)
        self._vhosts: dict[str, _VHostConfirms] = {}

    def spots(self, fault: Fault) -> Iterable[str]:
        """See `Placed`."""
        return [name for name in self.place.broker.vhosts if fault.meets(vhost=name)]

    def put(self, spot: str, faults: Sequence[Fault]) -> None:
        """See `Placed`."""
        confirms = self._vhosts.setdefault(spot, _VHostConfirms(self.place, spot, faults))
        self.place.broker.vhosts[spot].interpose(confirms)

    def take_away(self, spot: str) -> None:
        """See `Placed`."""
        self.place.broker.vhosts[spot].interpose(None)

    def end(self, fault: Fault) -> None:
        """See `Effect`: what the fault held back is sent once it stands nowhere any more."""
        super().end(fault)
        for name, confirms in tuple(self._vhosts.items()):
            confirms.end(fault)
            if name not in self._faults:
                del self._vhosts[name]
