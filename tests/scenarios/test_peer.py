"""`hubemu peer` answers until Ctrl-C; scenarios end on Ctrl-C and leave nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.commands import HUBEMU, hubemu
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("peer") / "home"


@pytest.fixture(scope="module")
def live(home: Path) -> Iterator[LiveHub]:
    with live_hub(home) as hub:
        yield hub


@pytest.fixture
def hub(live: LiveHub) -> LiveHub:
    live.http("POST", "/api/v1/reset")
    return live


@contextmanager
def peer(home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [*HUBEMU, "peer", C, "--vhost", "15-15_v2.0", "--json", *options]
    process = subprocess.Popen(
        command,
        env=os.environ | {"HUBEMU_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130


def first_line(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    told: dict[str, object] = json.loads(process.stdout.readline())
    return told


def test_it_acknowledges(hub: LiveHub, home: Path) -> None:
    message = envelope(A, C)
    with hub.connect(A) as sender, peer(home, "--ack", "--after", "0.2") as process:
        sender.publish(as_bytes(message))
        taken = sender.take("ack")
        content = taken.json["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
        assert content["reference"]["distributionID"] == message["distributionID"]
        told = first_line(process)
        assert (told["answer"], told["distributionID"]) == (
            "acknowledged",
            message["distributionID"],
        )


def test_it_refuses(hub: LiveHub, home: Path) -> None:
    with hub.connect(A) as sender, peer(home, "--refuse") as process:
        sender.publish(as_bytes(envelope(A, C)))
        assert first_line(process)["answer"] == "refused"
        (row,) = hub.http("GET", "/api/v1/messages?wait=5&outcome=dead-lettered")["messages"]
        assert "reason was rejected" in row["errorCause"]


def test_it_is_silent(hub: LiveHub, home: Path) -> None:
    with hub.connect(A) as sender, peer(home, "--silent") as process:
        sender.publish(as_bytes(envelope(A, C)))
        assert first_line(process)["answer"] == "taken"
        (row,) = hub.http("GET", "/api/v1/messages?wait=5&outcome=acknowledged")["messages"]
        assert row["recipient"] == C
        assert sender.depth("ack") == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((C, "--ack", "--silent"), 2, "--silent"),
        (("fr.health.samuc",), 2, "did you mean fr.health.samuC?"),
        ((C, "--vhost", "15-15_v9"), 2, "no vHost"),
    ],
)
def test_mistakes_are_told(
    hub: LiveHub, home: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended = hubemu("peer", *arguments, home=home)
    assert ended.code == code
    assert words in ended.err


def test_without_a_hub_there_is_no_peer(tmp_path: Path) -> None:
    assert hubemu("peer", C, home=tmp_path).code == 3


def test_ctrl_c_ends_a_scenario_and_its_hub(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(
        "title: t\nvhosts: 15-15_v2.0\nclients: {samuA: fr.health.samuA}\n"
        f"steps:\n- run: touch {tmp_path}/begun\n- wait: 60\n"
    )
    folder = tmp_path / "temporary"
    folder.mkdir()
    process = subprocess.Popen(
        [*HUBEMU, "scenario", "run", str(file)],
        env=os.environ | {"TMPDIR": str(folder)},
        stderr=subprocess.PIPE,
        text=True,
    )
    waited = subprocess.run(
        ["sh", "-c", f"while [ ! -e {tmp_path}/begun ]; do sleep 0.05; done"],
        timeout=60,
        check=True,
    )
    assert waited.returncode == 0
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert list(folder.iterdir()) == []
