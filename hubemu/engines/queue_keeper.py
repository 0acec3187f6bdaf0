"""What waits in the queues of the embedded broker, taken down, and put back into empty ones."""

from __future__ import annotations

from hubemu.broker.core.channel import Channel
from hubemu.broker.core.contents import BrokerContents, contents_of, put_back, withdraw
from hubemu.engines.embedded import EmbeddedEngine
from hubemu.engines.engine import Engine
from hubemu.errors import CheckFailed

__all__ = ["QueueKeeper", "keeper_of"]


class QueueKeeper:
    """Takes down, empties and fills the queues of an engine."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine

    async def contents(self) -> BrokerContents:
        """What waits; it is what waits when this returns."""
        await self._engine.settled()
        return contents_of(self._engine.broker, self._channels())

    def check(self, contents: BrokerContents) -> None:
        """See that there is a place for everything (CheckFailed: a queue is gone)."""
        vhosts = self._engine.broker.vhosts
        for vhost, queue in contents.queues:
            if vhost not in vhosts or queue not in vhosts[vhost].queues:
                raise CheckFailed(f"messages cannot be put back: {vhost} has no queue {queue}")

    async def empty(self) -> None:
        """Have nothing in any queue, nor anything that could still come back into one.

        It is so when this returns; nothing has to be told of what was there.
        """
        engine = self._engine
        while True:
            engine.broker.purge()
            withdraw(engine.broker, self._channels())
            if not engine.broker.backlog:
                return
            await engine.settled()

    def put_back(self, contents: BrokerContents, later: float) -> None:
        """Put messages into empty queues, `later` seconds after they were taken down."""
        put_back(self._engine.broker, contents, later)

    async def safe(self) -> None:
        """Wait until the disk, if there is one, has it too."""
        await self._engine.safe()

    def _channels(self) -> list[Channel]:
        server = self._engine.server
        connections = server.connections() if server is not None else []
        return [channel.core for one in connections for channel in one.open_channels]


def keeper_of(engine: Engine) -> QueueKeeper:
    """Who keeps the queues of an engine.

    Raises:
        CheckFailed: its messages cannot be put back as they were.
    """
    if not isinstance(engine, EmbeddedEngine):
        raise CheckFailed(
            "messages in RabbitMQ cannot be put back as they were (their places, ages and "
            "redelivered marks are its own): use POST /api/v1/reset and publish what a test needs; "
            "or use the embedded engine"
        )
    return QueueKeeper(engine)
