"""One who fails keeps nothing from the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hubemu.broker.core.alarms import Alarms
from hubemu.broker.core.deadlines import Deadlines
from hubemu.broker.core.limits import Limits
from hubemu.broker.core.memory_use import MemoryUse
from hubemu.clock import Clock
from hubemu.watchers import tell_each

Watch = Callable[[Callable[..., None]], object]


def fails(*_: object) -> None:
    raise RuntimeError("one of them")


def test_all_are_told_though_one_fails(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []
    tell_each((told.append, fails, told.append), 7)
    assert told == [7, 7]
    assert "RuntimeError: one of them" in caplog.text


def test_those_who_come_meanwhile_are_told_next_time() -> None:
    watchers: list[Callable[[], object]] = []
    watchers.append(lambda: watchers.append(fails))
    tell_each(watchers)
    assert len(watchers) == 2


def test_who_watches_clock_alarms_and_deadlines_is_told_though_one_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, alarms, deadlines = Clock(), Alarms(MemoryUse(Limits())), Deadlines()
    moves: list[tuple[Watch, Callable[[], object]]] = [
        (clock.watch, lambda: clock.advance(1)),
        (alarms.watch, lambda: alarms.disk(True)),
        # No callback, on purpose.
        (deadlines.watch, lambda: deadlines.arm(1.0, object())),  # type: ignore[arg-type]
    ]
    told: list[str] = []
    for watch, move in moves:
        watch(fails)
        watch(lambda *_: told.append("told"))
        move()
    assert told == ["told"] * 3
    assert caplog.text.count("RuntimeError: one of them") == 3
