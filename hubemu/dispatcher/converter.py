"""The conversion service as the dispatcher sees it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["ConversionFailed", "Converter"]


class ConversionFailed(Exception):
    """The conversion service refused, failed or could not be reached; the text says which."""


class Converter(Protocol):
    """What makes a conversion."""

    async def convert(self, edxl: bytes) -> tuple[bytes, ...]:
        """The messages, in JSON, that a message in JSON becomes: none, one or several.

        Raises:
            ConversionFailed: it was refused, or the service failed.
        """

    async def close(self) -> None:
        """Let go of connections; it may be used again."""
