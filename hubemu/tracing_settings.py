"""Whether traces are asked for, and where they go, in OpenTelemetry's terms; it is not imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec

from hubemu.errors import InputError
from hubemu.suggestions import did_you_mean

__all__ = ["EXPORTERS", "VARIABLE", "exporters_in", "installed"]

EXPORTERS = ("otlp", "console")
"""Where traces can go: a collector (OTEL_EXPORTER_OTLP_*), or the terminal."""
VARIABLE = "OTEL_TRACES_EXPORTER"
_NONE = "none"


def exporters_in(text: str | None, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The exporters that a text such as `otlp,console` names; none while the SDK is disabled.

    Raises:
        InputError: one is unknown.
    """
    names = [name for name in (part.strip() for part in (text or "").split(",")) if name]
    for name in names:
        if name not in (*EXPORTERS, _NONE):
            known = [*EXPORTERS, _NONE]
            hint = did_you_mean(name, known).rstrip()
            problem = f"{name!r} is no exporter of traces; use {', '.join(known)}"
            raise InputError("--traces", f"{problem}; {hint}" if hint else problem)
    if _NONE in names or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return ()
    return tuple(dict.fromkeys(names))


def installed() -> bool:
    """Whether the extra `otel` is there."""
    if find_spec("opentelemetry") is None:
        return False
    return find_spec("opentelemetry.sdk") is not None
