"""The message a step sends: an example of the library, drawn from the model, a file, or a change
to another."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from hubemu.scenarios.format.block import Block

__all__ = ["SOURCES", "Message", "MessageOrName"]

SOURCES = ("example", "generate", "content", "file", "like", "text")


class Message(Block):
    """One message; exactly one of the first six says where it comes from.

    `set` and `remove` change its content by JSONPath, `$` being the `message` object; `envelope`
    changes the EDXL envelope around it, `$` being the whole message.
    """

    example: str | None = Field(None, description="Name of a message of the library of examples.")
    generate: str | None = Field(None, description="A message type, drawn from the vHost's model.")
    content: dict[str, Any] | None = Field(
        None, description="The bare content: one key, the type's, and its body."
    )
    file: str | None = Field(
        None, description="A whole message or a bare content, beside this file."
    )
    like: str | None = Field(None, description="Id of an earlier step: the message it sent.")
    text: str | None = Field(None, description="The body as it is, whatever it says.")
    extent: Literal["minimal", "random", "full"] = Field(
        "minimal", description="Which optional fields a generated message has."
    )
    with_: dict[str, str] = Field(
        default_factory=dict, alias="with", description="Names that the example asks for."
    )
    set_: dict[str, Any] = Field(
        default_factory=dict, alias="set", description="JSONPath: its new value."
    )
    remove: list[str] = Field(default_factory=list, description="JSONPaths to leave out.")
    envelope: dict[str, Any] = Field(
        default_factory=dict, description="JSONPath in the envelope: its new value."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Message:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            known = ", ".join(SOURCES)
            said = f"has {' and '.join(given)}" if given else "does not say where it comes from"
            raise ValueError(f"the message {said}: give exactly one of {known}")
        return self


def _as_example(value: Any) -> Any:
    return {"example": value} if isinstance(value, str) else value


MessageOrName = Annotated[
    Message, BeforeValidator(_as_example, json_schema_input_type=Message | str)
]
"""A word is the name of an example."""
