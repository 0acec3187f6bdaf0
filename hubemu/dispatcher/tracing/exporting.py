"""Where spans go: OpenTelemetry's own variables (OTEL_*) say all that is not said here."""

from __future__ import annotations

import os
import sys

from opentelemetry.sdk.environment_variables import OTEL_SERVICE_NAME
from opentelemetry.sdk.resources import SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

from hubemu.errors import InputError
from hubemu.version import __version__

__all__ = ["provider_to"]

_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP = "http/protobuf"


def provider_to(exporters: tuple[str, ...]) -> TracerProvider:
    """A provider of our own, not the process's: a Hub may stand inside a program that has one.

    Raises:
        InputError: a variable of OpenTelemetry's asks for what is not there.
    """
    try:
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        for name in exporters:
            provider.add_span_processor(BatchSpanProcessor(_exporter(name)))
    except ValueError as error:
        raise InputError("--traces", f"OpenTelemetry refuses its settings: {error}") from error
    return provider


def _resource() -> Resource:
    made = Resource.create({SERVICE_VERSION: __version__})
    named = OTEL_SERVICE_NAME in os.environ or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    return made if named else made.merge(Resource({"service.name": "hubemu"}))


def _exporter(name: str) -> SpanExporter:
    if name == "console":
        return ConsoleSpanExporter(out=sys.stderr)
    protocol = next((os.environ[name] for name in _PROTOCOLS if os.environ.get(name)), _HTTP)
    if protocol != _HTTP:
        raise InputError(
            "--traces",
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r}, hubemu speaks {_HTTP} only: say that, "
            "with OTEL_EXPORTER_OTLP_ENDPOINT such as http://127.0.0.1:4318",
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()
