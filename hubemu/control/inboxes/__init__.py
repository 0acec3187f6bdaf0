"""Clients that the control API plays: each a real AMQPS connection that reads its three queues."""

from hubemu.control.inboxes.desk import Desk, UnknownInbox
from hubemu.control.inboxes.held import Held, NotWaiting
from hubemu.control.inboxes.inbox import ClientInbox

__all__ = ["ClientInbox", "Desk", "Held", "NotWaiting", "UnknownInbox"]
