"""`aliveness-test`: a message through a vHost and back."""

from __future__ import annotations

from hubemu.broker.core import VirtualHost
from hubemu.broker.wire.properties import NO_PROPERTIES

__all__ = ["alive"]

_BODY = b"test_message"


def alive(vhost: VirtualHost) -> bool:
    """Publish to a queue made for it and take the message out again; nothing is left behind."""
    queue = vhost.add_queue(vhost.unused_name(), durable=False, auto_delete=True)
    try:
        vhost.publish("", queue.name, _BODY, NO_PROPERTIES)
        taken = queue.get(no_ack=True, user="")
        return taken is not None and taken.message.body == _BODY
    finally:
        vhost.remove_queue(queue)
