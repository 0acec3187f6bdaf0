"""The clock moves forward only, and says so."""

from __future__ import annotations

import pytest

from hubemu.clock import Clock


def test_it_tells_its_source_plus_what_it_was_advanced() -> None:
    clock = Clock(lambda: 1000.0)
    clock.advance(86_400)
    assert clock.now() == 87_400.0
    assert clock.datetime().isoformat() == "1970-01-02T00:16:40+00:00"
    clock.reset()
    assert clock.now() == 1000.0
    assert clock.offset == 0.0


def test_watchers_are_told_until_they_leave() -> None:
    clock, told = Clock(lambda: 0.0), []
    leave = clock.watch(lambda: told.append(clock.offset))
    clock.advance(5)
    leave()
    clock.advance(5)
    assert told == [5.0]


def test_going_back_is_refused_and_changes_nothing() -> None:
    clock = Clock(lambda: 0.0)
    with pytest.raises(ValueError, match="forward only"):
        clock.advance(-1)
    assert clock.offset == 0.0
