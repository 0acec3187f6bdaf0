"""What is wrong with a broker: of a cluster, one node that listens will do, and soon."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from hubemu.engines.rabbitmq import fault
from hubemu.engines.rabbitmq.fault import broker_fault
from tests.support.waiting import PATIENCE


class Nodes:
    """A cluster whose management API is not known."""

    management = None

    def __init__(self, *names: str) -> None:
        self.addresses: Sequence[tuple[str, int]] = [(name, 5671) for name in names]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The nodes asked; `up` listens, `gone` does not, `silent` never answers."""
    names: list[str] = []

    async def unreachable(host: str, port: int) -> str | None:
        names.append(host)
        if host == "silent":
            await asyncio.Event().wait()
        return None if host == "up" else f"{host} does not listen"

    monkeypatch.setattr(fault, "unreachable", unreachable)
    return names


def told(*names: str) -> str | None:
    async def ask() -> str | None:
        async with asyncio.timeout(PATIENCE):
            return await broker_fault(Nodes(*names), ())

    return asyncio.run(ask())


def test_a_node_that_does_not_answer_is_not_waited_for(asked: list[str]) -> None:
    assert told("silent", "gone", "up") is None
    assert sorted(asked) == ["gone", "silent", "up"]


def test_without_a_node_that_listens_the_first_one_is_told_of(asked: list[str]) -> None:
    assert told("gone", "lost") == "gone does not listen"
    assert asked == ["gone", "lost"]


def test_nobody_there_is_told(free_tcp_port: int) -> None:
    told = asyncio.run(fault.unreachable("127.0.0.1", free_tcp_port))
    assert told is not None
    assert told.startswith(f"nothing listens at 127.0.0.1:{free_tcp_port} (")
