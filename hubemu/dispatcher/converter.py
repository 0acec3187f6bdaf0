"""The conversion service as the dispatcher sees it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["ConversionFailed", "Converter", "converter_at"]


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


def converter_at(url: str | None) -> Converter | None:
    """The conversion service at a URL such as `http://converter:8080`, if there is one.

    Raises:
        InputError: the URL cannot be one.
    """
    if url is None:
        return None
    # Imported here: its HTTP client would slow down the start of every Hub without a converter.
    from hubemu.dispatcher.http_converter import HttpConverter

    return HttpConverter(url)
