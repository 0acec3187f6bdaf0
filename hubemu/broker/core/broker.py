"""The broker: every vHost, every user, one clock and one set of limits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hubemu.broker.core.alarms import Alarms
from hubemu.broker.core.backlog import Backlog
from hubemu.broker.core.durability import NoStore, Store
from hubemu.broker.core.errors import not_allowed
from hubemu.broker.core.limits import Limits
from hubemu.broker.core.memory_use import MemoryUse
from hubemu.broker.core.observer import Observer, SilentObserver
from hubemu.broker.core.runtime import Runtime
from hubemu.broker.core.users import Denied, User
from hubemu.broker.core.vhost import VirtualHost
from hubemu.clock import Clock

if TYPE_CHECKING:
    from hubemu.topology import Topology, VHostTopology

__all__ = ["Broker"]

_LOG = logging.getLogger(__name__)
_RETRY_SECONDS: Final = 1.0


class Broker:
    """All vHosts and users.

    Args:
        clock: tells when messages and queues expire.
        observer: is told what becomes of messages published with a token.
        limits: bounds of everything that grows.
        store: keeps what is durable; by default nothing is kept.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        observer: Observer | None = None,
        limits: Limits | None = None,
        store: Store | None = None,
    ) -> None:
        limits = limits or Limits()
        self.clock = clock
        self.vhosts: dict[str, VirtualHost] = {}
        self.users: dict[str, User] = {}
        self._store = store or NoStore()
        self._runtime = Runtime(
            clock, observer or SilentObserver(), limits, MemoryUse(limits), self._store
        )
        self.alarms = Alarms(self._runtime.memory_use)
        """Why publishers wait, if they do."""

    # What exists

    def add_vhost(self, name: str) -> VirtualHost:
        """A vHost with the exchanges every vHost has; the one there is, if there is one.

        Raises:
            ConnectionError_: 530 there are too many.
        """
        if name not in self.vhosts:
            limit = self._runtime.limits.vhosts
            if len(self.vhosts) >= limit:
                raise not_allowed(f"cannot create vhost '{name}': limit of {limit} is reached")
            self.vhosts[name] = VirtualHost(name, self._runtime)
        return self.vhosts[name]

    def add_user(self, name: str) -> User:
        """Somebody who can log in; the one there is, if there is one."""
        return self.users.setdefault(name, User(name))

    def grant(self, user: str, vhost: str, configure: str, write: str, read: str) -> None:
        """Let a user enter a vHost and touch the names that match each pattern there."""
        if vhost in self.vhosts:
            self.vhosts[vhost].router.forget()
        cached = self._runtime.limits.cached_permissions
        self.add_user(user).grant(vhost, configure, write, read, cached=cached)

    def deny(self, user: str, vhost: str, denied: Denied | None) -> None:
        """Take rights away that a user has on a vHost; `None` gives them back.

        `denied` is asked at each use of a right, every publish included; who consumes already
        goes on, as after a change of permissions.
        """
        self.users[user].access[vhost].denied = denied
        self.vhosts[vhost].router.forget()

    def apply(self, topology: Topology) -> None:
        """Make everything a topology names, and its users; what exists already stays."""
        for name in topology.users:
            self.add_user(name)
        for part in topology.vhosts.values():
            self._apply_vhost(part)

    def remove_user(self, name: str) -> None:
        """Nobody logs in by this name any more; close first who has."""
        if (user := self.users.pop(name, None)) is not None:
            for vhost in user.access.keys() & self.vhosts.keys():
                self.vhosts[vhost].router.forget()

    def remove_vhost(self, name: str) -> None:
        """Take a vHost away with all that is on it; close first who is there."""
        if (vhost := self.vhosts.get(name)) is None:
            return
        vhost.clear()
        del self.vhosts[name]
        for user in self.users.values():
            user.access.pop(name, None)

    def open(self, vhost: str, user: str) -> tuple[VirtualHost, User]:
        """A vHost for a user who has logged in.

        Raises:
            ConnectionError_: 530 no such vHost, or the user may not enter it.
        """
        found = self.vhosts.get(vhost)
        if found is None:
            raise not_allowed(f"vhost {vhost} not found")
        known = self.users.get(user)
        if known is None or vhost not in known.access:
            raise not_allowed(f"access to vhost '{vhost}' refused for user '{user}'")
        return found, known

    def purge(self) -> None:
        """Drop the ready messages of every queue of every vHost."""
        for vhost in self.vhosts.values():
            vhost.purge()

    # Time and room

    def next_deadline(self) -> float | None:
        """The earliest instant, on the clock's scale, at which `expire` has work."""
        return self._runtime.deadlines.next()

    def watch_deadline(self, earlier: Callable[[], None]) -> Callable[[], None]:
        """Call `earlier` when the next deadline becomes earlier; gives what ends the watch."""
        return self._runtime.deadlines.watch(earlier)

    @property
    def burdened(self) -> bool:
        """Whether the store has so much to write that the backlog should wait."""
        return self._store.burdened

    @property
    def backlog(self) -> Backlog:
        """What is still to be done of large changes, for whoever gives it turns."""
        return self._runtime.backlog

    def expire(self) -> None:
        """Let everything expire that is due; a queue that fails is tried again a moment later."""
        now = self.clock.now()
        for timed in self._runtime.deadlines.due(now):
            try:
                timed.on_deadline(now)
            except Exception:
                # One queue, or one message of it, must not keep all others from expiring.
                _LOG.exception("a queue could not expire what is due; it is tried again")
                self._runtime.deadlines.arm(now + _RETRY_SECONDS, timed)

    @property
    def memory_use(self) -> MemoryUse:
        """The counts of what is held, for those who hold something outside of queues."""
        return self._runtime.memory_use

    @property
    def under_pressure(self) -> bool:
        """Whether so much is queued that publishers should pause."""
        return self._runtime.memory_use.under_pressure

    # Safety

    @property
    def holding_answers(self) -> bool:
        """Whether nothing may be sent to clients yet: it might tell of what is not safe."""
        return self._store.holding

    def watch_answers(self, released: Callable[[], None]) -> Callable[[], None]:
        """Call `released` when `holding_answers` is over; gives what ends the watch."""
        return self._store.watch(released)

    def _apply_vhost(self, part: VHostTopology) -> None:
        vhost = self.add_vhost(part.name)
        for exchange in part.exchanges:
            if exchange.name not in vhost.exchanges:
                vhost.add_exchange(exchange.name, exchange.type)
        for queue in part.queues:
            if queue.name not in vhost.queues:
                vhost.add_queue(queue.name, arguments=queue.arguments)
        for binding in part.bindings:
            vhost.bind(
                vhost.exchange(binding.exchange), vhost.queue(binding.queue), binding.routing_key
            )
        if part.policies:
            vhost.set_policies(part.policies)
        for right in part.permissions:
            self.grant(right.user, part.name, right.configure, right.write, right.read)
        for topic in part.topic_permissions:
            access = self.users[topic.user].access[part.name]
            access.grant_topic(topic.exchange, write=topic.write, read=topic.read)
