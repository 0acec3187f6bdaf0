"""What exists on a vHost, as RabbitMQ's management API shows it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from hubemu.broker.core import MessageQueue, VirtualHost
from hubemu.broker.core.exchanges import Binding, Exchange
from hubemu.broker.core.settings import effective_policy
from hubemu.broker.wire.table import encode_table

__all__ = [
    "NODE",
    "bindings_of",
    "exchange_json",
    "message_totals",
    "queue_json",
    "vhost_json",
]

NODE = "hubemu@localhost"


def vhost_json(vhost: VirtualHost) -> dict[str, Any]:
    """A vHost with what its queues hold together."""
    return {
        "cluster_state": {NODE: "running"},
        "default_queue_type": "classic",
        "description": "",
        "metadata": {"description": "", "tags": []},
        "name": vhost.name,
        "tags": [],
        "tracing": False,
        **message_totals([vhost]),
    }


def message_totals(vhosts: list[VirtualHost]) -> dict[str, int]:
    """How many messages the queues of `vhosts` hold."""
    depths = [depth for vhost in vhosts for depth in vhost.depths().values()]
    ready, unacked = sum(one.ready for one in depths), sum(one.unacked for one in depths)
    return {
        "messages": ready + unacked,
        "messages_ready": ready,
        "messages_unacknowledged": unacked,
    }


def queue_json(vhost: VirtualHost, queue: MessageQueue) -> dict[str, Any]:
    """A queue, its depth and what governs it."""
    depth = queue.depth
    policy = effective_policy(vhost.policies, queue.name)
    owner = {"owner_pid_details": {"name": queue.owner.name}} if queue.owner is not None else {}
    return {
        "arguments": queue.arguments,
        "auto_delete": queue.auto_delete,
        "consumers": depth.consumers,
        "durable": queue.durable,
        "effective_policy_definition": dict(policy.definition) if policy is not None else {},
        "exclusive": queue.owner is not None,
        "message_bytes_ready": queue.messages.ready_bytes,
        "messages": depth.ready + depth.unacked,
        "messages_ready": depth.ready,
        "messages_unacknowledged": depth.unacked,
        "name": queue.name,
        "node": NODE,
        "operator_policy": None,
        "policy": policy.name if policy is not None else None,
        "single_active_consumer_tag": _single_active(queue),
        "state": "running",
        "type": queue.type.name,
        "vhost": vhost.name,
        **owner,
    }


def exchange_json(vhost: VirtualHost, exchange: Exchange) -> dict[str, Any]:
    """An exchange; the default one has an empty name."""
    return {
        "arguments": exchange.arguments,
        "auto_delete": exchange.auto_delete,
        "durable": exchange.durable,
        "internal": exchange.internal,
        "name": exchange.name,
        "type": exchange.type,
        "user_who_performed_action": "",
        "vhost": vhost.name,
    }


def bindings_of(vhost: VirtualHost) -> Iterator[dict[str, Any]]:
    """Every binding of a vHost, those of the default exchange first."""
    for name in vhost.queues:
        yield {
            "source": "",
            "vhost": vhost.name,
            "destination": name,
            "destination_type": "queue",
            "routing_key": name,
            "arguments": {},
            "properties_key": name,
        }
    for exchange in vhost.exchanges.values():
        yield from (_binding_json(vhost, binding) for binding in exchange.bindings)


def _binding_json(vhost: VirtualHost, binding: Binding) -> dict[str, Any]:
    to_queue = isinstance(binding.destination, MessageQueue)
    return {
        "source": binding.source.name,
        "vhost": vhost.name,
        "destination": binding.destination.name,
        "destination_type": "queue" if to_queue else "exchange",
        "routing_key": binding.routing_key,
        "arguments": dict(binding.arguments),
        "properties_key": _properties_key(binding),
    }


def _properties_key(binding: Binding) -> str:
    """What tells bindings of the same two ends apart; RabbitMQ's own hash is not to be had."""
    key = binding.routing_key or "~"
    if not binding.arguments:
        return key
    arguments = encode_table(dict(sorted(binding.arguments.items())))
    return f"{binding.routing_key}~{hashlib.sha256(arguments).hexdigest()[:22]}"


def _single_active(queue: MessageQueue) -> str | None:
    if not queue.arguments.get("x-single-active-consumer"):
        return None
    return next((consumer.tag for consumer in queue.consumers), None)
