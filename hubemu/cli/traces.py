"""The option `--traces`: where traces go, by OpenTelemetry's own variable too."""

from __future__ import annotations

import os
from typing import Annotated

from hubemu.cli.output import talk
from hubemu.cli.parameters import Option
from hubemu.tracing_settings import VARIABLE, exporters_in, installed

__all__ = ["Traces", "traces_to"]

Traces = Annotated[
    str | None,
    Option(
        metavar="otlp|console|none",
        envvar=VARIABLE,
        help="Where OpenTelemetry traces go; several with commas between (extra: hubemu[otel]).",
    ),
]


def traces_to(asked: str | None) -> tuple[str, ...]:
    """The exporters that were asked for.

    The variable may stand there for other programs: without OpenTelemetry here it is told, and no
    more. An option is meant for hubemu, so that the Hub refuses to start.

    Raises:
        InputError: one is unknown.
    """
    exporters = exporters_in(asked)
    if exporters and not installed() and os.environ.get(VARIABLE) == asked:
        talk(f"warning: {VARIABLE} is set, but there are no traces: pip install 'hubemu[otel]'")
        return ()
    return exporters
