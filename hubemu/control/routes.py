"""Every path the Hub serves over HTTP: the one table of the control API."""

from __future__ import annotations

from hubemu.control.context import ApiMethod
from hubemu.control.management.endpoints import MANAGEMENT
from hubemu.control.resources.certificates import (
    BIND,
    INSPECT,
    REVOKE,
    SET_STATE,
    STATES,
    TRUST,
    bind,
    inspect,
    revoke,
    set_state,
    states,
    trust,
)
from hubemu.control.resources.check import CHECK, check
from hubemu.control.resources.clients import (
    ADD_CLIENT,
    CLIENT,
    CLIENTS,
    PUT_CLIENT,
    REMOVE_CLIENT,
    add_client,
    client,
    clients,
    put_client,
    remove_client,
)
from hubemu.control.resources.clock import ADVANCE, CLOCK, advance, clock
from hubemu.control.resources.connections import CONNECTIONS, connections
from hubemu.control.resources.convert import CONVERT, convert
from hubemu.control.resources.description import OPENAPI, openapi
from hubemu.control.resources.events import EVENTS, events
from hubemu.control.resources.faults import (
    ADD,
    CLEAR,
    KINDS,
    LOG,
    REMOVE,
    REPORT,
    RULE,
    add_fault,
    clear_faults,
    fault,
    fault_kinds,
    fault_log,
    fault_report,
    list_faults,
    remove_fault,
)
from hubemu.control.resources.faults import LIST as FAULTS
from hubemu.control.resources.health import HEALTH, READY, health, ready
from hubemu.control.resources.hub import HUB, hub
from hubemu.control.resources.inboxes import (
    CLOSE,
    INBOXES,
    OPEN,
    SET_AUTO,
    SETTLE,
    close_inbox,
    inboxes,
    open_inbox,
    set_auto,
    settle,
)
from hubemu.control.resources.messages import (
    CASES,
    CONVERSATION,
    FORGET,
    LIST,
    MESSAGE,
    RECIPES,
    cases,
    conversation,
    forget_messages,
    list_messages,
    message,
    message_recipes,
)
from hubemu.control.resources.metrics import METRICS, metrics
from hubemu.control.resources.models import (
    EXAMPLE,
    EXAMPLES,
    SCHEMA,
    example,
    examples,
    schema,
)
from hubemu.control.resources.page import PAGE, PAGE_FILE, page, page_file
from hubemu.control.resources.phase import (
    MIGRATIONS,
    PHASE,
    SET_PHASE,
    migrations,
    phase,
    set_phase,
)
from hubemu.control.resources.publish import PUBLISH, publish
from hubemu.control.resources.queue_metrics import (
    DETAILED,
    PER_OBJECT,
    detailed,
    per_object,
)
from hubemu.control.resources.reset import RESET, reset
from hubemu.control.resources.revocation import CRL, OCSP, OCSP_GET, crl, ocsp, ocsp_get
from hubemu.control.resources.routing import (
    PUT_ROUTING,
    RELOAD_ROUTING,
    ROUTING,
    TOPOLOGY,
    put_routing,
    reload_routing,
    routing,
    topology,
)
from hubemu.control.resources.scenarios import (
    ANSWER,
    CANCEL,
    RUN,
    RUN_REPORT,
    RUNS,
    START,
    answer_run,
    cancel_run,
    list_runs,
    list_scenarios,
    report,
    run,
    start_run,
)
from hubemu.control.resources.scenarios import LIST as SCENARIOS
from hubemu.control.resources.snapshots import (
    REMOVE_SNAPSHOT,
    RESTORE,
    SNAPSHOTS,
    TAKE,
    remove_snapshot,
    restore,
    snapshots,
    take,
)
from hubemu.control.resources.specs import ASYNCAPI, SPECS, asyncapi, specs
from hubemu.control.resources.stream import STREAM, stream
from hubemu.control.resources.version import VERSION, version
from hubemu.control.resources.vhosts import (
    ADD_VHOST,
    PUT_VHOST,
    REMOVE_VHOST,
    VHOST_ROW,
    VHOST_ROWS,
    add_vhost,
    put_vhost,
    remove_vhost,
    vhost,
    vhosts,
)

__all__ = ["ENDPOINTS"]

ENDPOINTS = (
    ApiMethod("GET", "/", page, PAGE),
    ApiMethod("GET", "/page/{file}", page_file, PAGE_FILE),
    ApiMethod("GET", "/health", health, HEALTH),
    ApiMethod("GET", "/actuator/health", health, HEALTH),
    ApiMethod("GET", "/ready", ready, READY),
    ApiMethod("GET", "/version", version, VERSION),
    ApiMethod("GET", "/metrics", metrics, METRICS),
    ApiMethod("GET", "/actuator/prometheus", metrics, METRICS),
    ApiMethod("GET", "/metrics/per-object", per_object, PER_OBJECT),
    ApiMethod("GET", "/metrics/detailed", detailed, DETAILED),
    ApiMethod("POST", "/convert", convert, CONVERT),
    ApiMethod("GET", "/api/v1/hub", hub, HUB),
    ApiMethod("GET", "/api/v1/topology", topology, TOPOLOGY),
    ApiMethod("GET", "/api/v1/routing", routing, ROUTING),
    ApiMethod("PUT", "/api/v1/routing", put_routing, PUT_ROUTING),
    ApiMethod("POST", "/api/v1/routing/reload", reload_routing, RELOAD_ROUTING),
    ApiMethod("GET", "/api/v1/clients", clients, CLIENTS),
    ApiMethod("POST", "/api/v1/clients", add_client, ADD_CLIENT),
    ApiMethod("GET", "/api/v1/clients/{id}", client, CLIENT),
    ApiMethod("PUT", "/api/v1/clients/{id}", put_client, PUT_CLIENT),
    ApiMethod("DELETE", "/api/v1/clients/{id}", remove_client, REMOVE_CLIENT),
    ApiMethod("GET", "/api/v1/vhosts", vhosts, VHOST_ROWS),
    ApiMethod("POST", "/api/v1/vhosts", add_vhost, ADD_VHOST),
    ApiMethod("GET", "/api/v1/vhosts/{name}", vhost, VHOST_ROW),
    ApiMethod("PUT", "/api/v1/vhosts/{name}", put_vhost, PUT_VHOST),
    ApiMethod("DELETE", "/api/v1/vhosts/{name}", remove_vhost, REMOVE_VHOST),
    ApiMethod("GET", "/api/v1/messages", list_messages, LIST),
    ApiMethod("POST", "/api/v1/messages", publish, PUBLISH),
    ApiMethod("DELETE", "/api/v1/messages", forget_messages, FORGET),
    # Before `{id}`, which would match it too: the first that fits answers.
    ApiMethod("GET", "/api/v1/messages/stream", stream, STREAM),
    ApiMethod("GET", "/api/v1/messages/cases", cases, CASES),
    ApiMethod("GET", "/api/v1/messages/{id}", message, MESSAGE),
    ApiMethod("GET", "/api/v1/messages/{id}/conversation", conversation, CONVERSATION),
    ApiMethod("GET", "/api/v1/messages/{id}/recipes", message_recipes, RECIPES),
    ApiMethod("POST", "/api/v1/check", check, CHECK),
    ApiMethod("GET", "/api/v1/examples", examples, EXAMPLES),
    ApiMethod("GET", "/api/v1/examples/{name}", example, EXAMPLE),
    ApiMethod("GET", "/api/v1/schemas/{type}", schema, SCHEMA),
    ApiMethod("GET", "/api/v1/inboxes", inboxes, INBOXES),
    ApiMethod("POST", "/api/v1/inboxes", open_inbox, OPEN),
    ApiMethod("PUT", "/api/v1/inboxes/{id}", set_auto, SET_AUTO),
    ApiMethod("DELETE", "/api/v1/inboxes/{id}", close_inbox, CLOSE),
    ApiMethod("POST", "/api/v1/inboxes/{id}/deliveries/{number}", settle, SETTLE),
    ApiMethod("GET", "/api/v1/connections", connections, CONNECTIONS),
    ApiMethod("GET", "/api/v1/events", events, EVENTS),
    ApiMethod("GET", "/api/v1/faults", list_faults, FAULTS),
    ApiMethod("POST", "/api/v1/faults", add_fault, ADD),
    ApiMethod("DELETE", "/api/v1/faults", clear_faults, CLEAR),
    ApiMethod("GET", "/api/v1/faults/log", fault_log, LOG),
    ApiMethod("GET", "/api/v1/faults/kinds", fault_kinds, KINDS),
    ApiMethod("GET", "/api/v1/faults/report", fault_report, REPORT),
    ApiMethod("GET", "/api/v1/faults/{id}", fault, RULE),
    ApiMethod("DELETE", "/api/v1/faults/{id}", remove_fault, REMOVE),
    ApiMethod("GET", "/api/v1/clock", clock, CLOCK),
    ApiMethod("POST", "/api/v1/clock", advance, ADVANCE),
    ApiMethod("GET", "/api/v1/phase", phase, PHASE),
    ApiMethod("PUT", "/api/v1/phase", set_phase, SET_PHASE),
    ApiMethod("GET", "/api/v1/migrations", migrations, MIGRATIONS),
    ApiMethod("POST", "/api/v1/certs/inspect", inspect, INSPECT),
    ApiMethod("POST", "/api/v1/certs/trust", trust, TRUST),
    ApiMethod("POST", "/api/v1/certs/revoke", revoke, REVOKE),
    ApiMethod("POST", "/api/v1/certs/bind", bind, BIND),
    ApiMethod("GET", "/api/v1/certs/crl", states, STATES),
    ApiMethod("PUT", "/api/v1/certs/crl", set_state, SET_STATE),
    ApiMethod("GET", "/crl/{list}", crl, CRL),
    ApiMethod("POST", "/ocsp/{authority}", ocsp, OCSP),
    ApiMethod("GET", "/ocsp/{authority}/{request:path}", ocsp_get, OCSP_GET),
    ApiMethod("POST", "/api/v1/reset", reset, RESET),
    ApiMethod("GET", "/api/v1/snapshots", snapshots, SNAPSHOTS),
    ApiMethod("POST", "/api/v1/snapshots", take, TAKE),
    ApiMethod("POST", "/api/v1/snapshots/{name}/restore", restore, RESTORE),
    ApiMethod("DELETE", "/api/v1/snapshots/{name}", remove_snapshot, REMOVE_SNAPSHOT),
    ApiMethod("GET", "/api/v1/scenarios", list_scenarios, SCENARIOS),
    ApiMethod("GET", "/api/v1/scenarios/runs", list_runs, RUNS),
    ApiMethod("POST", "/api/v1/scenarios/runs", start_run, START),
    ApiMethod("GET", "/api/v1/scenarios/runs/{id}", run, RUN),
    ApiMethod("GET", "/api/v1/scenarios/runs/{id}/report", report, RUN_REPORT),
    ApiMethod("DELETE", "/api/v1/scenarios/runs/{id}", cancel_run, CANCEL),
    ApiMethod("POST", "/api/v1/scenarios/runs/{id}/answer", answer_run, ANSWER),
    ApiMethod("GET", "/api/v1/openapi.json", openapi, OPENAPI),
    ApiMethod("GET", "/specs", specs, SPECS),
    ApiMethod("GET", "/specs/asyncapi.json", asyncapi, ASYNCAPI),
    *MANAGEMENT,
)
