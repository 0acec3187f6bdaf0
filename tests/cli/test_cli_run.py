"""`hubemu run`: a Hub for one command."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.commands import HUBEMU, hubemu
from tests.support.messages import as_bytes, envelope

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


def test_the_command_has_the_environment_and_a_hub(home: Path) -> None:
    ended = hubemu(
        *("run", "--home", str(home), "--client", "fr.health.samuB"),
        *("--", sys.executable, "-c", SHOW),
    )
    assert ended.code == 0, ended.err
    variables = ended.json
    assert Path(variables["HUBEMU_CERT"]).parent.name == "fr.health.samuB"
    assert variables["HUBEMU_HOME"] == str(home)
    assert int(variables["HUB_PORT"]) > 0
    assert ended.err == ""
    assert hubemu("status", home=home).code == 1


def test_a_temporary_home_is_removed() -> None:
    # `eval "$(hubemu env)"` of another Hub came before.
    command = ["run", "--", sys.executable, "-c", SHOW]
    ended = hubemu(*command, home=Path("/nowhere"), HUBEMU_HTTP_TOKEN="another")
    assert ended.code == 0, ended.err
    assert not Path(ended.json["HUBEMU_HOME"]).exists()
    assert "HUBEMU_HTTP_TOKEN" not in ended.json


def test_its_exit_code_is_the_commands(home: Path) -> None:
    assert hubemu("run", "--home", str(home), sys.executable, "-c", "raise SystemExit(7)").code == 7


def test_a_command_can_talk_to_the_hub_and_its_failures_are_told(
    home: Path, tmp_path: Path
) -> None:
    bad, lost = tmp_path / "bad.json", tmp_path / "lost.json"
    bad.write_bytes(as_bytes(envelope("fr.health.samuB", "fr.health.samuC")))
    lost.write_bytes(as_bytes(envelope("fr.health.samuA", "fr.health.samuC")))
    script = f"""
import subprocess, sys
for file in ({str(bad)!r}, {str(lost)!r}):
    subprocess.run([*{HUBEMU!r}, "send", "--as", "fr.health.samuA", "--vhost", "15-15_v2.0", file],
                   check=file == {str(lost)!r})
subprocess.run([*{HUBEMU!r}, "listen", "--as", "fr.health.samuA", "--vhost", "15-15_v2.0",
                "--queue", "info", "--count", "1", "--timeout", "10"], check=True)
sys.exit(3)
"""
    ended = hubemu("run", "--home", str(home), "--", sys.executable, "-c", script)
    assert ended.code == 3, ended.err
    assert "rejected 200 SENDER_INCONSISTENCY" in ended.err
    assert "message sender is fr.health.samuB but received routing key is" in ended.err
    assert "error report sent" not in ended.err
    assert "routed: customContent" in ended.err


def test_signals_reach_the_command(home: Path) -> None:
    script = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9)); " + (
        "print('ready', flush=True); signal.pause()"
    )
    process = subprocess.Popen(
        [*HUBEMU, "run", "--home", str(home), "--", sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 9


def test_a_command_ended_by_a_signal(home: Path) -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    ended = hubemu("run", "--home", str(home), "--", sys.executable, "-c", script)
    assert ended.code == 128 + signal.SIGKILL


def test_options_of_up_hold(home: Path) -> None:
    options = ["--phase", "dual", "--home", str(home)]
    ended = hubemu("run", *options, "--", sys.executable, "-c", SHOW)
    assert Path(ended.json["TRUST_STORE_PATH"]).name == "dual.jks"
