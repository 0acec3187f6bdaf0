"""The steps of a scenario: what each kind may say.

An actor (`as`, `by`, `to`) is a name of the scenario's `clients`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from hubemu.scenarios.format.block import Block, Seconds
from hubemu.scenarios.format.connection_steps import Connect, Declare, Disconnect
from hubemu.scenarios.format.exchange_steps import (
    Account,
    Acknowledge,
    Confirm,
    Expect,
    ExpectNone,
    Send,
    Settle,
)
from hubemu.scenarios.format.hub_steps import Clock, FaultSwitch, PhaseChange, Run
from hubemu.scenarios.format.text import Text
from hubemu.settings import Phase

__all__ = ["ACTIONS", "Step"]


def _to_phase(value: Any) -> Any:
    return {"to": value} if isinstance(value, str) else value


def _to_run(value: Any) -> Any:
    return {"command": value} if isinstance(value, str | list) else value


ACTIONS = (
    "send",
    "expect",
    "expect-none",
    "acknowledge",
    "reject",
    "connect",
    "disconnect",
    "declare",
    "account",
    "confirm",
    "fault",
    "phase",
    "clock",
    "restart-hub",
    "wait",
    "run",
    "note",
)
"""The keys one of which says what a step does."""


class Step(Block):
    """One step: what it does, under exactly one of the keys from `send` to `note`."""

    id: str | None = Field(None, description="Name by which later steps refer to it.")
    title: Text | None = None
    proves: list[str] = Field(default_factory=list, description="Ids of requirements.")
    only: list[str] = Field(default_factory=list, description="vHosts on which it is played.")
    send: Send | None = None
    expect: Expect | None = None
    expect_none: ExpectNone | None = Field(None, alias="expect-none")
    acknowledge: Acknowledge | None = None
    reject: Settle | None = None
    connect: Connect | None = None
    disconnect: Disconnect | None = None
    declare: Declare | None = None
    account: Account | None = None
    confirm: Confirm | None = None
    fault: FaultSwitch | None = None
    phase: (
        Annotated[
            PhaseChange, BeforeValidator(_to_phase, json_schema_input_type=PhaseChange | Phase)
        ]
        | None
    ) = None
    clock: Clock | None = None
    restart_hub: Literal["clean"] | None = Field(None, alias="restart-hub")
    wait: Seconds | None = Field(None, gt=0, le=600)
    run: (
        Annotated[Run, BeforeValidator(_to_run, json_schema_input_type=Run | str | list[str])]
        | None
    ) = None
    note: Text | None = None

    @model_validator(mode="after")
    def _one_action(self) -> Step:
        given = [name for name in ACTIONS if getattr(self, name.replace("-", "_")) is not None]
        if len(given) != 1:
            said = f"does {' and '.join(given)}" if given else "does nothing"
            raise ValueError(f"the step {said}: give exactly one of {', '.join(ACTIONS)}")
        return self

    @property
    def action(self) -> str:
        """The key that says what it does."""
        return next(name for name in ACTIONS if getattr(self, name.replace("-", "_")) is not None)
