"""Where a channel works, for whom, and what its parts ask together."""

from __future__ import annotations

from hubemu.broker.core.errors import ChannelError, resource_locked
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.queue import MessageQueue
from hubemu.broker.core.users import Access, User
from hubemu.broker.core.vhost import VirtualHost

__all__ = ["ChannelContext"]


class ChannelContext:
    """A user on a vHost.

    Args:
        user: has a permission on `vhost` (`Broker.open` sees to that).
        owner: the connection, as the owner of exclusive queues.
    """

    __slots__ = ("last_queue", "owner", "user", "vhost")

    def __init__(self, vhost: VirtualHost, user: User, owner: ConnectionOwner) -> None:
        self.vhost = vhost
        self.user = user
        self.owner = owner
        self.last_queue: str | None = None
        """Which queue was declared last: methods that name none mean it."""

    @property
    def access(self) -> Access:
        """What the user may do here."""
        return self.user.access[self.vhost.name]

    def named(self, queue: str) -> str:
        """The name of the queue that a method means.

        Raises:
            ChannelError: 404 none is named, and none was declared.
        """
        if queue:
            return queue
        if self.last_queue is None:
            raise ChannelError(404, "no previously declared queue")
        return self.last_queue

    def queue(self, name: str) -> MessageQueue:
        """The queue `name`.

        Raises:
            ChannelError: 404 there is none, 405 it is exclusive to another connection.
        """
        queue = self.vhost.queue(name)
        if queue.owner is not None and queue.owner is not self.owner:
            raise resource_locked(name, self.vhost.name)
        return queue
