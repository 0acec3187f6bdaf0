"""What a dispatcher of several tells the Hub of itself."""

from __future__ import annotations

from typing import Any, cast

import pytest

from hubemu.dispatcher.pool.worker import Assignment, WorkerState, _Worker


class Pipe:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[WorkerState] = []

    def send(self, state: WorkerState) -> None:
        self.sent.append(state)


def test_that_nothing_is_in_flight_any_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    assignment = Assignment(prefix="w0.", contexts=dict, addresses=lambda _: [], seed="")
    worker = _Worker(assignment, cast("Any", pipe))
    for in_flight in (2, 2, 0):
        told: dict[str, Any] = {"running": True, "inFlight": in_flight, "links": {}}
        monkeypatch.setattr(worker._dispatcher, "health", lambda told=told: dict(told))
        worker._tell()
    assert [state.health["inFlight"] for state in pipe.sent] == [2, 0]
