"""Connections, channels and consumers, as RabbitMQ's management API shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hubemu.broker.core import VirtualHost
from hubemu.broker.core.consumer import Consumer
from hubemu.broker.server import ChannelInfo, ConnectionInfo
from hubemu.control.management.objects import NODE
from hubemu.engines.broker_view import BrokerView

__all__ = ["channels_of", "connection_json", "connection_name", "consumers_of"]


def connection_name(inside: BrokerView, connection: ConnectionInfo) -> str:
    """What RabbitMQ calls a connection: both ends."""
    host, port = inside.listener
    return f"{connection.peer} -> {host}:{port}"


def connection_json(inside: BrokerView, connection: ConnectionInfo) -> dict[str, Any]:
    """An open connection."""
    host, port = inside.listener
    properties = connection.client_properties
    peer_host, peer_port = _ends(connection)
    return {
        "auth_mechanism": connection.mechanism,
        "channel_max": connection.channel_max,
        "channels": connection.channels,
        "client_properties": dict(properties),
        "connected_at": int(connection.connected_at * 1000),
        "frame_max": connection.frame_max,
        "host": host,
        "name": connection_name(inside, connection),
        "node": NODE,
        "peer_host": peer_host,
        "peer_port": peer_port,
        "port": port,
        "protocol": "AMQP 0-9-1",
        "ssl": bool(connection.tls_version),
        "ssl_protocol": connection.tls_version.lower() or None,
        "state": "running",
        "timeout": connection.heartbeat,
        "type": "network",
        "user": connection.user,
        "user_provided_name": properties.get("connection_name"),
        "user_who_performed_action": connection.user,
        "vhost": connection.vhost,
    }


def channels_of(inside: BrokerView) -> Iterator[dict[str, Any]]:
    """Every open channel of every connection."""
    for connection in inside.connections:
        for channel in connection.open_channels:
            yield _channel_json(inside, connection, channel)


def consumers_of(inside: BrokerView, vhosts: list[VirtualHost]) -> Iterator[dict[str, Any]]:
    """Every consumer on the queues of `vhosts`, the dispatcher's own included."""
    channels = {
        id(consumer): _channel_details(inside, connection, channel)
        for connection in inside.connections
        for channel in connection.open_channels
        for consumer in channel.core.consumers.by_tag.values()
    }
    for vhost in vhosts:
        for queue in vhost.queues.values():
            for consumer in queue.consumers:
                details = channels.get(id(consumer), _in_process(consumer))
                yield _consumer_json(vhost, consumer, details)


def _channel_json(
    inside: BrokerView, connection: ConnectionInfo, channel: ChannelInfo
) -> dict[str, Any]:
    core = channel.core
    transaction = core.mode.transaction
    details = _channel_details(inside, connection, channel)
    return {
        "acks_uncommitted": len(transaction.settlements) if transaction is not None else 0,
        "confirm": core.mode.confirming,
        "connection_details": {
            "name": details["connection_name"],
            "peer_host": details["peer_host"],
            "peer_port": details["peer_port"],
        },
        "consumer_count": len(core.consumers.by_tag),
        "global_prefetch_count": core.prefetch.global_count,
        "messages_unacknowledged": len(core.deliveries.unacked),
        "messages_uncommitted": len(transaction.publications) if transaction is not None else 0,
        "name": details["name"],
        "node": NODE,
        "number": channel.number,
        "prefetch_count": core.prefetch.consumer_count,
        "state": "running",
        "transactional": transaction is not None,
        "user": connection.user,
        "user_who_performed_action": connection.user,
        "vhost": connection.vhost,
    }


def _consumer_json(
    vhost: VirtualHost, consumer: Consumer, channel: dict[str, Any]
) -> dict[str, Any]:
    queue = consumer.queue
    limit = vhost.runtime.limits.unacked_per_consumer
    single = bool(queue.arguments.get("x-single-active-consumer"))
    active = not single or queue.consumers[0] is consumer
    return {
        "ack_required": not consumer.no_ack,
        "active": active,
        "activity_status": "single_active" if single and active else "up" if active else "waiting",
        "arguments": {"x-priority": consumer.priority} if consumer.priority else {},
        "channel_details": channel,
        "consumer_tag": consumer.tag,
        "exclusive": consumer.exclusive,
        "prefetch_count": 0 if consumer.window == limit else consumer.window,
        "queue": {"name": queue.name, "vhost": vhost.name},
    }


def _channel_details(
    inside: BrokerView, connection: ConnectionInfo, channel: ChannelInfo
) -> dict[str, Any]:
    name = connection_name(inside, connection)
    peer_host, peer_port = _ends(connection)
    return {
        "connection_name": name,
        "name": f"{name} ({channel.number})",
        "node": NODE,
        "number": channel.number,
        "peer_host": peer_host,
        "peer_port": peer_port,
        "user": connection.user,
    }


def _in_process(consumer: Consumer) -> dict[str, Any]:
    """The channel of a consumer that needs none; RabbitMQ shows direct ones with a null peer."""
    return {
        "connection_name": "hubemu",
        "name": "hubemu (0)",
        "node": NODE,
        "number": 0,
        "peer_host": None,
        "peer_port": None,
        "user": consumer.user,
    }


def _ends(connection: ConnectionInfo) -> tuple[str, int | None]:
    host, _, port = connection.peer.rpartition(":")
    return (host, int(port)) if port.isdigit() else (connection.peer, None)
