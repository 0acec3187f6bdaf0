"""`hubemu snapshot`: states of a Hub that is up, taken, listed, gone back to, forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubemu.cli.entry import run
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
Capture = pytest.CaptureFixture[str]
COUNTS = "1 messages waiting, 1 in the journal, 0 fault rules"


@pytest.fixture
def hub(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveHub]:
    monkeypatch.setenv("HUBEMU_HOME", str(home))
    with live_hub(home) as running:
        yield running


def test_a_state_is_taken_gone_back_to_and_forgotten(hub: LiveHub, capsys: Capture) -> None:
    assert run(["snapshot", "list"]) == 0
    assert capsys.readouterr().out == "no snapshots\n"
    with hub.connect(A) as sender:
        sender.publish(as_bytes(envelope(A, C)))
    hub.http("GET", "/api/v1/messages?outcome=routed&wait=10")
    assert run(["snapshot", "take", "waiting"]) == 0
    line = capsys.readouterr().out
    assert line.startswith("waiting: 20")
    assert f", phase igc, {COUNTS}, " in line
    assert run(["snapshot", "take", "waiting"]) == 1
    assert "there is a snapshot 'waiting'" in capsys.readouterr().err
    assert run(["snapshot", "take", "waiting", "--replace", "--json"]) == 0
    taken = json.loads(capsys.readouterr().out)
    assert (taken["name"], taken["messages"]) == ("waiting", 1)
    assert run(["reset"]) == 0
    capsys.readouterr()
    assert run(["snapshot", "restore", "waiting"]) == 0
    assert capsys.readouterr().out.startswith("the Hub is as at waiting: 20")
    with hub.connect(C) as client:
        assert client.depth("message") == 1
    assert run(["snapshot", "restore", "wating"]) == 2
    assert "did you mean waiting?" in capsys.readouterr().err
    assert run(["snapshot", "take", "a b"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert run(["snapshot", "remove", "waiting", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"removed": "waiting"}
    assert hub.http("GET", "/api/v1/snapshots") == {"snapshots": []}
