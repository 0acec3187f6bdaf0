"""Full queues beside RabbitMQ: which messages and reports the dispatcher has die for them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubemu.clock import Clock
from hubemu.faults.book import RuleBook
from hubemu.faults.dispatch.effects import DispatchEffects
from hubemu.faults.rabbitmq.full_queues import FullQueues
from hubemu.faults.reading import read_rule
from tests.support.dispatching import NOW, A, B, C, a_message, context, delivery
from tests.support.messages import as_bytes
from tests.support.ruling import ruling

VHOST = "15-15_v2.0"
OWNERS = {f"{client}.{kind}": client for client in (A, B, C) for kind in ("message", "info")}


class Scene:
    """A dispatcher's rules, with one of full queues."""

    def __init__(self) -> None:
        clock = Clock(lambda: NOW)
        self.effects = DispatchEffects({VHOST: context(VHOST)}, clock, None, lambda *_: None)
        self.book = RuleBook(clock, 1)
        self.book.install(("broker",), FullQueues(self.effects, OWNERS))

    def send(self, sender: str, recipient: str) -> str:
        """What becomes of a message."""
        sent = delivery(as_bytes(a_message(sender, recipient)), sender)
        return self.effects.ruled(sent, ruling(sent), context(VHOST)).outcome

    def refuse(self, sender: str) -> bool:
        """Whether the report on a refused message is lost."""
        return self.effects.loses_report(delivery(b"x", sender), sender, None, context(VHOST))

    def listed(self, key: str) -> list[Any]:
        """What is told of each rule."""
        return [one[key] for one in self.book.listed()]


@pytest.mark.parametrize(
    ("match", "to_b", "to_c", "report_to_a"),
    [
        ({}, True, True, True),
        ({"client": C}, False, True, False),
        ({"queue": f"{C}.message"}, False, True, False),
        ({"client": A}, False, False, True),
        ({"queue": "*.info"}, False, False, True),
        ({"client": C, "vhost": "15-smur_v1.4"}, False, False, False),
    ],
)
def test_what_is_for_a_full_queue_dies_and_what_is_for_others_does_not(
    match: dict[str, str], to_b: bool, to_c: bool, report_to_a: bool
) -> None:
    async def play() -> None:
        scene = Scene()
        rule = await scene.book.add(
            read_rule({"where": "broker", "effect": "queue-full", "match": match})
        )
        outcomes = {True: "dead-lettered", False: "routed"}
        assert scene.send(A, B) == outcomes[to_b]
        assert scene.send(A, C) == outcomes[to_c]
        assert scene.refuse(A) is report_to_a
        assert not scene.refuse("nobody who is known")
        assert scene.listed("strikes") == [to_b + to_c + report_to_a]
        await scene.book.remove(rule.id)
        assert (scene.send(A, C), scene.refuse(A)) == ("routed", False)

    asyncio.run(play())


def test_messages_and_reports_count_together() -> None:
    async def play() -> None:
        scene = Scene()
        wanted = {"where": "broker", "effect": "queue-full", "every": 2, "times": 2}
        await scene.book.add(read_rule(wanted))
        outcomes = [scene.send(A, C), scene.send(B, C), scene.send(A, B)]
        assert outcomes == ["dead-lettered", "routed", "dead-lettered"]
        assert scene.send(A, C) == "routed"
        assert not scene.refuse(A)
        assert (scene.listed("strikes"), scene.listed("ended")) == ([2], ["times"])

    asyncio.run(play())
