"""Random dialogues end on the embedded broker as on a RabbitMQ node, in pieces as at once.

By hand, for longer: `python -m tests.broker.differential --seconds 3600`.
"""

from __future__ import annotations

import json
import random

import pytest

from tests.broker.differential.comparing import Difference, compare, compare_whole_with_cut, shrink
from tests.broker.differential.generating import dialogue
from tests.broker.differential.known import KNOWN, why_known
from tests.conftest import REPOSITORY

_SEEDS = 40


def test_a_dialogue_is_made_by_its_seed_and_can_be_printed() -> None:
    assert dialogue(1) == dialogue(1) == json.loads(json.dumps(dialogue(1)))
    assert dialogue(1) != dialogue(2)


def test_a_difference_is_cut_down_to_the_steps_that_matter() -> None:
    def play(steps: list[list[object]]) -> Difference | None:
        return Difference(steps, {}, {}) if ["b"] in steps and ["d"] in steps else None

    long: list[list[object]] = [[letter] for letter in "abcdefg"]
    assert shrink(Difference(long, {}, {}), play).dialogue == [["b"], ["d"]]


def told(**channels: object) -> dict[str, object]:
    return {"told": {"1": {number.removeprefix("on"): came for number, came in channels.items()}}}


CLOSE = {"method": "connection.close", "reply_code": 530}
DELIVERY = {"method": "basic.deliver", "body": "m"}
OTHER = {"method": "basic.deliver", "body": "o"}
DEAD = DELIVERY | {"properties": {"headers": {"x-death": [{"count": 1}]}}}
GOT = {"method": "basic.get_ok", "body": "m", "redelivered": False}
DECLARE = [1, 1, "queue.declare", {"queue": "q", "arguments": {"x-queue-type": "quorum"}}]
COUNTED = {"method": "queue.declare_ok", "queue": "q", "consumer_count": 1}


@pytest.mark.parametrize("line", KNOWN)
def test_what_is_known_stands_in_the_page(line: str) -> None:
    assert f"\n- {line}" in (REPOSITORY / "docs" / "fidelity.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("embedded", "node", "known"),
    [
        (told(on0=[CLOSE]), told(on0=[CLOSE], on2=[DELIVERY]), True),
        (told(on0=[CLOSE]), told(on0=[CLOSE], on2=[{"method": "basic.cancel"}]), False),
        (told(on0=[CLOSE], on2=[DELIVERY]), told(on0=[CLOSE]), False),
        (told(), told(on2=[DELIVERY]), False),
        (told(on1=[COUNTED | {"consumer_count": 0}]), told(on1=[COUNTED]), True),
        (told(on1=[COUNTED | {"message_count": 3}]), told(on1=[COUNTED]), False),
        (
            told(on1=[CLOSE | {"reply_text": "{a,b}"}]),
            told(on1=[CLOSE | {"reply_text": "{a, b}"}]),
            True,
        ),
        (
            told(on1=[CLOSE | {"reply_text": "{a,b}"}]),
            told(on1=[CLOSE | {"reply_text": "{a,c}"}]),
            False,
        ),
        ({"queues": {"q": [1, 0]}}, {"queues": {"q": [0, 0]}}, False),
        (told(on1=[DEAD, DELIVERY]), told(on1=[DELIVERY, DEAD]), True),
        (told(on1=[OTHER, DELIVERY]), told(on1=[DELIVERY, OTHER]), False),
        (told(on1=[DEAD, DELIVERY]), told(on1=[DELIVERY]), False),
        ({"left": {"q": [GOT]}}, {"left": {"q": [GOT | {"redelivered": True}]}}, False),
        ({"left": {"q": ["cannot be drained"]}}, {"left": {"q": [GOT]}}, False),
    ],
)
def test_only_what_is_told_there_is_known(
    embedded: dict[str, object], node: dict[str, object], known: bool
) -> None:
    assert (why_known(Difference([DECLARE], embedded, node)) is not None) is known


@pytest.mark.parametrize("seed", range(_SEEDS))
def test_bytes_in_pieces_say_what_they_say_at_once(seed: int) -> None:
    difference = compare_whole_with_cut(dialogue(seed), random.Random(seed))
    assert difference is None, f"seed {seed}:\n{difference}"


def test_random_dialogues_agree(node: int) -> None:
    for seed in range(_SEEDS):
        difference = compare(dialogue(seed), node)
        assert difference is None, f"seed {seed}:\n{difference}"
