"""The exchange types, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hubemu.broker.core.exchanges.base import Binding, Destination, Exchange
from hubemu.broker.core.exchanges.direct import DirectExchange
from hubemu.broker.core.exchanges.fanout import FanoutExchange
from hubemu.broker.core.exchanges.headers import X_MATCH, HeadersExchange
from hubemu.broker.core.exchanges.topic import TopicExchange

__all__ = [
    "EXCHANGE_TYPES",
    "PREDECLARED",
    "X_MATCH",
    "Binding",
    "Destination",
    "DirectExchange",
    "Exchange",
    "FanoutExchange",
    "HeadersExchange",
    "TopicExchange",
]

EXCHANGE_TYPES: Mapping[str, type[Exchange]] = MappingProxyType(
    {kind.type: kind for kind in (DirectExchange, FanoutExchange, HeadersExchange, TopicExchange)}
)

PREDECLARED: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "": ("direct", False),
        "amq.direct": ("direct", False),
        "amq.fanout": ("fanout", False),
        "amq.headers": ("headers", False),
        "amq.match": ("headers", False),
        "amq.rabbitmq.trace": ("topic", True),
        "amq.topic": ("topic", False),
    }
)
"""Exchanges every vHost has: name to (type, internal); the first is the default exchange."""
