"""What lives long is watched: tried again, given up, told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from hubemu import supervision
from hubemu.supervision import Supervision, Trouble


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_WAIT", 0.0)


def failing(times: int, done: list[str]) -> Callable[[], Coroutine[Any, Any, None]]:
    left = [times]

    async def work() -> None:
        if left[0]:
            left[0] -= 1
            raise ZeroDivisionError("a bug")
        done.append("done")

    return work


def test_a_task_that_fails_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> tuple[list[str], tuple[Trouble, ...]]:
        done: list[str] = []
        watched = Supervision()
        await watched.keep("work", failing(2, done))
        return done, watched.troubles()

    assert asyncio.run(scene()) == (["done"], ())
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 2
    assert "ZeroDivisionError: a bug" in caplog.text


def test_one_that_fails_for_ever_is_given_up_and_told_until_it_is_mended() -> None:
    async def scene() -> None:
        watched = Supervision(lambda: 5.0)
        await watched.keep("work", failing(supervision.TRIES, []))
        assert watched.troubles() == (Trouble("work", "ZeroDivisionError: a bug", 5.0),)
        await watched.keep("work", failing(0, []))
        assert watched.troubles() == ()

    asyncio.run(scene())


def test_a_task_for_one_client_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        watched = Supervision()
        await watched.passing("work", failing(1, []))
        assert watched.troubles() == ()

    asyncio.run(scene())
    assert "work: ended by a fault of hubemu" in caplog.text


def test_a_timer_that_fails_is_a_trouble_until_it_succeeds() -> None:
    def broken() -> None:
        raise ValueError("no\nway")

    watched = Supervision(lambda: 1.0)
    assert not watched.guard("timer", broken)
    assert watched.troubles() == (Trouble("timer", r"ValueError: no\x0away", 1.0),)
    assert watched.guard("timer", lambda: None)
    assert watched.troubles() == ()


def test_the_troubles_of_another_process_are_told_too() -> None:
    watched = Supervision()
    trouble = Trouble("its work", "why", 1.0)
    watched.adopt("w0.", [trouble])
    assert watched.troubles() == (trouble,)
    watched.adopt("w0.", [])
    assert watched.troubles() == ()
