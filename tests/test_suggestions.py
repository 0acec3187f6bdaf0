"""What somebody meant."""

from __future__ import annotations

from hubemu.suggestions import closest

IDS = ("fr.health.samuA", "fr.health.samuB", "fr.health.test.exos", "fr.fire.nexsis.sdisZ")


def test_other_letters_come_before_distance() -> None:
    assert closest("fr.health.samub", IDS) == "fr.health.samuB"
    assert closest("FR.HEALTH.SAMUA", IDS) == "fr.health.samuA"


def test_the_missing_prefix_is_seen() -> None:
    assert closest("samuB", IDS) == "fr.health.samuB"
    assert closest("samub", IDS) == "fr.health.samuB"


def test_a_name_cut_short_is_completed() -> None:
    assert closest("15-15_v2", ("15-15_v1.5", "15-15_v2.0", "15-15_v2.1")) == "15-15_v2.0"


def test_what_is_far_is_not_guessed() -> None:
    assert closest("nobody", IDS) is None
    assert closest("", IDS) is None
    assert closest("x", ()) is None
