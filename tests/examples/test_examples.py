"""The programs of examples/: each sends, receives, hears of a refusal, and comes back.

They run where their compiler and library are; C# is read, not run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import pytest

from hubemu.client.environment import client_environment
from hubemu.client.facts import HubFacts
from tests.conftest import missing
from tests.support.commands import hubemu
from tests.support.languages import LANGUAGES, ClientMissing
from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope

EXAMPLES = Path(__file__).parents[2] / "examples"
A, C = "fr.health.samuA", "fr.health.samuC"
VHOST = "15-15_v2.0"
PATIENCE = 40.0
"""Seconds for a program to start, on a machine under load, or to come back."""
COMPILED = {"java": "java/Client.java", "go": "go/client.go", "c": "c/client.c"}
PROGRAMS = COMPILED | {"ruby": "ruby/client.rb", "php": "php/client.php"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("hub") / "home") as up:
        yield up


@pytest.fixture(scope="module", params=["python", "node", *PROGRAMS])
def command(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[str]]:
    """A language and the command that runs its program."""
    language: str = request.param
    if language == "python":
        return language, [sys.executable, str(EXAMPLES / "python/client.py")]
    folder = tmp_path_factory.mktemp(language)
    if language == "node":
        modules: Path = request.getfixturevalue("amqplib")
        (folder / "node_modules").symlink_to(modules)
        (folder / "client.js").write_text((EXAMPLES / "node/client.js").read_text())
        return language, ["node", str(folder / "client.js")]
    known = {one.name: one for one in LANGUAGES}
    try:
        return language, known[language].compile(EXAMPLES / PROGRAMS[language], folder)
    except ClientMissing as reason:
        missing(language, str(reason))


class Program:
    """A program that runs, and the lines it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def line(self, start: str) -> str:
        """The next line that begins so."""
        seen = []
        while True:
            try:
                seen.append(self._lines.get(timeout=PATIENCE))
            except Empty:
                raise AssertionError(f"no line {start!r}; these came: {seen}") from None
            if seen[-1].startswith(start):
                return seen[-1]

    def joined(self) -> None:
        """Wait until all it printed is read."""
        self._reader.join(PATIENCE)


@contextmanager
def running(hub: LiveHub, command: list[str], client: str, *more: str) -> Iterator[Program]:
    facts = HubFacts.of(hub.http("GET", "/api/v1/hub"))
    settings = client_environment(facts, hub.certs.parent, client, VHOST)
    process = subprocess.Popen(
        [*command, client, *more],
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    program = Program(process)
    try:
        yield program
    finally:
        process.kill()
        process.wait()
        program.joined()
        if process.stdout is not None:
            process.stdout.close()


def test_it_sends_and_hears_of_a_refusal(
    hub: LiveHub, command: tuple[str, list[str]], tmp_path: Path
) -> None:
    _, run = command
    bad = tmp_path / "bad.json"
    message = envelope(A, C)
    bad.write_bytes(as_bytes(message | {"distributionKind": "Nonsense"}))
    with running(hub, run, A, str(bad)) as program:
        assert program.line("confirmed") == f"confirmed {bad}"
        report = json.loads(program.line("info").removeprefix("info "))
    content = report["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    assert content["error"]["errorCode"]["statusCode"] == 300


def test_it_receives_acknowledges_and_comes_back(
    hub: LiveHub, command: tuple[str, list[str]]
) -> None:
    _, run = command
    with running(hub, run, C) as program:
        program.line("listening")
        for _ in range(2):
            message = envelope(A, C)
            with hub.connect(A) as client:
                client.publish(as_bytes(message))
            got = json.loads(program.line("message").removeprefix("message "))
            assert got["distributionID"] == message["distributionID"]
            query = f"q={message['distributionID']}&outcome=acknowledged&wait=20"
            assert hub.http("GET", f"/api/v1/messages?{query}")["messages"]
            dropped = hub.http("PUT", "/api/v1/phase", {"phase": "igc", "disconnect": True})
            assert dropped["disconnected"] >= 1
            program.line("listening")


def test_every_example_is_listed_and_every_listed_one_is_there() -> None:
    text = (EXAMPLES / "README.md").read_text()
    listed = set(re.findall(r"\]\(([^)]+)\)", text))
    there = {str(one.relative_to(EXAMPLES)) for one in EXAMPLES.rglob("*") if one.is_file()}
    there.remove("README.md")
    assert listed == there


@pytest.mark.parametrize("recipe", ["github.yml", "gitlab.yml", "Jenkinsfile"])
def test_the_commands_of_a_ci_recipe_are_commands(recipe: str) -> None:
    """Each names a command and options that there are; what it runs is run elsewhere."""
    commands = re.findall(r"hubemu ((?:doctor|run|scenario)\b[^\n]*)", read(f"ci/{recipe}"))
    assert {one.split()[0] for one in commands} == {"doctor", "run", "scenario"}
    for command in commands:
        words, _, _ = command.partition(" -- ")
        names = [word for word in words.split() if not word.startswith("-")]
        group = names[:2] if names[0] == "scenario" else names[:1]
        told = hubemu(*group, "--help").out
        for option in re.findall(r"--[a-z][a-z-]*", words):
            assert option in told, (recipe, option)


def read(name: str) -> str:
    return (EXAMPLES / name).read_text()
