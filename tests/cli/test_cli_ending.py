"""Commands that are ended from outside end what they started, and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.commands import HUBEMU
from tests.support.live import until

PATIENCE = 60.0
LISTENING, DEAF = "SIG_DFL", "SIG_IGN"


def hub_in(folder: Path) -> int | None:
    """The process of the Hub that is ready in a home below a folder."""
    for file in folder.glob("*/home/endpoints.json"):
        number: int = json.loads(file.read_text())["pid"]
        return number
    return None


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)]
)
def test_the_hub_that_a_benchmark_measures_ends_with_it(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([*HUBEMU, "bench", "--count", "1000000"], env=environment) as process:
        hub = until(lambda: hub_in(tmp_path), PATIENCE)
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
    assert not is_alive(hub)
    assert list(tmp_path.iterdir()) == []


def test_a_command_whose_terminal_is_closed_ends_what_it_runs(home: Path) -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    run = [*HUBEMU, "run", "--home", str(home), "--", sys.executable, "-c", program]
    with started(LISTENING, run) as (process, child):
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE) == -signal.SIGHUP
    assert not is_alive(child)
    assert not (home / "endpoints.json").exists()


def test_a_command_of_nohup_outlives_its_terminal(home: Path) -> None:
    program = "import os; print(os.getpid(), flush=True); input()"
    run = [*HUBEMU, "run", "--home", str(home), "--", sys.executable, "-c", program]
    with started(DEAF, run) as (process, _):
        process.send_signal(signal.SIGHUP)
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.wait(PATIENCE) == 0


@contextmanager
def started(hangup: str, command: Sequence[str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A command that prints a number first; what SIGHUP is to it, whatever to the tests."""
    program = (
        "import os, signal, sys; "
        f"signal.signal(signal.SIGHUP, signal.{hangup}); os.execv(sys.argv[1], sys.argv[1:])"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", program, *command], stdin=pipe, stdout=pipe
    ) as process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def test_an_interruption_while_it_is_loaded_is_exit_130_without_a_word() -> None:
    program = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'hubemu.cli.entry':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from hubemu.cli import main\n"
        "main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")
