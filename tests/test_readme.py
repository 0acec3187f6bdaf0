"""Both READMEs say the same, and every block of theirs runs as it stands, in order, on a fresh Hub.

C# is only read: its libraries are not asked for here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.support.live import LiveHub, live_hub

ENGLISH, FRENCH = ((REPOSITORY / name).read_text("utf-8") for name in ("README.md", "README.fr.md"))
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
INSTALLS = re.compile(r"^(pip|npm|dotnet) .*\n", re.MULTILINE)


def blocks(text: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in BLOCK.finditer(text)]


def prose(text: str) -> str:
    return BLOCK.sub("", text)


def ran(command: list[str], folder: Path, hub: LiveHub) -> str:
    environment = os.environ | {
        "HUBEMU_HOME": str(hub.certs.parent),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_both_have_the_same_blocks() -> None:
    assert blocks(ENGLISH) == blocks(FRENCH)


@pytest.mark.parametrize(
    "parts",
    [r"^#+ ", r"^\|", r"^- ", r"\]\([^)]*\)", r"`[^`]+`"],
    ids=["headings", "rows", "items", "links", "words of code"],
)
def test_both_have_the_same_parts(parts: str) -> None:
    english, french = (re.findall(parts, prose(text), re.MULTILINE) for text in (ENGLISH, FRENCH))
    other = {"](README.fr.md)": "](README.md)"}
    assert [other.get(part, part) for part in english] == french


def test_what_they_link_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)]*)\)", ENGLISH + FRENCH):
        assert (REPOSITORY / link).exists(), link


def test_the_first_blocks_are_targets_of_make_and_the_environment() -> None:
    first, second = (code for _, code in blocks(ENGLISH)[:2])
    makefile = (REPOSITORY / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", first, re.MULTILINE):
        assert f"\n{target}:" in makefile
    assert second.startswith(". .venv/bin/activate ")
    assert '\nexport HUBEMU_HOME="$PWD/.hubemu"' in second


def test_every_further_block_runs_in_order(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    modules: Path = request.getfixturevalue("amqplib")
    os.symlink(modules, tmp_path / "node_modules")
    with live_hub(tmp_path / "home") as hub:
        for language, written in blocks(ENGLISH)[2:]:
            code = written.replace("5671", str(hub.port))
            if language == "sh":
                commands = INSTALLS.sub("", code)
                shown = ran(["sh", "-e", "-c", commands], tmp_path, hub)
                assert bool(shown) == bool(commands)
            elif language == "csharp":
                assert "HUBEMU_HOME" in code
            else:
                program = tmp_path / f"first.{language}"
                program.write_text(code)
                interpreter = sys.executable if language == "python" else "node"
                check_exchange(ran([interpreter, str(program)], tmp_path, hub))


def check_exchange(output: str) -> None:
    """What was sent is what was received."""
    sent, received = output.splitlines()
    assert sent.split()[1] == received.split()[2]
    assert "application/json" in received
