"""The document: what a client of the Hub sends and receives, one vHost or all of them.

It is told from the client's side: a client sends to the exchange and receives from its queues.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.asyncapi.payloads import message_component, schema_components
from hubemu.dispatcher import VHostContext
from hubemu.messages import Release
from hubemu.topology import HUB_EXCHANGE
from hubemu.version import __version__

__all__ = ["Listener", "asyncapi_document"]

_VERSION = "0.3.0"
"""Of the AMQP bindings."""
_KINDS = {
    "message": "what other clients send, dead or alive: cases, resources, positions",
    "ack": "acknowledgements (RC-REF, distributionKind Ack) of messages this client sent",
    "info": "error reports of the Hub and of other clients (distributionKind Error)",
}
_TYPES_OF = {"ack": frozenset({"RC-REF"}), "info": frozenset({"RS-ERROR", "RS-INFO"})}
_REPORT = "RS-ERROR"
"""What the Hub itself sends, on every vHost."""

_INTRODUCTION = (
    "AMQP 0-9-1 over mutual TLS, login by certificate (SASL EXTERNAL), one vHost per perimeter and "
    "version. A client publishes to the exchange `hubsante` with its own id as the routing key, "
    "persistent (delivery mode 2), and consumes its three queues. Bodies are EDXL-DE messages in "
    "JSON or XML, as their content type says. Written from the point of view of a client; made "
    "from the topology and the model releases of this Hub."
)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where clients connect."""

    host: str
    port: int


def asyncapi_document(listener: Listener, vhosts: Iterable[VHostContext]) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of these vHosts."""
    contexts = tuple(vhosts)
    releases = {context.release.name: context.release for context in contexts}
    one = f" - vHost {contexts[0].name}" if len(contexts) == 1 else ""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Hub Santé (hubemu){one}",
            "version": __version__,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {context.name: _server(listener, context) for context in contexts},
        "channels": {name: one for context in contexts for name, one in _channels(context)},
        "operations": {name: one for context in contexts for name, one in _operations(context)},
        "components": _components(releases.values()),
    }


def _server(listener: Listener, context: VHostContext) -> dict[str, Any]:
    return {
        "host": f"{listener.host}:{listener.port}",
        "pathname": f"/{context.name}",
        "protocol": "amqps",
        "protocolVersion": "0.9.1",
        "description": f"vHost {context.name}, model release {context.release.name}",
        "security": [{"$ref": "#/components/securitySchemes/certificate"}],
    }


def _channels(context: VHostContext) -> Iterator[tuple[str, dict[str, Any]]]:
    yield f"{context.name}.{HUB_EXCHANGE}", _exchange(context)
    for kind, what in _KINDS.items():
        yield f"{context.name}.{kind}", _queues(context, kind, what)


def _exchange(context: VHostContext) -> dict[str, Any]:
    """Where clients publish."""
    name = context.name
    senders = sorted(key for key in context.senders if key in context.clients)
    exchange = {"name": HUB_EXCHANGE, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": "{client}",
        "title": f"exchange {HUB_EXCHANGE} of {name}",
        "description": "The routing key is the sender's own client id; the recipient stands in "
        "the message (explicitAddressValue)",
        "servers": [{"$ref": f"#/servers/{name}"}],
        "parameters": {"client": {"description": "id of the sender", "enum": senders}},
        "messages": _messages(context, context.allowed),
        "bindings": _binding({"is": "routingKey", "exchange": exchange | {"vhost": name}}),
    }


def _queues(context: VHostContext, kind: str, what: str) -> dict[str, Any]:
    """Where clients consume one kind of messages."""
    name, queue = context.name, f"{{client}}.{kind}"
    owners = sorted(context.queue_owners)
    declared = {"name": queue, "durable": True, "exclusive": False, "autoDelete": False}
    return {
        "address": queue,
        "title": f"queues *.{kind} of {name}",
        "description": f"Consumed passively, with acknowledgement: {what}",
        "servers": [{"$ref": f"#/servers/{name}"}],
        "parameters": {"client": {"description": "id of the recipient", "enum": owners}},
        "messages": _messages(context, _received(context, kind)),
        "bindings": _binding({"is": "queue", "queue": declared | {"vhost": name}}),
    }


def _binding(amqp: Mapping[str, Any]) -> dict[str, Any]:
    return {"amqp": {**amqp, "bindingVersion": _VERSION}}


def _received(context: VHostContext, kind: str) -> tuple[str, ...]:
    """The types that a queue of this kind is for."""
    special = frozenset().union(*_TYPES_OF.values())
    known = dict.fromkeys((*context.allowed, _REPORT))
    wanted = _TYPES_OF.get(kind)
    return tuple(
        name
        for name in known
        if name in context.release.types
        and (name not in special if wanted is None else name in wanted)
    )


def _messages(context: VHostContext, types: Iterable[str]) -> dict[str, Any]:
    release = context.release.name
    return {name: {"$ref": f"#/components/messages/{release}.{name}"} for name in types}


def _operations(context: VHostContext) -> Iterator[tuple[str, dict[str, Any]]]:
    name = context.name
    yield (
        f"{name}.send",
        {
            "action": "send",
            "title": f"Send on {name}",
            "channel": {"$ref": f"#/channels/{name}.{HUB_EXCHANGE}"},
            "bindings": {"amqp": {"deliveryMode": 2, "bindingVersion": _VERSION}},
        },
    )
    for kind in _KINDS:
        yield (
            f"{name}.receive.{kind}",
            {
                "action": "receive",
                "title": f"Receive from <client>.{kind} on {name}",
                "channel": {"$ref": f"#/channels/{name}.{kind}"},
                "bindings": {"amqp": {"ack": True, "bindingVersion": _VERSION}},
            },
        )


def _components(releases: Iterable[Release]) -> dict[str, Any]:
    messages: dict[str, Any] = {}
    schemas: dict[str, Mapping[str, Any]] = {}
    for release in releases:
        schemas.update(schema_components(release))
        for kind in release.types.values():
            messages[f"{release.name}.{kind.name}"] = message_component(release, kind)
    certificate = {
        "type": "X509",
        "description": "Client certificate; the common name is the login",
    }
    return {
        "securitySchemes": {"certificate": certificate},
        "messages": messages,
        "schemas": schemas,
    }
