"""Steps of an actor's connection: come, leave, declare a queue."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubemu.scenarios.format.block import Block, Queue
from hubemu.settings import Phase

__all__ = ["Connect", "Declare", "Disconnect"]


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
