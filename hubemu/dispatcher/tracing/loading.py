"""Traces, loaded only if they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubemu.errors import InputError
from hubemu.tracing_settings import installed

if TYPE_CHECKING:
    from hubemu.dispatcher.tracing.tracing import Tracing

__all__ = ["tracing_to"]


def tracing_to(exporters: tuple[str, ...]) -> Tracing | None:
    """What makes the traces, if any are asked for.

    Raises:
        InputError: the extra is not installed, or its own variables cannot be used.
    """
    if not exporters:
        return None
    if not installed():
        problem = "traces need OpenTelemetry, which is not here: pip install 'hubemu[otel]'"
        raise InputError("--traces", problem)
    from hubemu.dispatcher.tracing.exporting import provider_to
    from hubemu.dispatcher.tracing.tracing import Tracing

    return Tracing(provider_to(exporters))
