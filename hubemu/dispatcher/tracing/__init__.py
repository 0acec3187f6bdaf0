"""Traces of messages on their way, in OpenTelemetry's form; an extra, loaded when asked for."""

__all__: list[str] = []
