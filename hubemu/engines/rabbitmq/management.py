"""What the engine asks of RabbitMQ's management API."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from hubemu.broker.core.queue import QueueDepth
from hubemu.engines.rabbitmq.definitions import Administrator

__all__ = ["Management", "ManagementError"]

_TIMEOUT = 10.0
_IMPORT_TIMEOUT = 300.0
"""Seconds a request may take; a thousand quorum queues are not declared in ten."""
_AT_ONCE = 16
"""Requests under way together when many are needed."""
_OVERVIEW = "/api/overview"
_STRANGE = (
    "does not answer as RabbitMQ's management API does: look at the address (usually port 15672)"
)
_STUMBLES = 10
"""How often a request is sent at most that RabbitMQ may stumble over."""
_ResultT = TypeVar("_ResultT")


class ManagementError(Exception):
    """The management API cannot be reached, or refuses; the text says which.

    Args:
        problem: what is wrong.
        answered: whether anything answered.
        status: the HTTP status of a refusal; 0 where it was none.
    """

    def __init__(self, problem: str, *, answered: bool = True, status: int = 0) -> None:
        self.answered = answered
        self.status = status
        super().__init__(problem)


class Management:
    """A client of one management API; `close` it.

    Args:
        urls: its root on each node, such as `http://127.0.0.1:15672`; the first that answers is
            asked.
        administrator: who logs in.
    """

    def __init__(self, urls: Sequence[str], administrator: Administrator) -> None:
        self._urls = deque(urls)
        self._user = administrator.name
        self._http = httpx.AsyncClient(
            auth=(administrator.name, administrator.password),
            timeout=_TIMEOUT,
            # The node is ours and near: no proxy of the environment stands between.
            trust_env=False,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def version(self) -> str:
        """RabbitMQ's version.

        Raises:
            ManagementError: it cannot be asked, or what answers is not RabbitMQ.
        """
        overview = await self._get(_OVERVIEW)
        try:
            return str(overview["rabbitmq_version"])
        except (KeyError, TypeError):
            raise ManagementError(f"{self._urls[0]} {_STRANGE}") from None

    async def vhosts(self) -> list[str]:
        """The names of the vHosts."""
        return [row["name"] for row in await self._get("/api/vhosts?columns=name")]

    async def start_vhosts(self, names: Iterable[str]) -> None:
        """Start these vHosts, those that are there, on each node where they do not run.

        A node that joins a cluster while another one makes its vHosts may miss one of them: it is
        there, but "down" to whoever connects to that node (seen on 3.10).
        """
        wanted = set(names)
        paths = [
            f"/api/vhosts/{_part(row['name'])}/start/{_part(node)}"
            for row in await self._get("/api/vhosts?columns=name,cluster_state")
            for node, state in row.get("cluster_state", {}).items()
            if row["name"] in wanted and state == "stopped"
        ]
        await self._each(self._send("POST", path, json={}) for path in paths)

    async def depths(self) -> dict[str, dict[str, QueueDepth]]:
        """The depth of every queue, by vHost and name."""
        columns = "vhost,name,messages_ready,messages_unacknowledged,consumers"
        found: dict[str, dict[str, QueueDepth]] = {}
        for row in await self._get(f"/api/queues?columns={columns}"):
            depth = QueueDepth(
                row.get("messages_ready", 0),
                row.get("messages_unacknowledged", 0),
                row.get("consumers", 0),
            )
            found.setdefault(row["vhost"], {})[row["name"]] = depth
        return found

    async def connections(self, users: Iterable[str]) -> list[dict[str, Any]]:
        """The open AMQP connections of these users, as RabbitMQ tells them.

        Who is connected is known at once. Further facts of a connection follow within seconds,
        because RabbitMQ gathers them with its statistics; among them that it is closed, for it is
        listed until RabbitMQ sees its socket end, one heartbeat later at most.
        """
        facts = {row["name"]: row for row in await self._get("/api/connections")}
        paths = (f"/api/connections/username/{_part(user)}" for user in users)
        tracked = await self._each(self._get(path) for path in paths)
        known = (facts.get(row["name"], row) for rows in tracked for row in rows)
        return [row for row in known if row.get("state") != "closed"]

    async def apply(self, definitions: dict[str, Any]) -> None:
        """Import definitions; what is there already and agrees is left alone."""
        await self._send("POST", "/api/definitions", json=definitions, timeout=_IMPORT_TIMEOUT)

    async def let_own_user_in(self, vhosts: Iterable[str]) -> None:
        """Let the user of this API read and delete what is on vHosts, as on those of the start."""
        everything = {"configure": ".*", "write": "^$", "read": ".*"}
        await self.permit((self._user, vhost, everything) for vhost in vhosts)

    async def remove_users(self, names: Iterable[str]) -> None:
        """Remove users, whose connections RabbitMQ closes; those that are gone are."""
        await self._remove(f"/api/users/{_part(name)}" for name in names)

    async def remove_vhosts(self, names: Iterable[str]) -> None:
        """Remove vHosts with all that is on them; those that are gone are."""
        await self._remove(f"/api/vhosts/{_part(name)}" for name in names)

    async def remove_queues(self, queues: Iterable[tuple[str, str]]) -> None:
        """Remove queues, given as (vHost, name), with what is in them; those that are gone are."""
        await self._remove(f"/api/queues/{_part(vhost)}/{_part(name)}" for vhost, name in queues)

    async def _remove(self, paths: Iterable[str]) -> None:
        async def one(path: str) -> None:
            with _absent_is_fine():
                await self._send("DELETE", path, timeout=_IMPORT_TIMEOUT)

        await self._each(one(path) for path in paths)

    async def purge(self, queues: Iterable[tuple[str, str]]) -> None:
        """Empty queues, given as (vHost, name)."""
        paths = (f"/api/queues/{_part(vhost)}/{_part(name)}/contents" for vhost, name in queues)
        await self._each(self._send("DELETE", path) for path in paths)

    async def close_connection(self, name: str, reason: str) -> bool:
        """Close one connection (320 CONNECTION_FORCED - `reason`); False if it is not known.

        RabbitMQ knows the name of one that is open for some seconds: it comes with the statistics.
        """
        try:
            path = f"/api/connections/{_part(name)}"
            await self._send("DELETE", path, headers={"X-Reason": reason})
        except ManagementError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            return False
        return True

    async def queue_types(self, name: str) -> dict[str, str]:
        """The type of the queue of a name on each vHost that has one: `classic`, `quorum`."""
        rows = await self._get("/api/queues?columns=vhost,name,type")
        return {row["vhost"]: row.get("type", "") for row in rows if row["name"] == name}

    async def policies(self) -> list[tuple[str, str]]:
        """The policies there are, as (vHost, name)."""
        rows = await self._get("/api/policies")
        return [(row["vhost"], row["name"]) for row in rows]

    async def set_policy(self, vhost: str, name: str, policy: Mapping[str, Any]) -> None:
        """Make a policy, or replace that of the same name; it governs from now on."""
        await self._send("PUT", f"/api/policies/{_part(vhost)}/{_part(name)}", json=policy)

    async def remove_policy(self, vhost: str, name: str) -> None:
        """Remove a policy; one that is gone is."""
        with _absent_is_fine():
            await self._send("DELETE", f"/api/policies/{_part(vhost)}/{_part(name)}")

    async def permit(self, places: Iterable[tuple[str, str, Mapping[str, str]]]) -> None:
        """Let users do on vHosts what `configure`, `write` and `read` say, and no more."""
        await self._each(
            self._send("PUT", f"/api/permissions/{_part(vhost)}/{_part(user)}", json=rights)
            for user, vhost, rights in places
        )

    async def disconnect(self, users: Iterable[str], reason: str) -> None:
        """Close every connection of these users (320 CONNECTION_FORCED - `reason`)."""
        paths = (f"/api/connections/username/{_part(user)}" for user in users)
        await self._each(self._close_all(path, reason) for path in paths)

    async def _close_all(self, path: str, reason: str) -> None:
        """Close the connections of a path.

        RabbitMQ stumbles (500, seen on 3.10) over a connection that ends by itself just then, and
        leaves the others open: it is asked again.
        """
        for _ in range(_STUMBLES):
            try:
                await self._send("DELETE", path, headers={"X-Reason": reason})
                return
            except ManagementError as error:
                if error.status != httpx.codes.INTERNAL_SERVER_ERROR:
                    raise
                stumble = error
        raise stumble

    async def _each(self, requests: Iterable[Coroutine[Any, Any, _ResultT]]) -> list[_ResultT]:
        """The results of many requests, a bounded number of them under way together."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(request: Coroutine[Any, Any, _ResultT]) -> _ResultT:
            async with turn:
                return await request

        return await asyncio.gather(*(one(request) for request in requests))

    async def _get(self, path: str) -> Any:
        answer = await self._send("GET", path)
        try:
            return answer.json()
        except ValueError:
            raise ManagementError(f"{self._urls[0]} {_STRANGE}") from None

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = await self._answer(method, path, more)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise ManagementError(
                f"{self._urls[0]} refuses the login of {self._user}: it takes the name and the "
                "password of a user with the tag administrator"
            )
        nowhere = answer.status_code == httpx.codes.NOT_FOUND and path == _OVERVIEW
        if nowhere or answer.is_redirect:
            raise ManagementError(f"{self._urls[0]} {_STRANGE}")
        if answer.is_error:
            detail = " ".join(answer.text[:200].split())
            raise ManagementError(
                f"{self._urls[0]}{path}: {answer.status_code} {detail}", status=answer.status_code
            )
        return answer

    async def _answer(self, method: str, path: str, more: Mapping[str, Any]) -> httpx.Response:
        """The answer of the first node that gives one; it is asked first from then on."""
        trouble = ""
        for _ in range(len(self._urls)):
            url = self._urls[0]
            try:
                return await self._http.request(method, url + path, **more)
            except httpx.HTTPError as error:
                trouble = trouble or f"{url}: {_words(error)}"
                self._urls.rotate(-1)
        raise ManagementError(trouble, answered=False)


@contextmanager
def _absent_is_fine() -> Iterator[None]:
    try:
        yield
    except ManagementError as error:
        if error.status != httpx.codes.NOT_FOUND:
            raise


def _words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"no answer in {_TIMEOUT:.0f} s"
    told = str(error) or type(error).__name__
    return (
        f"no management API answers there ({told}): enable RabbitMQ's plugin rabbitmq_management, "
        "or look at the address"
    )


def _part(name: str) -> str:
    return quote(name, safe="")
