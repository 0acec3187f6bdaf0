"""Steps of an exchange: what actors send, receive, acknowledge and account for."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hubemu.scenarios.format.block import JUDGED, Block, Queue, Seconds
from hubemu.scenarios.format.message import MessageOrName
from hubemu.scenarios.format.text import Text

__all__ = ["Account", "Acknowledge", "Confirm", "Expect", "ExpectNone", "Send", "Settle"]

_WITHIN = 5.0


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
    judged: bool = Field(True, description=JUDGED)


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


class Account(Block):
    """Every confirmed message of a step is accounted for: received, or reported to its sender."""

    every: Literal["confirmed"] = "confirmed"
    of: str
    by: str
    within: Seconds = Field(20, gt=0)
    duplicates: bool = Field(True, description="Whether one may come more than once.")


class Confirm(Block):
    """A person says whether something is so; when hubemu plays the actor it is taken as said."""

    by: str
    ask: Text
