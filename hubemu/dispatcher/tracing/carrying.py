"""The context of a trace in the headers of a message: `traceparent`, `tracestate`, `baggage`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.context import Context
from opentelemetry.propagate import extract, inject
from opentelemetry.propagators.textmap import Getter

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.properties import headers, replace_headers

__all__ = ["carried_in", "context_in", "context_of", "with_context"]


class _Texts(Getter[Mapping[str, Any]]):
    """Headers of AMQP as a propagator reads them: only texts count."""

    def get(self, carrier: Mapping[str, Any], key: str) -> list[str] | None:
        """The text of a header, in a list."""
        value = carrier.get(key)
        return [value] if isinstance(value, str) else None

    def keys(self, carrier: Mapping[str, Any]) -> list[str]:
        """The names."""
        return list(carrier)


_TEXTS = _Texts()


def context_in(header: bytes) -> Context:
    """The context that raw properties carry; an empty one if none, or none that can be read."""
    try:
        table = headers(header)
    except MalformedError:
        table = None
    return context_of(table or {})


def context_of(carrier: Mapping[str, Any]) -> Context:
    """The context that headers by name carry."""
    # Nothing of the process's own context: a message belongs to its sender's trace alone.
    return extract(carrier, Context(), _TEXTS)


def carried_in(context: Context) -> dict[str, str]:
    """The headers that carry a context."""
    carrier: dict[str, str] = {}
    inject(carrier, context)
    return carrier


def with_context(header: bytes, context: Context) -> bytes:
    """Raw properties that carry a context instead of what they carried."""
    carried = carried_in(context)
    return replace_headers(header, {**(headers(header) or {}), **carried}) if carried else header
