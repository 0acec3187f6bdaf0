"""Every path the Hub serves over HTTP: the one table of the control API."""

from __future__ import annotations

from hubemu.control.context import Endpoint
from hubemu.control.management.endpoints import MANAGEMENT
from hubemu.control.resources.clock import ADVANCE, CLOCK, advance, clock
from hubemu.control.resources.connections import CONNECTIONS, connections
from hubemu.control.resources.description import OPENAPI, openapi
from hubemu.control.resources.events import EVENTS, events
from hubemu.control.resources.health import HEALTH, READY, health, ready
from hubemu.control.resources.hub import HUB, hub
from hubemu.control.resources.messages import (
    FORGET,
    LIST,
    MESSAGE,
    forget_messages,
    list_messages,
    message,
)
from hubemu.control.resources.metrics import METRICS, metrics
from hubemu.control.resources.page import PAGE, page
from hubemu.control.resources.phase import PHASE, SET_PHASE, phase, set_phase
from hubemu.control.resources.publish import PUBLISH, publish
from hubemu.control.resources.queue_metrics import (
    DETAILED,
    PER_OBJECT,
    detailed,
    per_object,
)
from hubemu.control.resources.reset import RESET, reset
from hubemu.control.resources.stream import STREAM, stream
from hubemu.control.resources.version import VERSION, version

__all__ = ["ENDPOINTS"]

ENDPOINTS = (
    Endpoint("GET", "/", page, PAGE),
    Endpoint("GET", "/health", health, HEALTH),
    Endpoint("GET", "/actuator/health", health, HEALTH),
    Endpoint("GET", "/ready", ready, READY),
    Endpoint("GET", "/version", version, VERSION),
    Endpoint("GET", "/metrics", metrics, METRICS),
    Endpoint("GET", "/actuator/prometheus", metrics, METRICS),
    Endpoint("GET", "/metrics/per-object", per_object, PER_OBJECT),
    Endpoint("GET", "/metrics/detailed", detailed, DETAILED),
    Endpoint("GET", "/api/v1/hub", hub, HUB),
    Endpoint("GET", "/api/v1/messages", list_messages, LIST),
    Endpoint("POST", "/api/v1/messages", publish, PUBLISH),
    Endpoint("DELETE", "/api/v1/messages", forget_messages, FORGET),
    # Before `{id}`, which would match it too: the first that fits answers.
    Endpoint("GET", "/api/v1/messages/stream", stream, STREAM),
    Endpoint("GET", "/api/v1/messages/{id}", message, MESSAGE),
    Endpoint("GET", "/api/v1/connections", connections, CONNECTIONS),
    Endpoint("GET", "/api/v1/events", events, EVENTS),
    Endpoint("GET", "/api/v1/clock", clock, CLOCK),
    Endpoint("POST", "/api/v1/clock", advance, ADVANCE),
    Endpoint("GET", "/api/v1/phase", phase, PHASE),
    Endpoint("PUT", "/api/v1/phase", set_phase, SET_PHASE),
    Endpoint("POST", "/api/v1/reset", reset, RESET),
    Endpoint("GET", "/api/v1/openapi.json", openapi, OPENAPI),
    *MANAGEMENT,
)
