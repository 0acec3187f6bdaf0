"""A Hub that is started for scenarios alone, again whenever one wishes another."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from hubemu.client.control import ControlClient
from hubemu.client.facts import reachable_url
from hubemu.hub import Hub
from hubemu.keys.rsa import new_key
from hubemu.pki import NewKey
from hubemu.scenarios.format.scenario import Scenario
from hubemu.scenarios.played_hub import Unfit
from hubemu.service import serve
from hubemu.settings import (
    BUILT_IN,
    EngineKind,
    Environment,
    Persistence,
    Phase,
    QueueType,
    Settings,
    quirks_without,
)

__all__ = ["ScenarioHub"]


class ScenarioHub:
    """The Hub of one run of scenarios: reset before each, started anew where its settings differ.

    Args:
        folder: where its homes are; certificates are made once for all.
        engine: what carries the messages.
        routing: routing tables, the built-in ones if `None`.
        ports: AMQPS and HTTP port, 0 for free ones.
        seed: of the Hub's random choices.
        new_key: gives keys for their certificates.
    """

    def __init__(
        self,
        folder: Path,
        engine: EngineKind = EngineKind.EMBEDDED,
        routing: Path | None = None,
        ports: tuple[int, int] = (0, 0),
        seed: int = 0,
        new_key: NewKey = new_key,
    ) -> None:
        self._folder = folder
        self._engine = engine
        self._routing = routing
        self._ports = ports
        self._seed = seed
        self._new_key = new_key
        self._settings: Settings | None = None
        self._hub: Hub | None = None
        self._life = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    @property
    def home(self) -> Path:
        """The home of the Hub that is up."""
        return self._folder / self._environment.value

    @property
    def _environment(self) -> Environment:
        return self._settings.environment if self._settings else Environment.SANDBOX

    async def prepare(self, scenario: Scenario) -> ControlClient:
        """A Hub as the scenario wishes it, empty, its clock and phase as at start.

        Raises:
            Unfit: this engine cannot give it.
            StartError: the Hub cannot start.
        """
        settings = self._wished(scenario)
        if self._hub is not None and settings == self._settings:
            await self._hub.reset()
            return self._control(self._hub)
        await self._stop()
        return await self._start(settings)

    async def restart(self) -> ControlClient:
        """Stop the Hub and start it again with the same settings.

        Raises:
            Unfit: none was started.
        """
        settings = self._settings
        if settings is None:
            raise Unfit("no Hub was started")
        await self._stop()
        return await self._start(settings)

    def _wished(self, scenario: Scenario) -> Settings:
        wishes = scenario.hub
        if self._engine not in scenario.engines:
            raise Unfit(f"not for the engine {self._engine.value}")
        environment = wishes.environment or Environment.SANDBOX
        state = wishes.state or Persistence.MEMORY
        if state is Persistence.DISK and self._engine is EngineKind.RABBITMQ:
            raise Unfit("the state of a RabbitMQ that hubemu starts is not kept")
        start = scenario.migration.start if scenario.migration else wishes.phase
        return Settings(
            home=self._folder / environment.value,
            engine=self._engine,
            rabbitmq="native" if self._engine is EngineKind.RABBITMQ else "auto",
            port=self._ports[0],
            http_port=self._ports[1],
            routing=self._routing,
            environment=environment,
            phase=start or Phase.IGC,
            ttl=wishes.ttl or 86_400,
            state=state,
            converter=wishes.converter or BUILT_IN,
            queue_type=wishes.queue_type or QueueType.QUORUM,
            models=wishes.models,
            quirks=quirks_without(wishes.without_quirks),
            seed=self._seed,
        )

    async def _start(self, settings: Settings) -> ControlClient:
        self._settings = settings
        self._hub = await self._life.enter_async_context(serve(settings, new_key=self._new_key))
        return self._control(self._hub)

    async def _stop(self) -> None:
        self._hub = None
        life, self._life = self._life, AsyncExitStack()
        await asyncio.shield(life.aclose())

    def _control(self, hub: Hub) -> ControlClient:
        token = self._settings.http_token if self._settings else None
        return ControlClient(reachable_url(hub.endpoints()["http"]), token)
