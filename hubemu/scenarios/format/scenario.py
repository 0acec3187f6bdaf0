"""A whole scenario file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from hubemu.scenarios.format.block import Block
from hubemu.scenarios.format.steps import Step
from hubemu.scenarios.format.text import Text
from hubemu.settings import EngineKind, Environment, Persistence, Phase, QueueType

__all__ = ["Actor", "HubWishes", "Migration", "Scenario"]


class Actor(Block):
    """Who takes part: a client of the Hub."""

    id: str
    vhost: str | None = Field(None, description="Where it connects, if not on the scenario's.")
    name: Text | None = Field(None, description="What people call it, such as SAMU 77.")
    certificate: Literal["legacy", "igc"] | None = Field(
        None, description="Which of its certificates; without it that of the Hub's phase."
    )


def _as_actor(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_ActorOrId = Annotated[Actor, BeforeValidator(_as_actor, json_schema_input_type=Actor | str)]


class HubWishes(Block):
    """How the Hub must have been started; only what matters to the scenario."""

    environment: Environment | None = None
    phase: Phase | None = None
    ttl: int | None = Field(None, ge=1, description="Seconds a message lives in a client's queue.")
    state: Persistence | None = None
    queue_type: QueueType | None = Field(None, alias="queue-type")
    converter: str | None = None
    models: dict[str, str] = Field(default_factory=dict, description="vHost: its model release.")
    without_quirks: list[str] = Field(default_factory=list, alias="without-quirks")


class Migration(Block):
    """The certificate migration the scenario goes through."""

    start: Phase = Field(description="The phase at its beginning; steps lead on.")


class Scenario(Block):
    """A story between clients of the Hub, whose every step is checked."""

    title: Text
    description: Text | None = None
    case: str | None = Field(None, description="The recette case, such as Didier MOREL.")
    proves: list[str] = Field(
        default_factory=list, description="Requirements that its steps prove unless they say more."
    )
    engines: list[EngineKind] = Field(
        default_factory=lambda: [EngineKind.EMBEDDED, EngineKind.RABBITMQ],
        description="Engines it can be played on.",
    )
    hub: HubWishes = Field(default_factory=HubWishes)
    vhosts: Annotated[
        list[str], BeforeValidator(_as_list, json_schema_input_type=list[str] | str)
    ] = Field(min_length=1, description="vHost, or several: it is played once on each.")
    clients: dict[str, _ActorOrId] = Field(min_length=1, description="The actors by name.")
    variables: dict[str, str] = Field(default_factory=dict, description="Texts by name.")
    faults: list[dict[str, Any]] = Field(
        default_factory=list, description="Fault rules in force from the start."
    )
    migration: Migration | None = None
    steps: list[Step] = Field(min_length=1)
