"""What leads from one topology to another, as data: what is to be made, and what to be removed.

What exists in both is not named, so whoever applies a change leaves it alone. Exchanges and the
arguments of queues are the same in all topologies of one Hub: only what follows from its tables
differs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from hubemu.topology import Topology, VHostTopology

__all__ = ["TopologyChange", "change_between"]

_Part = TypeVar("_Part", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyChange:
    """A change of a topology.

    `added` are vHosts and users that are to be made, and of vHosts that stay the further queues
    and bindings, and the permissions and policies that are new or others than before. To be removed
    are the `users`, the `vhosts` with all that is on them, and the `queues` (vHost, name) of vHosts
    that stay.
    """

    added: Topology
    users: tuple[str, ...] = ()
    vhosts: tuple[str, ...] = ()
    queues: tuple[tuple[str, str], ...] = ()

    @property
    def adds(self) -> bool:
        """Whether anything is to be made."""
        return bool(self.added.vhosts or self.added.users)

    @property
    def removes(self) -> bool:
        """Whether anything is to be removed."""
        return bool(self.users or self.vhosts or self.queues)


def change_between(old: Topology, new: Topology) -> TopologyChange:
    """What is to be done where `old` is, so that it is `new`."""
    parts = [_added(old.vhosts.get(name), vhost) for name, vhost in new.vhosts.items()]
    users = {user: client for user, client in new.users.items() if old.users.get(user) != client}
    return TopologyChange(
        added=Topology(vhosts={part.name: part for part in parts if part is not None}, users=users),
        users=tuple(user for user in old.users if user not in new.users),
        vhosts=tuple(name for name in old.vhosts if name not in new.vhosts),
        queues=tuple(
            (name, queue.name)
            for name, vhost in old.vhosts.items()
            if name in new.vhosts
            for queue in _lacking(vhost.queues, new.vhosts[name].queues)
        ),
    )


def _added(old: VHostTopology | None, new: VHostTopology) -> VHostTopology | None:
    """What of a vHost is new or another than before; `None`: nothing is."""
    if old is None:
        return new
    part = VHostTopology(
        name=new.name,
        exchanges=(),
        queues=_lacking(new.queues, old.queues),
        bindings=_lacking(new.bindings, old.bindings),
        # They are set together: which one governs a queue depends on the others.
        policies=new.policies if new.policies != old.policies else (),
        permissions=_lacking(new.permissions, old.permissions),
        topic_permissions=_lacking(new.topic_permissions, old.topic_permissions),
    )
    parts = (part.queues, part.bindings, part.policies, part.permissions, part.topic_permissions)
    return part if any(parts) else None


def _lacking(these: Iterable[_Part], among: Iterable[_Part]) -> tuple[_Part, ...]:
    """Those of `these` that are not `among` the others, in their order."""
    known = set(among)
    return tuple(one for one in these if one not in known)
