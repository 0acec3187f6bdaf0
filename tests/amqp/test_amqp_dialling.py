"""A host of which nothing is heard is not waited for long."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from hubemu.amqp import Address, LinkError, open_link
from tests.support.waiting import PATIENCE


@pytest.fixture
def silent() -> Iterator[int]:
    """A port whose queue of connections is full: Linux drops the packets of further ones."""
    with ExitStack() as open_ones:
        listener = open_ones.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port: int = listener.getsockname()[1]
        for _ in range(8):
            client = open_ones.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        yield port


def test_a_host_that_swallows_packets(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubemu.amqp.dialling.CONNECT_SECONDS", 0.3)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    async def test() -> None:
        async with asyncio.timeout(PATIENCE):
            await open_link(Address("127.0.0.1", silent, tls), "v")

    with pytest.raises(LinkError, match=f"127.0.0.1:{silent}: no answer at all in 3 s"):
        asyncio.run(test())
