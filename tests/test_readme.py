"""The README's first exchanges run as they stand, on a Hub of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.support.live import live_hub

README = (REPOSITORY / "README.md").read_text("utf-8")


def block(language: str) -> str:
    """The README's only code block in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def pasted(language: str, certs: Path, port: int) -> str:
    """The block with the home and port of the Hub at hand."""
    code = block(language)
    assert "'.hubemu/certs'" in code.replace('"', "'")
    assert "5671" in code
    return code.replace(".hubemu/certs", str(certs)).replace("5671", str(port))


def ran(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("language", ["python", "js"])
def test_the_first_exchange(language: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    program = tmp_path / f"first.{language}"
    command = [sys.executable, str(program)]
    if language == "js":
        modules: Path = request.getfixturevalue("amqplib")
        os.symlink(modules, tmp_path / "node_modules")
        command = ["node", str(program)]
    with live_hub(tmp_path / "home") as hub:
        program.write_text(pasted(language, hub.certs, hub.port))
        output = ran(command, tmp_path)
    sent, received = output.splitlines()
    assert sent.split()[1] == received.split()[2]
    assert "application/json" in received
