"""What the broker says of itself in connection.start."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any, Final

from hubemu.version import __version__

__all__ = ["CAPABILITIES", "server_properties"]

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
"""Those of RabbitMQ 3.13, all of them kept."""


def server_properties() -> Mapping[str, Any]:
    """RabbitMQ's keys with our own name: clients read them, none may mistake us for RabbitMQ."""
    return {
        "capabilities": CAPABILITIES,
        "cluster_name": "hubemu@localhost",
        "copyright": "Copyright (c) The hubemu authors",
        "information": "Licensed under the Apache License 2.0. An emulator, for tests only.",
        "platform": f"Python {platform.python_version()}",
        "product": "hubemu",
        "version": __version__,
    }
