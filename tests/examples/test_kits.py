"""The kits of examples/ for JUnit 5 and Vitest: a test that fails shows the journal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.support.commands import HUBEMU, hubemu
from tests.support.languages import ClientMissing, java_classpath, java_compiled

EXAMPLES = Path(__file__).parents[2] / "examples"
TIMEOUT = 110.0


def played(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A test runner, with the command hubemu of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if "HUBEMU" not in name}
    (passing := folder / "tmp").mkdir()
    settings = {"PATH": path, "NO_COLOR": "1", "CI": "1", "TMPDIR": str(passing)}
    settings["JAVA_TOOL_OPTIONS"] = f"-Djava.io.tmpdir={passing}"  # Java heeds no TMPDIR
    ended = subprocess.run(
        command,
        cwd=folder,
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    left = [one.name for one in passing.iterdir() if one.name.startswith("hubemu")]
    assert left == []  # the home of its Hub is gone with it
    return ended


def mistaken(source: Path, right: str, wrong: str, name: str, folder: Path) -> Path:
    """A copy of a test, whose expectation is another."""
    text = source.read_text()
    assert right in text
    copy = folder / name
    copy.write_text(text.replace(right, wrong).replace("ExchangeTest", "MistakenTest"))
    return copy


def test_the_extension_of_junit(tmp_path: Path) -> None:
    kit = EXAMPLES / "java/junit5"
    exchange = kit / "ExchangeTest.java"
    wrong = mistaken(exchange, "contains(A)", 'contains("no")', "MistakenTest.java", tmp_path)
    try:
        classpath = java_classpath(junit=True)
        java_compiled([kit / "HubExtension.java", exchange, wrong], tmp_path, classpath)
    except ClientMissing as reason:
        missing("junit", str(reason))
    run = ["java", "-cp", f"{tmp_path}:{classpath}", "org.junit.platform.console.ConsoleLauncher"]
    names = ["--select-class", "ExchangeTest", "--select-class", "MistakenTest"]
    ended = played([*run, *names, "--disable-banner", "--details=tree"], tmp_path)
    told = ended.stdout + ended.stderr
    assert ended.returncode == 1, told
    assert "3 tests successful" in told, told
    assert "1 tests failed" in told, told
    assert told.count("the Hub's journal: ") == 1
    assert '"outcome":"delivered"' in told or '"outcome":"acknowledged"' in told, told


def test_the_helper_of_vitest(amqplib: Path, tmp_path: Path) -> None:
    for file in (EXAMPLES / "node/vitest").glob("*.js"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(amqplib)
    exchange = tmp_path / "exchange.test.js"
    mistaken(exchange, "toBe(message.distributionID)", "toBe('no')", "mistaken.test.js", tmp_path)
    runner = ["node", str(amqplib / "vitest/vitest.mjs"), "run"]
    ended = played(runner, tmp_path)
    told = ended.stdout + ended.stderr
    assert ended.returncode == 1, told
    assert "1 failed | 3 passed" in told, told
    assert told.count("the Hub's journal for") == 1, told


def test_the_helper_of_vitest_on_a_hub_that_wants_a_token(amqplib: Path, tmp_path: Path) -> None:
    for file in (EXAMPLES / "node/vitest").glob("*.js"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(amqplib)
    tests = ["node", str(amqplib / "vitest/vitest.mjs"), "run"]
    ended = played([*HUBEMU, "run", "--http-token", "of-the-run", "--", *tests], tmp_path)
    told = ended.stdout + ended.stderr
    assert ended.returncode == 0, told
    assert "2 passed" in told, told


@pytest.mark.parametrize("kit", ["java/junit5/HubExtension.java", "node/vitest/hub.setup.js"])
def test_the_options_they_use_are_there(kit: str) -> None:
    assert "'--detach'" in (text := (EXAMPLES / kit).read_text()) or '"--detach"' in text
    assert "--detach" in hubemu("up", "--help").out
