"""A broker that somebody else runs: the topology is applied to it, or found to be there.

Variables of the environment, because they hold or lead to secrets:
    HUBEMU_RABBITMQ_MANAGEMENT  its management API, as http://user:password@host:15672
    HUBEMU_RABBITMQ_FILES       the folder of `hubemu export rabbitmq` that it was started with;
                                phases can then be changed, and its administrator is known
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from hubemu.address import authority
from hubemu.dispatcher.amqp import Address, LinkError, open_link
from hubemu.engines.rabbitmq.definitions import Administrator, definitions
from hubemu.engines.rabbitmq.management import Management, ManagementError
from hubemu.engines.rabbitmq.material import (
    ADMINISTRATOR_FILE,
    DEFINITIONS_FILE,
    enter_phase,
    read_administrator,
    show_phase,
)
from hubemu.engines.rabbitmq.version import check_version
from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.pki import Pki
from hubemu.settings import Phase
from hubemu.topology import Topology, VHostTopology

__all__ = ["ExistingNode"]

_MANAGEMENT = "HUBEMU_RABBITMQ_MANAGEMENT"
_FILES = "HUBEMU_RABBITMQ_FILES"
_AMQPS = 5671
_HTTP = 15672
_TOLD = 10
"""Missing objects that are named; of the others only the number is told."""


class ExistingNode:
    """A broker at an `amqps://host:port` URL, or a cluster at `amqps://host:port,host:port`.

    Raises:
        InputError: the URL, or a variable of the environment, cannot be used.
    """

    kind = "existing"

    def __init__(self, url: str, topology: Topology, pki: Pki) -> None:
        self.addresses = _addresses(url)
        self._topology = topology
        self._pki = pki
        named = os.environ.get(_FILES)
        self._files = Path(named) if named else None
        self.management = _management([host for host, _ in self.addresses], self._files)

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """See `Node`; where it listens is not ours to say, so `host` and `port` are not used."""
        if self._files is not None:
            show_phase(self._files, self._pki, phase)
        if self.management is not None:
            await self._apply(self.management)
        missing = [name async for name in self._missing(phase)]
        if missing:
            more = len(missing) - _TOLD
            told = ", ".join(missing[:_TOLD]) + (f" and {more} more" if more > 0 else "")
            raise StartError(
                f"{self._name} lacks {told}: import the definitions that "
                f"`hubemu export rabbitmq DIR` writes, or set {_MANAGEMENT}"
            )
        return self.addresses[0][1]

    async def stop(self) -> None:
        """See `Node`; the broker itself is left as it is."""
        if self.management is not None:
            await self.management.close()
            self.management = None

    async def show_phase(self, phase: Phase) -> None:
        """See `Node`."""
        if self._files is None:
            raise CheckFailed(
                "the certificates of this broker are not ours to change: replace them on it, or "
                f"set {_FILES} to the folder of `hubemu export rabbitmq` it was started with"
            )
        await enter_phase(self._files, self._pki, phase)

    def fault(self) -> str | None:
        """See `Node`: the dispatcher's links tell whether it is up."""
        return None

    async def _apply(self, management: Management) -> None:
        try:
            check_version(await management.version(), self._name)
            await management.start_vhosts(self._topology.vhosts)
            await management.apply(self._definitions())
        except ManagementError as error:
            raise StartError(f"the topology cannot be applied: {error}") from None

    def _definitions(self) -> dict[str, Any]:
        """What is applied: the exported definitions, which know the type of the queues, or ours."""
        if self._files is None:
            return definitions(self._topology)
        file = self._files / DEFINITIONS_FILE
        try:
            content: dict[str, Any] = json.loads(file.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(file, f"cannot be read ({error})") from None
        return content

    @property
    def _name(self) -> str:
        return ",".join(authority(*one) for one in self.addresses)

    async def _answering(self, tls: ssl.SSLContext) -> Address:
        """The first of the addresses that takes the dispatcher."""
        vhost = next(iter(self._topology.vhosts))
        trouble = ""
        for host, port in self.addresses:
            try:
                await (await open_link(Address(host, port, tls), vhost)).close()
            except LinkError as error:
                trouble = trouble or str(error)
                if error.code not in _ABSENT:
                    continue
            return Address(host, port, tls)
        raise StartError(f"{self._name} does not take the dispatcher: {trouble}")

    async def _missing(self, phase: Phase) -> AsyncIterator[str]:
        """What is not there of the topology; an absent vHost is named once."""
        address = await self._answering(self._pki.dispatcher_context(phase))
        for name, vhost in self._topology.vhosts.items():
            try:
                link = await open_link(address, name)
            except LinkError as error:
                if error.code not in _ABSENT:
                    raise StartError(f"the broker refuses the dispatcher: {error}") from None
                yield f"vHost {name} (or the dispatcher's right to it)"
                continue
            await link.close()
            async for lacking in _lacking(address, vhost):
                yield f"{lacking} on {name}"


_ABSENT = frozenset((404, 530))


async def _lacking(address: Address, vhost: VHostTopology) -> AsyncIterator[str]:
    names = [("exchange", one.name) for one in vhost.exchanges]
    names += [("queue", one.name) for one in vhost.queues]
    link = await open_link(address, vhost.name)
    try:
        for kind, name in names:
            try:
                await link.check(kind, name)
            except LinkError as error:
                if error.code not in _ABSENT:
                    raise StartError(f"{kind} {name} on {vhost.name}: {error}") from None
                yield f"{kind} {name}"
                link = await open_link(address, vhost.name)
    finally:
        await link.close()


def _addresses(url: str) -> tuple[tuple[str, int], ...]:
    wrong = InputError(
        "--rabbitmq",
        f"{url!r}: write amqps://host:port, without user, password or vHost; the nodes of a "
        "cluster with commas between",
    )
    found = []
    for place in url.removeprefix("amqps://").rstrip("/").split(","):
        try:
            parts = urlsplit(f"amqps://{place}")
            port = parts.port or _AMQPS
        except ValueError:
            raise wrong from None
        if not parts.hostname or parts.path or parts.username:
            raise wrong
        found.append((parts.hostname, port))
    return tuple(found)


def _management(hosts: list[str], files: Path | None) -> Management | None:
    url = os.environ.get(_MANAGEMENT)
    if url:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username:
            raise InputError(_MANAGEMENT, "write http://user:password@host:15672")
        user = Administrator(unquote(parts.username), unquote(parts.password or ""))
        return Management([f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"], user)
    if files is None or not (files / ADMINISTRATOR_FILE).exists():
        return None
    user = read_administrator(files)
    return Management([f"http://{authority(host, _HTTP)}" for host in hosts], user)
