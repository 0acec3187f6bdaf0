"""A Hub of a test's own, with awaitable methods."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar
from urllib.parse import quote

from hubemu.address import authority
from hubemu.client.environment import client_environment
from hubemu.client.facts import HubFacts
from hubemu.errors import InputError
from hubemu.hub import Hub as RunningHub
from hubemu.keys.rsa import new_key
from hubemu.pki import NewKey
from hubemu.scenarios.format.text import Language
from hubemu.scenarios.library import find_scenario
from hubemu.scenarios.played_hub import SharedHub
from hubemu.scenarios.playing.audience import Silent
from hubemu.scenarios.playing.player import PlayOptions, play
from hubemu.scenarios.reading import KnownNames, read_scenario
from hubemu.scenarios.results import ScenarioResult
from hubemu.service import serve
from hubemu.settings import (
    ClockPace,
    EngineKind,
    Environment,
    Persistence,
    Phase,
    QueueType,
    Settings,
    begin_of,
    quirks_without,
    stands,
)
from hubemu.temporary_home import temporary_home
from hubemu.testing.async_client import AsyncClient
from hubemu.testing.controls import Clock, Faults, Journal
from hubemu.testing.frames import TOLD
from hubemu.testing.snapshots import AsyncSnapshot

__all__ = ["AsyncHub"]
__tracebackhide__ = TOLD

Given = ParamSpec("Given")
ResultT = TypeVar("ResultT")
DEFAULT_VHOST = "15-15_v2.0"


class AsyncHub:
    """A Hub on free ports, in a temporary home, for the life of an `async with`.

    Args:
        engine: `embedded` or `rabbitmq`.
        routing: routing tables instead of the built-in ones.
        home: a home that is kept; certificates are made once for all that use it.
        phase: `legacy`, `dual` or `igc`.
        ttl: seconds a message lives in a client's queue.
        environment: `bac-a-sable`, `pre-prod` or `prod`.
        state: `memory` or `disk`.
        queue_type: of the clients' queues, `quorum` or `classic`.
        models: model release by vHost.
        without_quirks: reproduced faults of the real Hub that are turned off.
        seed: of the random choices of faults, and of ids; drawn if not given.
        now: where the Hub's clock begins, as an aware `datetime` or as on the command line.
        clock: `stands` until it is moved (the default with `now`), or `runs`.

    Raises:
        InputError: an argument cannot be used.
    """

    def __init__(  # noqa: PLR0913 (keywords, each as on the command line)
        self,
        *,
        engine: str = "embedded",
        routing: Path | str | None = None,
        home: Path | str | None = None,
        phase: str = "igc",
        ttl: int = 86_400,
        environment: str = "bac-a-sable",
        state: str = "memory",
        queue_type: str = "quorum",
        models: Mapping[str, str] | None = None,
        without_quirks: tuple[str, ...] = (),
        seed: int | None = None,
        now: str | datetime | None = None,
        clock: str | None = None,
    ) -> None:
        self._given_home = Path(home) if home is not None else None
        begins = None if now is None else begin_of("now", now)
        pace = None if clock is None else _one_of(ClockPace, clock, "clock")
        self._made = {
            "begins": begins,
            "stands": stands(begins, pace),
            "engine": _one_of(EngineKind, engine, "engine"),
            "rabbitmq": "auto",
            "port": 0,
            "http_port": 0,
            "routing": Path(routing) if routing is not None else None,
            "environment": _one_of(Environment, environment, "environment"),
            "phase": _one_of(Phase, phase, "phase"),
            "ttl": ttl,
            "state": _one_of(Persistence, state, "state"),
            "queue_type": _one_of(QueueType, queue_type, "queue_type"),
            "models": dict(models or {}),
            "quirks": quirks_without(without_quirks),
        } | ({} if seed is None else {"seed": seed})
        self._life = AsyncExitStack()
        self._hub: RunningHub | None = None
        self._snapshots = 0

    async def __aenter__(self) -> Self:
        home = self._given_home
        keys: NewKey = new_key
        if home is None:
            passing = self._life.enter_context(temporary_home("test-"))
            home, keys = passing.path / "home", passing.new_key
        settings = Settings(home=home, **self._made)
        try:
            self._hub = await self._life.enter_async_context(serve(settings, new_key=keys))
        except BaseException:
            await self._life.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._hub = None
        await self._life.aclose()

    @property
    def running(self) -> RunningHub:
        """The Hub itself.

        Raises:
            RuntimeError: outside of the `with`.
        """
        if self._hub is None:
            raise RuntimeError("the Hub is up within `with` only")
        return self._hub

    @property
    def facts(self) -> HubFacts:
        """What the Hub says of itself now."""
        return HubFacts.of(self.running.reports.hub())

    @property
    def endpoints(self) -> dict[str, Any]:
        """What `endpoints.json` says."""
        return self.running.endpoints()

    @property
    def http(self) -> str:
        """The URL of the control API."""
        return str(self.endpoints["http"])

    @property
    def certs(self) -> Path:
        """The folder of the certificates."""
        return Path(self.endpoints["certs"])

    def url(self, vhost: str = DEFAULT_VHOST) -> str:
        """The `amqps://` URL of a vHost.

        Raises:
            InputError: the Hub has no such vHost.
        """
        facts = self.facts
        facts.require_vhost(vhost)
        return f"amqps://{authority(facts.host, facts.port)}/{quote(vhost, safe='')}"

    def environment(self, client: str, vhost: str = DEFAULT_VHOST) -> dict[str, str]:
        """The environment variables of `hubemu env` for a client.

        Raises:
            InputError: the Hub has no such client or vHost.
        """
        return client_environment(self.facts, self.running.home.path, client, vhost)

    def client(self, client: str, vhost: str = DEFAULT_VHOST) -> AsyncClient:
        """A client, connected by `async with` or `connect`.

        Raises:
            InputError: the Hub has no such client or vHost.
        """
        new_id = partial(self.running.ids.next, f"messages of {client} on {vhost}")
        return AsyncClient(client, vhost, self.facts, new_id)

    async def reset(self) -> None:
        """Empty queues and journal, no faults; clients, phase and clock as at start."""
        await self.running.reset()

    async def snapshot(self, name: str | None = None) -> AsyncSnapshot:
        """The Hub as it is now: messages waiting, journal, faults, phase, clock, clients, vHosts.

        A reset leaves snapshots alone. Without a name it gets one of its own, else it takes the
        place of the one of that name.

        Raises:
            CheckFailed: there are too many, or the engine cannot put messages back.
            InputError: the name cannot be one.
        """
        if name is None:
            self._snapshots += 1
            name = f"snapshot-{self._snapshots}"
        await self.running.snapshots.take(name, replace=True)
        return AsyncSnapshot(self.running, name)

    @property
    def faults(self) -> AsyncFaults:
        """Its fault rules."""
        return AsyncFaults(Faults(self.facts.control))

    @property
    def clock(self) -> AsyncClock:
        """Its clock."""
        return AsyncClock(Clock(self.facts.control))

    @property
    def journal(self) -> AsyncJournal:
        """What became of each message."""
        return AsyncJournal(Journal(self.facts.control))

    async def play(
        self,
        scenario: str | Path,
        *,
        external: tuple[str, ...] = (),
        seed: int = 0,
        lang: Language = "en",
        patience: float = 60.0,
        vhosts: tuple[str, ...] = (),
    ) -> ScenarioResult:
        """Play a scenario on this Hub: one that ships, or a file; `external` are client ids that
        the software under test plays.

        Raises:
            InputError: there is no such scenario, or it has mistakes.
        """
        known = KnownNames.of(self.running.tables)
        file = read_scenario(find_scenario(str(scenario)), known)
        options = PlayOptions(
            seed=seed,
            lang=lang,
            outside=frozenset(external),
            patience=patience,
            vhosts=frozenset(vhosts),
        )
        stage = SharedHub(self.facts.control, self.running.home.path)
        return await play(file, stage, options, Silent())


def _awaitable(call: Callable[Given, ResultT]) -> Callable[Given, Awaitable[ResultT]]:
    @wraps(call)
    async def awaited(*given: Given.args, **named: Given.kwargs) -> ResultT:
        return await asyncio.to_thread(call, *given, **named)

    return awaited


class AsyncFaults:
    """`Faults` with awaitable methods."""

    def __init__(self, faults: Faults) -> None:
        self.add = _awaitable(faults.add)
        self.list = _awaitable(faults.list)
        self.clear = _awaitable(faults.clear)


class AsyncClock:
    """`Clock` with awaitable methods."""

    def __init__(self, clock: Clock) -> None:
        self.advance = _awaitable(clock.advance)


class AsyncJournal:
    """`Journal` with awaitable methods."""

    def __init__(self, journal: Journal) -> None:
        self.messages = _awaitable(journal.messages)
        self.message = _awaitable(journal.message)
        self.text = _awaitable(journal.text)


def _one_of(kind: Any, given: str, name: str) -> Any:
    try:
        return kind(given)
    except ValueError:
        allowed = ", ".join(one.value for one in kind)
        raise InputError(name, f"{given!r}: use one of {allowed}") from None
