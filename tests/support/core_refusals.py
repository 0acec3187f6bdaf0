"""What the broker's core says when it refuses, as one line: scope, code and text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hubemu.broker.core import BrokerError, ConnectionError_
from tests.support.channel_calls import Channel
from tests.support.core_broker import Client

__all__ = ["Action", "on_channel", "refusal"]

Action = Callable[[Client], object]


def refusal(client: Client, action: Action) -> str:
    """The code and the text that an action is refused with, and whether it ends the connection."""
    with pytest.raises(BrokerError) as caught:
        action(client)
    error = caught.value
    return f"{'CONN' if isinstance(error, ConnectionError_) else 'CH'} {error.code} {error.text}"


def on_channel(action: Callable[[Channel], object]) -> Action:
    """An action on the channel of a client."""
    return lambda client: action(client.channel)
