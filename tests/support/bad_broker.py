"""Faults of the broker, on the places made for them: what tests need, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hubemu.broker.core import Message
from hubemu.broker.core.channel_publisher import ChannelPublisher
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.vhost import VirtualHost

__all__ = ["Nacking", "Withholding"]


class Nacking:
    """Takes no message whose body is meant."""

    def __init__(self, meant: Callable[[bytes], bool]) -> None:
        self._meant = meant

    def concerns(self, publisher: ChannelPublisher) -> bool:
        """See `ConfirmInterposer`."""
        return True

    def takes(
        self, publisher: ChannelPublisher, message: Message, queues: Sequence[MessageQueue]
    ) -> bool:
        """See `ConfirmInterposer`."""
        return not self._meant(message.body)

    def confirms(self, publisher: ChannelPublisher, tag: int, accepted: bool) -> bool:
        """See `ConfirmInterposer`."""
        return True


class Withholding:
    """Withholds the confirms of a user until its end."""

    def __init__(self, vhost: VirtualHost, user: str) -> None:
        self._vhost = vhost
        self._user = user
        self.held: list[tuple[ChannelPublisher, int, bool]] = []
        vhost.interpose(self)

    def concerns(self, publisher: ChannelPublisher) -> bool:
        """See `ConfirmInterposer`."""
        return True

    def takes(
        self, publisher: ChannelPublisher, message: Message, queues: Sequence[MessageQueue]
    ) -> bool:
        """See `ConfirmInterposer`."""
        return True

    def confirms(self, publisher: ChannelPublisher, tag: int, accepted: bool) -> bool:
        """See `ConfirmInterposer`."""
        if publisher.context.user.name != self._user:
            return True
        self.held.append((publisher, tag, accepted))
        return False

    def end(self) -> None:
        """Send what is held, in order, and leave."""
        self._vhost.interpose(None)
        held, self.held = self.held, []
        for publisher, tag, accepted in held:
            publisher.tell(tag, accepted)
