"""A broker that somebody else runs: the topology is applied to it, or found to be there."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from typing import Any

from hubemu.address import authority
from hubemu.amqp import Address, LinkError, open_link
from hubemu.amqp.failures import version_problem
from hubemu.engines.rabbitmq.definitions import definitions
from hubemu.engines.rabbitmq.existing_settings import (
    FILES,
    MANAGEMENT,
    addresses_in,
    files_given,
    logs_given,
    management_given,
)
from hubemu.engines.rabbitmq.management import Management, ManagementError
from hubemu.engines.rabbitmq.node_files import (
    DEFINITIONS_FILE,
    enter_phase,
    show_certificate,
    show_phase,
)
from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.pki import Pki
from hubemu.settings import Phase
from hubemu.topology import DISPATCHER, Topology, VHostTopology, replicated

__all__ = ["ExistingNode"]

_NOT_OURS = (
    "the certificates of this broker are not ours to change: replace them on it, or set "
    f"{FILES} to the folder of `hubemu export rabbitmq` it was started with"
)
_TOLD = 10
"""Missing objects that are named; of the others only the number is told."""


class ExistingNode:
    """A broker at an `amqps://host:port` URL, or a cluster at `amqps://host:port,host:port`.

    Raises:
        InputError: the URL, or a variable of the environment, cannot be used.
    """

    kind = "existing"
    proxied = False
    shell = None

    def __init__(self, url: str, topology: Topology, pki: Pki) -> None:
        self.addresses = addresses_in(url)
        self.log_files = logs_given()
        self._topology = topology
        self._pki = pki
        self._files = files_given()
        self.management = management_given([host for host, _ in self.addresses], self._files)

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """See `Node`; where it listens is not ours to say, so `host` and `port` are not used."""
        if self._files is not None:
            try:
                show_phase(self._files, self._pki, phase)
            except OSError as error:
                raise InputError(
                    FILES, f"{self._files} cannot be written: {error.strerror}"
                ) from None
        if self.management is not None:
            await self._apply(self.management)
        missing = [name async for name in self._missing(phase)]
        if missing:
            more = len(missing) - _TOLD
            told = ", ".join(missing[:_TOLD]) + (f" and {more} more" if more > 0 else "")
            raise StartError(
                f"{self._name} lacks {told}: import the definitions that "
                f"`hubemu export rabbitmq DIR` writes, or set {MANAGEMENT}"
            )
        return self.addresses[0][1]

    async def stop(self) -> None:
        """See `Node`; the broker itself is left as it is."""
        if self.management is not None:
            await self.management.close()
            self.management = None

    def use_certificates(self, pki: Pki) -> None:
        """See `Node`."""
        self._pki = pki

    async def show_phase(self, phase: Phase) -> None:
        """See `Node`."""
        if self._files is None:
            raise CheckFailed(_NOT_OURS)
        await enter_phase(self._files, self._pki, phase)

    async def show_certificate(self, chain: bytes, key: bytes) -> None:
        """See `Node`."""
        if self._files is None:
            raise CheckFailed(_NOT_OURS)
        await show_certificate(self._files, chain, key)

    def fault(self) -> str | None:
        """See `Node`: the dispatcher's links tell whether it is up."""
        return None

    async def _apply(self, management: Management) -> None:
        try:
            version = await management.version()
            if (problem := version_problem("RabbitMQ", version)) is not None:
                raise StartError(f"the topology cannot be applied to {self._name}: {problem}")
            await management.start_vhosts(self._topology.vhosts)
            await management.apply(self._definitions())
        except ManagementError as error:
            raise StartError(f"the topology cannot be applied: {error}") from None

    def _definitions(self) -> dict[str, Any]:
        """What is applied: the exported definitions, which know the type of the queues, or ours."""
        if self._files is None:
            cluster = len(self.addresses) > 1
            return definitions(replicated(self._topology) if cluster else self._topology)
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
                trouble = trouble or _refusal(error)
                if error.code not in _ABSENT:
                    continue
            return Address(host, port, tls)
        raise _unusable(trouble)

    async def _missing(self, phase: Phase) -> AsyncIterator[str]:
        """What is not there of the topology; an absent vHost is named once."""
        address = await self._answering(self._pki.dispatcher_context(phase))
        for name, vhost in self._topology.vhosts.items():
            try:
                link = await open_link(address, name)
            except LinkError as error:
                if error.code not in _ABSENT:
                    raise _unusable(_refusal(error)) from None
                yield f"vHost {name} (or the dispatcher's right to it)"
                continue
            await link.close()
            async for lacking in _lacking(address, vhost):
                yield f"{lacking} on {name}"


_ABSENT = frozenset((404, 530))
_ACCESS_REFUSED = 403


def _refusal(error: LinkError) -> str:
    """Why a link was not opened; what AMQP's own words leave open is added."""
    if error.code != _ACCESS_REFUSED:
        return str(error)
    return (
        f"{error} Probably it has no user {DISPATCHER}: import the definitions that `hubemu export "
        "rabbitmq` writes (3.10 drops a faulty file without a word); or ssl_cert_login_from is not "
        "common_name"
    )


def _unusable(trouble: str) -> StartError:
    return StartError(f"the dispatcher cannot use RabbitMQ at {trouble}")


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
