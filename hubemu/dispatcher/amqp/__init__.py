"""The dispatcher beside its broker: the same judgement, with AMQP between them."""

from hubemu.dispatcher.amqp.address import Address, LinkError
from hubemu.dispatcher.amqp.driver import AmqpDispatcher
from hubemu.dispatcher.amqp.link import Link, open_link
from hubemu.dispatcher.amqp.publications import Settlement

__all__ = ["Address", "AmqpDispatcher", "Link", "LinkError", "Settlement", "open_link"]
