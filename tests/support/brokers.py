"""Brokers that somebody else runs: RabbitMQ with exported files, as an operator would start it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubemu.engines.rabbitmq.node import free_port
from hubemu.engines.rabbitmq.process import NodeProcess
from tests.support.commands import hubemu
from tests.support.node_management import NodeManagement

__all__ = ["ExportedBroker"]

_BOOT_SECONDS = 60.0


class ExportedBroker:
    """What `hubemu export rabbitmq` wrote for a home, to be changed, started and stopped.

    Args:
        folder: where to.
        home: whose certificates; made if it is not there.
        options: of the command.
    """

    def __init__(self, folder: Path, home: Path, *options: str) -> None:
        self.folder = folder
        self.port, self.management_port = free_port(), free_port()
        done = hubemu("export", "rabbitmq", str(folder), "--home", str(home), *options)
        assert done.code == 0, done.err
        self.edit("listeners.ssl.default = 5671", f"listeners.ssl.1 = 127.0.0.1:{self.port}")
        own = f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.management_port}"
        self.edit("management.tcp.port = 15672", own)

    @property
    def url(self) -> str:
        """Its listener, as `--rabbitmq` takes it."""
        return f"amqps://127.0.0.1:{self.port}"

    @property
    def management_url(self) -> str:
        """Its management API with the login of the exported administrator."""
        known = json.loads((self.folder / "administrator.json").read_text())
        return f"http://{known['name']}:{known['password']}@127.0.0.1:{self.management_port}"

    def management(self, method: str, path: str) -> bytes:
        """Ask its management API."""
        return NodeManagement(self.folder).send(method, path)

    def edit(self, old: str, new: str, file: str = "rabbitmq.conf") -> None:
        """Change one of its files."""
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    @contextmanager
    def running(self) -> Iterator[None]:
        """The node, from when it listens until the end of the context."""
        with asyncio.Runner() as runner:
            process = NodeProcess(self.folder)
            runner.run(process.start())
            try:
                self._wait_until_it_listens(process)
                yield
            finally:
                runner.run(process.stop())

    def _wait_until_it_listens(self, process: NodeProcess) -> None:
        deadline = time.monotonic() + _BOOT_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert time.monotonic() < deadline, process.log_file.read_text()
                time.sleep(0.1)
            else:
                return
