"""`--json` everywhere: every command has it or says why not, and prints what docs/json.md says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from hubemu.cli.app import APP
from tests.conftest import REPOSITORY
from tests.support.commands import hubemu_here
from tests.support.live import LiveHub, live_hub

A, C, VHOST = "fr.health.samuA", "fr.health.samuC", "15-15_v2.0"
NEW = "fr.health.samuX"
PAGE = (REPOSITORY / "docs/json.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z ]+)`(?:, lines)? \| (.+) \|$", PAGE, re.MULTILINE))
CERTIFICATE = "certs/issued/a.example.crt"


def commands(group: click.Command = APP, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    if not isinstance(group, click.Group):
        yield " ".join(path), group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from commands(command, *path, name)


def test_every_command_has_it_or_says_why_not() -> None:
    with_json: set[str] = set()
    without: set[str] = set()
    for words, command in commands():
        has = any("--json" in parameter.opts for parameter in command.params)
        (with_json if has else without).add(words)
        if not has:
            told = " ".join(command.get_help(click.Context(command)).split())
            assert "there is no --json" in told, words
    assert with_json == ROWS.keys()
    assert without == {
        "convert",
        "faults log",
        "models example",
        "routing show",
        "run",
        "scenario schema",
    }


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("json") / "home") as up:
        yield up


def printed(home: Path, words: str, *arguments: str) -> Any:
    """The document that a command prints, or its first line."""
    ended = hubemu_here(*words.split(), *arguments, "--json", home=home)
    assert ended.code == 0, (words, ended.err)
    return json.loads(ended.out.splitlines()[0] if ", lines" in PAGE_LINE[words] else ended.out)


PAGE_LINE = {words: line for words in ROWS for line in PAGE.splitlines() if f"| `{words}`" in line}


def told_of(words: str) -> tuple[bool, list[str]]:
    """Whether the page says that it is a list, and the keys of the object."""
    shape = re.search(r"`(\[?)\{([^}]*)\}\]?`", ROWS[words])
    assert shape is not None, words
    return bool(shape[1]), shape[2].split(", ")


def test_each_prints_what_the_page_says(hub: LiveHub, tmp_path: Path) -> None:
    home = hub.certs.parent
    message = tmp_path / "message.json"
    message.write_text(hubemu_here("models", "example", "RS-EDA", "--vhost", VHOST).out)
    sent = ("--as", A, "--vhost", VHOST, "--to", C, "--fresh", str(message))
    played = (
        ("status",), ("health",), ("wait",), ("send", *sent),
        ("listen", "--as", C, "--vhost", VHOST, "--count", "1", "--ack", "--timeout", "30"),
        ("logs",), ("check", str(message), "--vhost", VHOST),
        ("models list",), ("models diff", "2.0.0", "3.0.0"), ("certs list",),
        ("certs issue", "--cn", "a.example"), ("certs inspect", str(home / CERTIFICATE)),
        ("certs bind", "--cn", "a.example", "--client", A),
        ("certs trust", str(home / "certs/ca/legacy.pem")),
        ("certs revoke", str(home / CERTIFICATE)),
        ("faults kinds",), ("faults add", "delay", "--ms", "1"), ("faults list",),
        ("faults report",), ("faults clear",), ("explain", "C1"), ("scenario list",),
        ("scenario show", "didier-morel"), ("scenario validate", "didier-morel"),
        ("clients list",), ("clients add", NEW), ("clients change", NEW, "--use-xml", "yes"),
        ("clients remove", NEW), ("vhosts list",),
        ("vhosts add", "15-15_v3.0", "--perimeter", "15-15", "--model", "3.4.1"),
        ("vhosts remove", "15-15_v3.0"), ("routing reload",),
        ("snapshot take", "waiting"), ("snapshot list",), ("snapshot restore", "waiting"),
        ("snapshot remove", "waiting"), ("phase", "dual"), ("reset",),
    )  # fmt: skip
    for words, *arguments in played:
        document = printed(home, words, *arguments)
        many, keys = told_of(words)
        assert isinstance(document, list) is many, words
        one = document[0] if many else document
        fixed = [key for key in keys if key != "..."]
        got = list(one)[: len(fixed)] if "..." in keys else list(one)
        assert sorted(got) == sorted(fixed), words
