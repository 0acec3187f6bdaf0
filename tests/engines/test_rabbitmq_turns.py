"""A message of the control API finds a node that is up."""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

import pytest

from hubemu.amqp import Address, LinkError
from hubemu.engines.rabbitmq import publishing
from hubemu.engines.rabbitmq.node import Node
from hubemu.engines.rabbitmq.publishing import ClientPublisher

TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Cluster:
    """Three nodes; those that are `down` cannot be reached, the others answer with `code`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *down: str, code: int = 0) -> None:
        self.proxied = False
        self.addresses = [("one", 1), ("two", 2), ("three", 3)]
        self.tried: list[str] = []
        self._down, self._code = down, code
        monkeypatch.setattr(publishing, "open_link", self._open)

    async def _open(self, address: Address, vhost: str) -> str:
        self.tried.append(address.host)
        if address.host in self._down or self._code:
            raise LinkError("no", self._code)
        return f"a link to {address.host}"

    def link(self) -> str:
        publisher = ClientPublisher(cast("Node", self))
        return cast("str", asyncio.run(publisher.open_link(TLS, "v")))


def test_the_next_node_is_taken_when_one_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, "one", "two")
    assert cluster.link() == "a link to three"


def test_all_of_them_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, "one", "two", "three")
    with pytest.raises(LinkError):
        cluster.link()
    assert cluster.tried == ["one", "two", "three"]


def test_what_the_broker_refuses_is_not_asked_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, code=403)
    with pytest.raises(LinkError):
        cluster.link()
    assert cluster.tried == ["one"]
