"""The one node, its alarms, and all of it at a glance, as RabbitMQ's management API shows them."""

from __future__ import annotations

import os
from typing import Any

from hubemu.broker.core.alarms import DISK, MEMORY, resource
from hubemu.broker.protocol.identity import PRODUCT, RABBITMQ_VERSION
from hubemu.control.management.clients import consumers_of
from hubemu.control.management.objects import NODE, message_totals
from hubemu.engines.broker_view import BrokerView
from hubemu.engines.rabbitmq.definitions import definitions as topology_definitions
from hubemu.topology import Topology

__all__ = ["alarms", "definitions", "node_json", "overview"]


def overview(inside: BrokerView) -> dict[str, Any]:
    """Versions, listeners and totals."""
    vhosts = list(inside.broker.vhosts.values())
    host, port = inside.listener
    return {
        "cluster_name": NODE,
        "contexts": [],
        "disable_stats": True,
        "enable_queue_totals": True,
        "exchange_types": [
            {"name": name, "description": f"AMQP {name} exchange", "enabled": True}
            for name in ("direct", "fanout", "headers", "topic")
        ],
        "listeners": [{"node": NODE, "protocol": "amqp/ssl", "ip_address": host, "port": port}],
        "management_version": RABBITMQ_VERSION,
        "node": NODE,
        "object_totals": {
            "channels": sum(one.channels for one in inside.connections),
            "connections": len(inside.connections),
            "consumers": sum(1 for _ in consumers_of(inside, vhosts)),
            "exchanges": sum(len(vhost.exchanges) for vhost in vhosts),
            "queues": sum(len(vhost.queues) for vhost in vhosts),
        },
        "product_name": PRODUCT,
        "product_version": RABBITMQ_VERSION,
        "queue_totals": message_totals(vhosts),
        "rabbitmq_version": RABBITMQ_VERSION,
        "rates_mode": "none",
    }


def node_json(inside: BrokerView) -> dict[str, Any]:
    """The node: this process."""
    now = inside.broker.clock.now()
    return {
        "disk_free_alarm": DISK in inside.broker.alarms.reasons,
        "mem_alarm": MEMORY in inside.broker.alarms.reasons,
        "name": NODE,
        "os_pid": str(os.getpid()),
        "partitions": [],
        "processors": os.cpu_count(),
        "rates_mode": "none",
        "running": True,
        "type": "disc",
        "uptime": int((now - inside.started_at) * 1000),
    }


def alarms(inside: BrokerView) -> dict[str, Any]:
    """Whether publishers are made to wait; RabbitMQ's words for both answers."""
    reasons = inside.broker.alarms.reasons
    if not reasons:
        return {"status": "ok"}
    return {
        "status": "failed",
        "reason": "There are alarms in effect in the cluster",
        "alarms": [{"node": NODE, "resource": resource(reason)} for reason in reasons],
    }


def definitions(topology: Topology) -> dict[str, Any]:
    """All that survives a restart, as RabbitMQ imports it: users have no passwords."""
    return {
        "rabbit_version": RABBITMQ_VERSION,
        "rabbitmq_version": RABBITMQ_VERSION,
        "product_name": PRODUCT,
        "product_version": RABBITMQ_VERSION,
        "parameters": [],
        "global_parameters": [],
        **topology_definitions(topology),
    }
