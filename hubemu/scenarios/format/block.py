"""What every part of a scenario file is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["JUDGED", "Block", "Queue", "Seconds"]

Seconds = float
Queue = Literal["message", "ack", "info"]
JUDGED = "Wait first until the Hub has judged all that was sent."
"""What `judged` means, wherever a step may say it."""


class Block(BaseModel):
    """Base of everything in a scenario file: no unknown key, keys with hyphens."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
