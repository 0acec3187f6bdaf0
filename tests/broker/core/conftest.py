from __future__ import annotations

import pytest

from tests.support.core_broker import Bench, Client


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def client(bench: Bench) -> Client:
    return bench.client()


@pytest.fixture
def stocked(bench: Bench) -> Bench:
    """A broker that has what refusals are about."""
    channel = bench.client().channel
    channel.queue_declare("q")
    channel.queue_declare("qt", arguments={"x-message-ttl": 100})
    channel.exchange_declare("x", "direct")
    channel.exchange_declare("xae", "direct", arguments={"alternate-exchange": "y"})
    channel.exchange_declare("int", "direct", internal=True)
    return bench
