"""The conversion service as the dispatcher sees it."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Protocol

import orjson

__all__ = ["NO_CONVERTER", "REQUEST_HEADERS", "ConversionFailed", "Converter", "messages_in"]

NO_CONVERTER = "no conversion service is known to this Hub (it was started with --converter none)"


REQUEST_HEADERS: ContextVar[Mapping[str, str]] = ContextVar(
    "REQUEST_HEADERS", default=MappingProxyType({})
)
"""What a request to a service bears besides its own headers: the context of its trace."""


class ConversionFailed(Exception):
    """The conversion service refused, failed or could not be reached; the text says which."""


class Converter(Protocol):
    """What makes a conversion."""

    async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        """The messages, in JSON, that a message in JSON of a vHost becomes: none, one or several.

        Raises:
            ConversionFailed: it was refused, or the service failed.
        """

    async def close(self) -> None:
        """Let go of connections; it may be used again."""


def messages_in(answer: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The messages that an answer of the service holds, in JSON.

    Both forms are understood: `edxl` (until 2.6) and `converted_messages`.

    Raises:
        ConversionFailed: it holds neither.
    """
    converted = answer.get("converted_messages", [answer.get("edxl")])
    if not isinstance(converted, list) or not all(isinstance(one, dict) for one in converted):
        raise ConversionFailed("its answer has neither 'edxl' nor 'converted_messages'")
    try:
        return tuple(orjson.dumps(one) for one in converted)
    except orjson.JSONEncodeError:
        raise ConversionFailed("its answer is nested too deep") from None
