"""What each method asks of a core channel, and the method that answers.

One function per method that is not on the hot path: fields in, one call to the core, reply out.
`None` is no reply. Order, permissions, texts and codes are the core's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from hubemu.broker.core import Channel

__all__ = ["COMMANDS", "RESUME_AFTER", "Fields", "Reply"]

Fields: TypeAlias = Mapping[str, Any]
Reply: TypeAlias = tuple[str, Fields] | None
Command: TypeAlias = Callable[[Channel, Fields], Reply]

_NOTHING: Final[Fields] = {}

RESUME_AFTER: Final = frozenset({"basic.consume", "basic.recover", "basic.recover_async"})
"""Methods after whose reply the core may deliver, and not before."""


def _name(text: str) -> str:
    """RabbitMQ leaves line breaks out of the names that are declared, deleted or bound."""
    return text.replace("\r", "").replace("\n", "")


def _exchange_declare(channel: Channel, fields: Fields) -> Reply:
    channel.exchanges.declare(
        _name(fields["exchange"]),
        fields["exchange_type"],
        passive=fields["passive"],
        durable=fields["durable"],
        auto_delete=fields["auto_delete"],
        internal=fields["internal"],
        arguments=fields["arguments"],
    )
    return "exchange.declare_ok", _NOTHING


def _exchange_delete(channel: Channel, fields: Fields) -> Reply:
    channel.exchanges.delete(_name(fields["exchange"]), if_unused=fields["if_unused"])
    return "exchange.delete_ok", _NOTHING


def _exchange_bind(channel: Channel, fields: Fields) -> Reply:
    channel.exchanges.bind(
        _name(fields["destination"]),
        _name(fields["source"]),
        fields["routing_key"],
        fields["arguments"],
    )
    return "exchange.bind_ok", _NOTHING


def _exchange_unbind(channel: Channel, fields: Fields) -> Reply:
    channel.exchanges.unbind(
        _name(fields["destination"]),
        _name(fields["source"]),
        fields["routing_key"],
        fields["arguments"],
    )
    return "exchange.unbind_ok", _NOTHING


def _queue_declare(channel: Channel, fields: Fields) -> Reply:
    declared = channel.queues.declare(
        _name(fields["queue"]),
        passive=fields["passive"],
        durable=fields["durable"],
        exclusive=fields["exclusive"],
        auto_delete=fields["auto_delete"],
        nowait=fields["nowait"],
        arguments=fields["arguments"],
    )
    return "queue.declare_ok", {
        "queue": declared.name,
        "message_count": declared.message_count,
        "consumer_count": declared.consumer_count,
    }


def _queue_bind(channel: Channel, fields: Fields) -> Reply:
    channel.queues.bind(
        _name(fields["queue"]),
        _name(fields["exchange"]),
        fields["routing_key"],
        fields["arguments"],
    )
    return "queue.bind_ok", _NOTHING


def _queue_unbind(channel: Channel, fields: Fields) -> Reply:
    channel.queues.unbind(
        _name(fields["queue"]),
        _name(fields["exchange"]),
        fields["routing_key"],
        fields["arguments"],
    )
    return "queue.unbind_ok", _NOTHING


def _queue_purge(channel: Channel, fields: Fields) -> Reply:
    return "queue.purge_ok", {"message_count": channel.queues.purge(fields["queue"])}


def _queue_delete(channel: Channel, fields: Fields) -> Reply:
    count = channel.queues.delete(
        _name(fields["queue"]), if_unused=fields["if_unused"], if_empty=fields["if_empty"]
    )
    return "queue.delete_ok", {"message_count": count}


def _basic_qos(channel: Channel, fields: Fields) -> Reply:
    channel.consumers.qos(fields["prefetch_size"], fields["prefetch_count"], fields["global_"])
    return "basic.qos_ok", _NOTHING


def _basic_consume(channel: Channel, fields: Fields) -> Reply:
    tag = channel.consumers.consume(
        fields["queue"],
        fields["consumer_tag"],
        no_local=fields["no_local"],
        no_ack=fields["no_ack"],
        exclusive=fields["exclusive"],
        arguments=fields["arguments"],
    )
    return "basic.consume_ok", {"consumer_tag": tag}


def _basic_cancel(channel: Channel, fields: Fields) -> Reply:
    channel.consumers.cancel(fields["consumer_tag"])
    return "basic.cancel_ok", {"consumer_tag": fields["consumer_tag"]}


def _basic_recover(channel: Channel, fields: Fields) -> Reply:
    channel.acknowledgements.recover(fields["requeue"])
    return "basic.recover_ok", _NOTHING


def _basic_recover_async(channel: Channel, fields: Fields) -> Reply:
    channel.acknowledgements.recover(fields["requeue"])
    return None


def _confirm_select(channel: Channel, _fields: Fields) -> Reply:
    channel.mode.confirm_select()
    return "confirm.select_ok", _NOTHING


def _tx_select(channel: Channel, _fields: Fields) -> Reply:
    channel.mode.tx_select()
    return "tx.select_ok", _NOTHING


def _tx_commit(channel: Channel, _fields: Fields) -> Reply:
    channel.transactions.commit()
    return "tx.commit_ok", _NOTHING


def _tx_rollback(channel: Channel, _fields: Fields) -> Reply:
    channel.transactions.rollback()
    return "tx.rollback_ok", _NOTHING


def _channel_flow(channel: Channel, fields: Fields) -> Reply:
    channel.consumers.flow(fields["active"])
    return "channel.flow_ok", {"active": fields["active"]}


def _access_request(_channel: Channel, _fields: Fields) -> Reply:
    """Access tickets left AMQP; RabbitMQ gives everybody the same one."""
    return "access.request_ok", {"ticket": 1}


COMMANDS: Final[Mapping[str, Command]] = {
    "access.request": _access_request,
    "basic.cancel": _basic_cancel,
    "basic.consume": _basic_consume,
    "basic.qos": _basic_qos,
    "basic.recover": _basic_recover,
    "basic.recover_async": _basic_recover_async,
    "channel.flow": _channel_flow,
    "confirm.select": _confirm_select,
    "exchange.bind": _exchange_bind,
    "exchange.declare": _exchange_declare,
    "exchange.delete": _exchange_delete,
    "exchange.unbind": _exchange_unbind,
    "queue.bind": _queue_bind,
    "queue.declare": _queue_declare,
    "queue.delete": _queue_delete,
    "queue.purge": _queue_purge,
    "queue.unbind": _queue_unbind,
    "tx.commit": _tx_commit,
    "tx.rollback": _tx_rollback,
    "tx.select": _tx_select,
}
