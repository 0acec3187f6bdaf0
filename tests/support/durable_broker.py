"""A broker core whose state is on disk, committed when a test says so, stopped or killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hubemu.broker.core import Broker
from hubemu.broker.store import DiskStore
from hubemu.clock import Clock
from tests.support.core_broker import START, VHOST, Client

__all__ = ["DurableBench", "contents"]


class DurableBench:
    """A broker on the state in `folder`; `guest` may do everything on the vHost `/`.

    Args:
        prepare: what is made of the broker before the state is recovered, as a topology is.
    """

    def __init__(
        self, folder: Path, *, at: float = START, prepare: Callable[[Broker], None] | None = None
    ) -> None:
        self.folder = folder
        self.clock = Clock(lambda: at)
        self.store = DiskStore(folder)
        self.broker = Broker(self.clock, store=self.store)
        self.broker.add_vhost(VHOST)
        self.broker.grant("guest", VHOST, ".*", ".*", ".*")
        if prepare is not None:
            prepare(self.broker)
        self._clients: list[Client] = []
        self.store.recover(self.broker)

    def client(self) -> Client:
        client = Client(self.broker)
        self._clients.append(client)
        return client

    def commit(self) -> None:
        """What a `Committer` does, at once."""
        batch = self.store.cut()
        if batch is not None:
            self.store.file.write(batch)
            self.store.file.commit()
            self.store.committed()

    def stop(self) -> None:
        """A clean end: clients go first."""
        for client in self._clients:
            client.channel.close()
            client.owner.close()
        self.commit()
        self.store.close()

    def kill(self) -> None:
        """What was not committed is lost."""
        self.store.file.close(clean=False)


def contents(bench: DurableBench, queue: str) -> list[tuple[bytes, bool]]:
    """Bodies and redelivered marks of what is ready in a queue, taken out of it."""
    client = bench.client()
    found = []
    while (got := client.channel.get(queue, no_ack=True)) is not None:
        found.append((got.message.body, got.redelivered))
    return found
