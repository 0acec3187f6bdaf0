"""A private `rabbitmq-server` node: own ports, own folder, own port mapper, gone when we are."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from hubemu.engines.rabbitmq.config import BrokerConfig
from hubemu.engines.rabbitmq.erlang import ErlangShell
from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.node import check_free, free_port, reachable, wait_until_up
from hubemu.engines.rabbitmq.node_data import remove_data
from hubemu.engines.rabbitmq.node_files import (
    enter_phase,
    new_administrator,
    show_certificate,
    show_phase,
    write_material,
)
from hubemu.engines.rabbitmq.process import NodeProcess, erl_call_is_there
from hubemu.pki import Pki
from hubemu.settings import Phase
from hubemu.topology import Topology

__all__ = ["NativeNode"]

_LOCAL = "127.0.0.1"


class NativeNode:
    """A node of our own, with everything of it in `folder`, its data in memory where there is room.

    Args:
        folder: its configuration, data and log; the data are removed at the end.
        topology: what it is to carry.
        pki: the Hub's certificates.
        proxied: whether a relay stands before it.
    """

    kind = "native"

    def __init__(
        self, folder: Path, topology: Topology, pki: Pki, *, proxied: bool = False
    ) -> None:
        self.proxied = proxied
        self._folder = folder
        self._topology = topology
        self._pki = pki
        self._process = NodeProcess(folder)
        self.shell = ErlangShell(self._process.evaluate)
        self.addresses: tuple[tuple[str, int], ...] = ()
        self.management: Management | None = None

    @property
    def log_files(self) -> Sequence[Path]:
        """See `Node`."""
        return (self._process.log_file,)

    async def start(self, host: str, port: int, phase: Phase) -> int:
        """See `Node`."""
        port = port or free_port(host)
        check_free(host, port)
        self.addresses = ((reachable(host), port),)
        remove_data(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)
        administrator = new_administrator()
        config = BrokerConfig(
            folder=PurePosixPath(self._folder),
            host=host,
            port=port,
            management_host=_LOCAL,
            management_port=free_port(),
            proxied=self.proxied,
            lasting=False,
            asked=erl_call_is_there(),
        )
        write_material(self._folder, self._topology, config, administrator=administrator)
        show_phase(self._folder, self._pki, phase)
        url = f"http://{_LOCAL}:{config.management_port}"
        self.management = Management([url], administrator)
        await self._process.start()
        await wait_until_up(self, list(self._topology.vhosts))
        self.shell.alone = config.asked
        await self.shell.try_out()
        return port

    async def stop(self) -> None:
        """See `Node`."""
        if self.management is not None:
            await self.management.close()
            self.management = None
        await self._process.stop()

    def use_certificates(self, pki: Pki) -> None:
        """See `Node`."""
        self._pki = pki

    async def show_phase(self, phase: Phase) -> None:
        """See `Node`."""
        await enter_phase(self._folder, self._pki, phase, self.shell)

    async def show_certificate(self, chain: bytes, key: bytes) -> None:
        """See `Node`."""
        await show_certificate(self._folder, chain, key, self.shell)

    def fault(self) -> str | None:
        """See `Node`."""
        return self._process.fault()
