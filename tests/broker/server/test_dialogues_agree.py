"""Random dialogues end on the embedded broker as on a RabbitMQ node, in pieces as at once.

By hand, for longer: `python -m tests.broker.differential --seconds 3600`.
"""

from __future__ import annotations

import json
import random

import pytest

from tests.broker.differential.comparing import Difference, compare, compare_whole_with_cut, shrink
from tests.broker.differential.generating import dialogue

_SEEDS = 40


def test_a_dialogue_is_made_by_its_seed_and_can_be_printed() -> None:
    assert dialogue(1) == dialogue(1) == json.loads(json.dumps(dialogue(1)))
    assert dialogue(1) != dialogue(2)


def test_a_difference_is_cut_down_to_the_steps_that_matter() -> None:
    def play(steps: list[list[object]]) -> Difference | None:
        return Difference(steps, {}, {}) if ["b"] in steps and ["d"] in steps else None

    long: list[list[object]] = [[letter] for letter in "abcdefg"]
    assert shrink(Difference(long, {}, {}), play).dialogue == [["b"], ["d"]]


@pytest.mark.parametrize("seed", range(_SEEDS))
def test_bytes_in_pieces_say_what_they_say_at_once(seed: int) -> None:
    difference = compare_whole_with_cut(dialogue(seed), random.Random(seed))
    assert difference is None, f"seed {seed}:\n{difference}"


def test_random_dialogues_agree(node: int) -> None:
    for seed in range(_SEEDS):
        difference = compare(dialogue(seed), node)
        assert difference is None, f"seed {seed}:\n{difference}"
