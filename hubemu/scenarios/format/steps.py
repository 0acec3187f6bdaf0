"""The steps of a scenario: what each kind may say.

An actor (`as`, `by`, `to`) is a name of the scenario's `clients`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from hubemu.scenarios.format.message import Block, MessageOrName
from hubemu.scenarios.format.text import Text
from hubemu.settings import Phase

__all__ = [
    "ACTIONS",
    "Account",
    "Acknowledge",
    "Clock",
    "Confirm",
    "Connect",
    "Declare",
    "Disconnect",
    "Expect",
    "ExpectNone",
    "FaultSwitch",
    "PhaseChange",
    "Run",
    "Send",
    "Settle",
    "Step",
]

Queue = Literal["message", "ack", "info"]
Seconds = float
_WITHIN = 5.0
_JUDGED = "Wait first until the Hub has judged all that was sent."


class Send(Block):
    """An actor publishes a message."""

    as_: str = Field(alias="as", description="The actor who sends.")
    to: str = Field(description="The recipient: an actor, or any client id.")
    message: MessageOrName = Field(description="What; a word is the name of an example.")
    format: Literal["json", "xml"] = "json"
    signed: str | None = Field(None, description="senderID, if not the actor's own.")
    age: Seconds = Field(0, description="Seconds ago at which it says it was written.")
    persistent: bool = True
    content_type: str | None = Field(
        None, alias="content-type", description="Declared instead of the format's own."
    )
    key: str | None = Field(None, description="Routing key, if not the actor's id.")
    times: int = Field(1, ge=1, le=10_000, description="How many such messages.")
    again: bool = Field(
        False,
        description="After a lost connection or a nack: connect again and repeat what was not "
        "confirmed.",
    )
    refused: str | None = Field(None, description="The broker must refuse it, with these words.")
    type: str | None = Field(None, description="Type that software playing the actor must send.")
    check: dict[str, Any] = Field(
        default_factory=dict, description="JSONPath: the value it must have in what is sent."
    )
    capture: dict[str, str] = Field(
        default_factory=dict, description="Variable: the JSONPath whose value it gets."
    )


class Expect(Block):
    """An actor receives a message, or a report."""

    by: str = Field(description="The actor who receives.")
    queue: Queue = "message"
    of: str | None = Field(
        None,
        description="Step whose message it is, or is about; without it the last one that fits.",
    )
    type: str | None = None
    from_: str | None = Field(None, alias="from")
    kind: str | None = None
    format: Literal["json", "xml"] | None = None
    fields: dict[str, Any] = Field(
        default_factory=dict, description="JSONPath in the `message` object: its value, or a rule."
    )
    equals: dict[str, Any] = Field(
        default_factory=dict, description="JSONPath: the whole subtree that must stand there."
    )
    envelope: dict[str, Any] = Field(
        default_factory=dict, description="JSONPath in the whole message: its value, or a rule."
    )
    same: bool = Field(False, description="Its content is that of the message that was sent.")
    error: int | None = Field(None, description="Code of the error report.")
    cause: str | None = Field(None, description="Words in its cause.")
    problems: list[dict[str, Any]] = Field(
        default_factory=list,
        description="Problems the journal tells: each given key (path, rule, expected, got) holds.",
    )
    unreadable: bool = Field(False, description="What comes can be read by nobody.")
    copies: int = Field(1, ge=1, le=1_000, description="How often it must come.")
    within: Seconds = Field(_WITHIN, gt=0, description="Seconds to wait.")
    then: Literal["ack", "reject", "requeue", "keep"] = Field(
        "ack", description="What the actor tells the broker."
    )
    capture: dict[str, str] = Field(default_factory=dict)
    confirm: Text | None = Field(
        None, description="Question to the person when software plays the actor."
    )


class ExpectNone(Block):
    """An actor receives nothing (of a step's message, if one is named)."""

    by: str
    queue: Queue = "message"
    of: str | None = None
    seconds: Seconds = Field(0.3, gt=0)
    judged: bool = Field(True, description=_JUDGED)


class Acknowledge(Block):
    """An actor sends the acknowledgement of final reception (RC-REF) of a message."""

    as_: str = Field(alias="as")
    of: str | None = Field(None, description="Step whose message; without it the last received.")
    format: Literal["json", "xml"] | None = Field(None, description="Without it, as it came.")
    set_: dict[str, Any] = Field(default_factory=dict, alias="set")


class Settle(Block):
    """An actor refuses a message it keeps (`then: keep`): nack without requeue."""

    as_: str = Field(alias="as")
    of: str | None = None
    requeue: bool = False


class FaultSwitch(Block):
    """A fault rule is put in force, or taken back."""

    on: dict[str, Any] | None = Field(None, description="The rule, as for `POST /api/v1/faults`.")
    off: str | None = Field(None, description="Id of the rule to end, or `all`.")
    struck: bool = Field(True, description="A rule that never struck makes it inconclusive.")

    @model_validator(mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        """YAML 1.1 reads the keys `on` and `off` as true and false."""
        if not isinstance(given, dict):
            return given
        return {{True: "on", False: "off"}.get(key, key): value for key, value in given.items()}

    @model_validator(mode="after")
    def _one(self) -> FaultSwitch:
        if (self.on is None) == (self.off is None):
            raise ValueError("a fault is put on or off: give exactly one of on, off")
        return self


class PhaseChange(Block):
    """The next phase of the migration to IGC Santé, or a step of any change of certificates."""

    to: Phase | None = None
    migration: str | None = Field(None, description="As `hubemu rehearse --migration` names it.")
    step: str | None = Field(None, description="The step of `migration`.")
    disconnect: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> PhaseChange:
        both = (self.migration is not None, self.step is not None)
        if both != (self.to is None, self.to is None):
            raise ValueError("give to (a phase), or migration and step")
        return self

    @property
    def name(self) -> str:
        """The phase or the step."""
        return self.step or (self.to.value if self.to is not None else "")


def _to_phase(value: Any) -> Any:
    return {"to": value} if isinstance(value, str) else value


class Clock(Block):
    """The Hub's clock is moved forward."""

    advance: Seconds = Field(gt=0)
    judged: bool = Field(True, description=_JUDGED)


class Run(Block):
    """A command is run, with the environment of `hubemu env`."""

    command: list[str] | str = Field(description="Words; a single text is split as a shell does.")
    as_: str | None = Field(None, alias="as", description="The actor whose environment it gets.")
    code: int = Field(0, description="Exit code that is expected.")
    out: str | None = Field(None, description="Words in what it prints.")
    within: Seconds = Field(60, gt=0)


def _to_run(value: Any) -> Any:
    return {"command": value} if isinstance(value, str | list) else value


class Connect(Block):
    """An actor connects, or is refused."""

    as_: str = Field(alias="as")
    certificate: Literal["legacy", "igc"] | None = None
    trusts: Phase | None = Field(None, description="Trust store of that phase.")
    certificate_of: str | None = Field(
        None, alias="certificate-of", description="Its certificate as it was at that phase step."
    )
    trusts_of: str | None = Field(
        None, alias="trusts-of", description="The trust store as it was at that phase step."
    )
    pins: str | None = Field(
        None, description="It trusts only the certificate that the Hub had at that phase step."
    )
    refused: str | None = Field(None, description="It must be refused, with these words.")


class Disconnect(Block):
    """An actor leaves; what it did not acknowledge goes back to its queue."""

    as_: str = Field(alias="as")


class Declare(Block):
    """An actor declares a queue of its own."""

    as_: str = Field(alias="as")
    queue: Queue = "message"
    passive: bool = True
    refused: str | None = Field(None, description="It must be refused, with these words.")
    holds: int | None = Field(None, description="Messages that must be ready in it.")


class Confirm(Block):
    """A person says whether something is so; when hubemu plays the actor it is taken as said."""

    by: str
    ask: Text


class Account(Block):
    """Every confirmed message of a step is accounted for: received, or reported to its sender."""

    every: Literal["confirmed"] = "confirmed"
    of: str
    by: str
    within: Seconds = Field(20, gt=0)
    duplicates: bool = Field(True, description="Whether one may come more than once.")


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
