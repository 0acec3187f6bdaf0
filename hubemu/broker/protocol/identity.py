"""What the broker says of itself in connection.start."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any, Final

from hubemu.version import __version__

__all__ = ["CAPABILITIES", "PRODUCT", "RABBITMQ_VERSION", "server_properties"]

PRODUCT: Final = "RabbitMQ"
RABBITMQ_VERSION: Final = "3.12.14"
"""Of the line that the Hub runs; client libraries branch on both."""

CAPABILITIES: Final[Mapping[str, bool]] = {
    "publisher_confirms": True,
    "exchange_exchange_bindings": True,
    "basic.nack": True,
    "consumer_cancel_notify": True,
    "connection.blocked": True,
    "consumer_priorities": True,
    "authentication_failure_close": True,
    "per_consumer_qos": True,
    "direct_reply_to": True,
}
"""Those of RabbitMQ 3.12, all of them kept."""
_OURSELVES: Final = f"hubemu {__version__}"


def server_properties() -> Mapping[str, Any]:
    """What clients branch on is the Hub's RabbitMQ; what people read says that it is hubemu."""
    return {
        "capabilities": CAPABILITIES,
        "cluster_name": "hubemu@localhost",
        "copyright": "Copyright (c) The hubemu authors",
        "information": f"{_OURSELVES}, an emulator of the Hub, for tests only. Apache License 2.0.",
        "platform": f"{_OURSELVES} on Python {platform.python_version()}",
        "product": PRODUCT,
        "version": RABBITMQ_VERSION,
    }
