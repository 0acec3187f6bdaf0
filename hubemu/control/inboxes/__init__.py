"""Clients that the control API plays: each a real AMQPS connection that reads its three queues."""

from hubemu.control.inboxes.held_delivery import Held, NotWaiting
from hubemu.control.inboxes.inbox import ClientInbox
from hubemu.control.inboxes.played_inboxes import PlayedInboxes, UnknownInbox

__all__ = ["ClientInbox", "Held", "NotWaiting", "PlayedInboxes", "UnknownInbox"]
