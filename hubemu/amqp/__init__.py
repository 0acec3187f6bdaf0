"""A lean AMQP client for the dispatcher: one connection, one channel, publisher confirms."""

from hubemu.amqp.address import Address, LinkError
from hubemu.amqp.link import Link, open_link

__all__ = ["Address", "Link", "LinkError", "open_link"]
