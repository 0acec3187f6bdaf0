"""The broker's domain: vHosts, exchanges, queues, channels. No sockets, no event loop."""

from hubemu.broker.core.broker import Broker
from hubemu.broker.core.channel import Channel, GetResult, QueueDeclared
from hubemu.broker.core.durability import MessageLog, Publisher, Store
from hubemu.broker.core.errors import BrokerError, ChannelError, ConnectionError_
from hubemu.broker.core.limits import Limits
from hubemu.broker.core.local import LocalConsumer, LocalDelivery
from hubemu.broker.core.memory_use import MemoryUse
from hubemu.broker.core.message import Message
from hubemu.broker.core.observer import Observer, SilentObserver
from hubemu.broker.core.owner import ConnectionOwner
from hubemu.broker.core.queue import MessageQueue, QueueDepth
from hubemu.broker.core.sink import ChannelSink
from hubemu.broker.core.users import User
from hubemu.broker.core.vhost import VirtualHost

__all__ = [
    "Broker",
    "BrokerError",
    "Channel",
    "ChannelError",
    "ChannelSink",
    "ConnectionError_",
    "ConnectionOwner",
    "GetResult",
    "Limits",
    "LocalConsumer",
    "LocalDelivery",
    "MemoryUse",
    "Message",
    "MessageLog",
    "MessageQueue",
    "Observer",
    "Publisher",
    "QueueDeclared",
    "QueueDepth",
    "SilentObserver",
    "Store",
    "User",
    "VirtualHost",
]
