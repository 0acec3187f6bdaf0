"""The fixtures, in a pytest of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

GOOD = """
A, C = "fr.health.samuA", "fr.health.samuC"

def test_exchange(hub_client, hub_journal):
    sender, recipient = hub_client(A), hub_client(C)
    identifier = sender.send(sender.example("RS-EDA", to=C))
    received = recipient.receive()
    assert received.distribution_id == identifier
    assert [row["distributionID"] for row in hub_journal.messages()] == [identifier]

def test_each_begins_on_empty_queues(hub_client, hub_journal, hub_clock):
    hub_client(C).nothing(seconds=0.1)
    assert hub_journal.messages() == []
    hub_clock.advance(86400)

def test_the_clock_is_at_its_start(hub):
    import json, time, urllib.request
    with urllib.request.urlopen(hub.http + "/api/v1/clock") as answer:
        assert json.load(answer)["offset"] == 0
"""
SNAPSHOT = """
import pytest

A, C = "fr.health.samuA", "fr.health.samuC"

@pytest.fixture(scope="module")
def waiting(hub):
    with hub.client(A) as sender:
        sender.send(sender.example("RS-EDA", to=C))
    hub.journal.messages(outcome="routed", wait=10)
    return hub.snapshot()

@pytest.mark.parametrize("number", [1, 2, 3])
def test_it_waits(waiting, hub_client, number):
    waiting.restore()
    recipient = hub_client(C)
    recipient.ack(recipient.receive())
    recipient.nothing(seconds=0.1)
"""
BAD = """
def test_bad(hub_client):
    sender = hub_client("fr.health.samuA")
    sender.send(sender.example("RS-EDA", to="fr.health.samuC"), persistent=False)
    sender.report(100)
    assert False
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=110, check=False
    )


def test_a_test_gets_a_hub_as_new(tmp_path: Path) -> None:
    (tmp_path / "test_good.py").write_text(GOOD)
    ended = run(tmp_path, "-W", "error")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "3 passed" in ended.stdout


def test_workers_do_not_meet(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"test_good_{number}.py").write_text(GOOD)
    ended = run(tmp_path, "-n", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "6 passed" in ended.stdout


def test_each_test_goes_back_to_a_state_of_its_module(tmp_path: Path) -> None:
    (tmp_path / "test_waiting.py").write_text(SNAPSHOT)
    ended = run(tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "3 passed" in ended.stdout


def test_a_failure_shows_the_journal_of_its_messages(tmp_path: Path) -> None:
    (tmp_path / "test_bad.py").write_text(BAD)
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert "messages of the Hub" in ended.stdout
    assert "rejected 100 DELIVERY_MODE_INCONSISTENCY: RS-EDA" in ended.stdout


ALONE = """
def test_nothing_comes(hub_client):
    hub_client("fr.health.samuA").receive(timeout=0.1)

def test_nobody(hub_client):
    hub_client("fr.health.nobody")

def test_no_such_effect(hub_faults):
    hub_faults.add("drpo")

def test_no_such_type(hub_client):
    hub_client("fr.health.samuA").example("RS-XX")
"""


def test_a_failure_shows_the_line_of_the_test_and_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "test_alone.py").write_text(ALONE)
    ended = run(tmp_path, "-W", "error")
    assert "4 failed" in ended.stdout, ended.stdout
    for words in (
        "nothing came on fr.health.samuA.message",
        "fr.health.nobody: no client of this Hub",
        "no effect is called 'drpo'",
        "RS-XX: release 2.0.0 has no such type",
    ):
        assert words in ended.stdout
    assert "concurrent/futures" not in ended.stdout
    assert "hubemu/testing" not in ended.stdout.partition("short test summary")[0]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--hub-engine=erlang", "--hub-engine: 'erlang': use embedded or rabbitmq"),
        ("--hub-routing=/nowhere", "--hub-routing: /nowhere: no such folder"),
        ("--hub-now=noon", "--hub-now: 'noon' is no instant"),
    ],
)
def test_a_wrong_option_is_told_before_any_test(option: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "test_good.py").write_text(GOOD)
    ended = run(tmp_path, option)
    assert ended.returncode == 4
    assert words in ended.stderr


def test_the_clock_and_the_seed_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "test_fixed.py").write_text(
        "def test_fixed(hub, hub_client):\n"
        "    assert hub.http and hub._hub.running.settings.seed == 5\n"
        "    example = hub_client('fr.health.samuA').example('RS-EDA')\n"
        "    assert example['dateTimeSent'] == '2026-01-01T13:00:00+01:00'\n"
    )
    ended = run(tmp_path, "--hub-now", "2026-01-01T12:00:00Z", "--hub-seed", "5")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_it_costs_nothing_when_unused(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text(
        "import sys\n"
        "def test_plain():\n"
        "    loaded = [one for one in sys.modules if one.partition('.')[0] == 'hubemu']\n"
        "    assert sorted(loaded) == ['hubemu', 'hubemu.pytest_plugin', 'hubemu.version']\n"
    )
    ended = run(tmp_path)
    assert ended.returncode == 0, ended.stdout
