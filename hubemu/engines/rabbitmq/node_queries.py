"""What a node of ours says of itself now: its connections and queues are asked, each of them.

The management API knows them from statistics that are up to some seconds old: a connection that
was just opened is not there yet, one that is closed still is, and a quorum queue is as it was five
seconds ago.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hubemu.broker.core.queue import QueueDepth
from hubemu.engines.rabbitmq import questions
from hubemu.engines.rabbitmq.erlang import ErlangShell

__all__ = ["AskedNode"]


class AskedNode:
    """A node of ours.

    Args:
        shell: evaluates Erlang on it.
    """

    lag = 0.0

    def __init__(self, shell: ErlangShell) -> None:
        self._shell = shell

    async def connections(self, users: Iterable[str]) -> list[dict[str, Any]]:
        """The connections of these users that are open now: open to both sides, not about to be.

        The facts of each bear the names that the management API gives them; `pid` is its process.

        Raises:
            CheckFailed: the node does not tell.
        """
        rows: list[dict[str, Any]] = await self._shell.ask(questions.CONNECTIONS, users=list(users))
        return rows

    async def of_user(self, user: str, peer: str) -> list[dict[str, Any]]:
        """Those of one user: if none is from an address that was just connected, it has gone.

        Raises:
            CheckFailed: the node does not tell.
        """
        return await self.connections([user])

    async def close(self, connections: Iterable[Mapping[str, Any]], reason: str) -> None:
        """Close some of them (320 CONNECTION_FORCED - `reason`): they are when this returns.

        Raises:
            CheckFailed: the node does not do it.
        """
        pids = [row["pid"] for row in connections]
        await self._shell.ask_of_all(questions.CLOSE, "pids", pids, reason=reason)

    async def depths(self) -> dict[str, dict[str, QueueDepth]]:
        """The depth of every queue now, by vHost and name.

        Raises:
            CheckFailed: the node does not tell.
        """
        told: dict[str, list[tuple[str, int, int, int]]] = await self._shell.ask(questions.DEPTHS)
        return {
            vhost: {name: QueueDepth(*numbers) for name, *numbers in rows}
            for vhost, rows in told.items()
        }

    async def purge(
        self, vhosts: Iterable[str], always: Iterable[str], written: Collection[tuple[str, str]]
    ) -> None:
        """Empty the queues of some vHosts.

        Args:
            vhosts: where.
            always: names of queues that may not show what they are about to hold.
            written: is of no use here: a queue of ours shows what it was sent.

        Raises:
            CheckFailed: one of them does not do it.
        """
        await self._shell.ask(questions.PURGE, vhosts=list(vhosts), always=list(always))

    async def set_policies(
        self, vhosts: Iterable[str], name: str, policy: Mapping[str, Any], *, classic: str
    ) -> list[str]:
        """Make a policy on some vHosts, as the management API takes it; it governs from now on.

        Args:
            vhosts: where.
            name: of the policy; one that bears it is replaced.
            policy: the policy itself.
            classic: a queue that has to be there, a classic one.

        Returns:
            The vHosts where it is not, in which case no policy is made anywhere.

        Raises:
            CheckFailed: the node does not take it.
        """
        unfit: list[str] = await self._shell.ask(
            questions.SET_POLICIES,
            vhosts=list(vhosts),
            name=name,
            pattern=policy["pattern"],
            definition=json.dumps(policy["definition"]),
            priority=policy["priority"],
            applies=policy["apply-to"],
            classic=classic,
        )
        return unfit

    async def remove_policies(self, name: str) -> None:
        """Remove the policies of a name, wherever there are any.

        Raises:
            CheckFailed: the node does not do it.
        """
        await self._shell.ask(questions.REMOVE_POLICIES, name=name)

    async def permit(self, places: Iterable[tuple[str, str, Mapping[str, str]]]) -> None:
        """Let users do on vHosts what `configure`, `write` and `read` say, and no more.

        Raises:
            CheckFailed: the node does not do it.
        """
        given = [
            (user, vhost, rights["configure"], rights["write"], rights["read"])
            for user, vhost, rights in places
        ]
        await self._shell.ask_of_all(questions.PERMIT, "places", given)
