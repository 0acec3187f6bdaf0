"""The clock moves forward only, and says so."""

from __future__ import annotations

import asyncio

import pytest

from hubemu.alarm import Alarm
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


class RealTime:
    """Real time, as a test lets it pass."""

    at = 5_000.0

    def __call__(self) -> float:
        return self.at


def test_one_that_is_begun_elsewhere_goes_on_from_there_and_returns_to_it() -> None:
    real = RealTime()
    clock = Clock(real, begins=1_000.0)
    real.at += 10
    assert (clock.now(), clock.offset) == (1_010.0, -4_000.0)
    clock.advance(5)
    assert clock.now() == 1_015.0
    clock.reset()
    assert clock.now() == 1_000.0
    real.at += 1
    assert clock.now() == 1_001.0
    assert clock.real_datetime().timestamp() == real.at


@pytest.mark.parametrize(("begins", "at"), [(None, 5_000.0), (1_000.0, 1_000.0)])
def test_one_that_stands_goes_on_only_when_it_is_moved(begins: float | None, at: float) -> None:
    real = RealTime()
    clock = Clock(real, begins=begins, stands=True)
    real.at += 10
    assert clock.now() == at
    clock.advance(5)
    real.at += 10
    assert clock.now() == at + 5
    assert clock.offset == at + 5 - real.at
    clock.reset()
    assert clock.now() == at


@pytest.mark.parametrize(("begins", "stands"), [(None, False), (1_000.0, False), (None, True)])
def test_it_returns_to_where_it_was(begins: float | None, stands: bool) -> None:
    real = RealTime()
    clock = Clock(real, begins=begins, stands=stands)
    clock.advance(7)
    at, offset = clock.now(), clock.offset
    clock.advance(100)
    real.at += 10
    clock.return_to(at, offset)
    went_on = 10 if begins is None and not stands else 0
    assert clock.now() == at + went_on


def test_an_alarm_by_a_clock_that_stands_waits_for_who_moves_it() -> None:
    async def ring() -> list[float]:
        clock, rung = Clock(lambda: 0.0, stands=True), list[float]()
        alarm = Alarm(clock, lambda: 0.001, lambda: rung.append(clock.now()))
        alarm.start()
        await asyncio.sleep(0.01)
        assert rung == []
        clock.advance(0.001)
        while not rung:
            await asyncio.sleep(0)
        alarm.stop()
        return rung

    assert asyncio.run(ring()) == [0.001]
