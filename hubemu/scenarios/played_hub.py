"""Where scenarios are played: a Hub that is up, or one of their own (made a floor above)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Protocol

from hubemu.client.control import ControlClient
from hubemu.scenarios.format.scenario import HubWishes, Scenario

__all__ = ["PlayedHub", "SharedHub", "Unfit", "unfit"]


class PlayedHub(Protocol):
    """A Hub to play on."""

    @property
    def home(self) -> Path:
        """Its home, for the environment of commands."""

    async def prepare(self, scenario: Scenario) -> ControlClient:
        """Have a Hub as the scenario wishes it, empty if it is nobody else's.

        Raises:
            Unfit: this scenario cannot be played here, and why.
        """

    async def restart(self) -> ControlClient:
        """Stop the Hub and start it again.

        Raises:
            Unfit: it is not ours to stop.
        """


class Unfit(Exception):
    """A scenario, or a step of it, cannot be played on this Hub; the text says why."""


class SharedHub:
    """A Hub that is up, and perhaps others' too: nothing of theirs is purged or restarted.

    Args:
        control: its control API.
        home: its home.
    """

    def __init__(self, control: ControlClient, home: Path) -> None:
        self._control = control
        self._home = home

    @property
    def home(self) -> Path:
        """Its home."""
        return self._home

    async def prepare(self, scenario: Scenario) -> ControlClient:
        """The Hub as it is, if that is what the scenario wishes.

        Raises:
            Unfit: it is not; the text says what it is.
        """
        hub = await asyncio.to_thread(self._control.get, "/api/v1/hub")
        if why := unfit(scenario, hub):
            raise Unfit(f"the Hub that is up {why}")
        return self._control

    async def restart(self) -> ControlClient:
        """Never: others may be connected.

        Raises:
            Unfit: always.
        """
        raise Unfit("the Hub that is up is not ours to restart: stop it, and one is started for it")


def unfit(scenario: Scenario, hub: dict[str, Any]) -> str | None:
    """Why a Hub that says this of itself is not what a scenario wishes; `None` if it is."""
    if hub["engine"] not in {engine.value for engine in scenario.engines}:
        return f"has the engine {hub['engine']}, which this scenario is not for"
    vhosts = {row["name"]: row for row in hub["vhosts"]}
    if missing := [name for name in scenario.vhosts if name not in vhosts]:
        return f"has no vHost {missing[0]}"
    wishes = scenario.hub
    if wishes.environment is not None and wishes.environment.value != hub["environment"]:
        return f"is of {hub['environment']}; it wishes {wishes.environment.value}"
    for name, release in wishes.models.items():
        if vhosts.get(name, {}).get("model") != release:
            return f"has another model on {name} than {release}"
    return _unmet(wishes, hub) or _other_phase(scenario, hub)


def _unmet(wishes: HubWishes, hub: dict[str, Any]) -> str | None:
    if wishes.queue_type is not None and wishes.queue_type.value != hub["queueType"]:
        return f"has {hub['queueType']} queues; it wishes {wishes.queue_type.value}"
    for wish in ("ttl", "state", "converter", "without_quirks"):
        if getattr(wishes, wish):
            return f"was not started for it: it wishes {wish.replace('_', '-')}"
    return None


def _other_phase(scenario: Scenario, hub: dict[str, Any]) -> str | None:
    start = scenario.migration.start if scenario.migration else scenario.hub.phase
    if start is not None and start.value != hub["phase"]:
        return f"is in the phase {hub['phase']}; it wishes {start.value}"
    return None
