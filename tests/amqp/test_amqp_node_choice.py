"""Which node of a cluster a link is opened at."""

from __future__ import annotations

import ssl
from random import Random

import pytest

from hubemu.amqp import Address
from hubemu.amqp.node_choice import AVOID_SECONDS, NodeChoice

ONE, TWO, THREE = (
    Address(name, 5671, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) for name in ("one", "two", "three")
)


class Nodes:
    """A cluster of three, and a clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.choice = NodeChoice(lambda: [ONE, TWO, THREE], Random(1), lambda: self.now)

    def picked(self) -> set[str]:
        """What is picked in 200 times: one of three is missed once in 10^35."""
        return {self.choice.pick().host for _ in range(200)}

    def order(self, seed: int) -> list[str]:
        choice = NodeChoice(lambda: [ONE, TWO, THREE], Random(seed), lambda: self.now)
        return [choice.pick().host for _ in range(20)]


@pytest.fixture
def nodes() -> Nodes:
    return Nodes()


def test_any_node_will_do(nodes: Nodes) -> None:
    assert nodes.picked() == {"one", "two", "three"}


def test_one_that_failed_is_left_alone_for_a_while(nodes: Nodes) -> None:
    nodes.choice.failed(ONE)
    assert nodes.picked() == {"two", "three"}
    nodes.now += AVOID_SECONDS - 0.1
    assert nodes.picked() == {"two", "three"}
    nodes.now += 0.1
    assert nodes.picked() == {"one", "two", "three"}


def test_when_all_failed_all_are_tried(nodes: Nodes) -> None:
    for node in (ONE, TWO, THREE):
        nodes.choice.failed(node)
    assert nodes.picked() == {"one", "two", "three"}


def test_a_seed_gives_the_same_choices_again(nodes: Nodes) -> None:
    assert nodes.order(7) == nodes.order(7) != nodes.order(8)
