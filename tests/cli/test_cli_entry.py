"""Every command line ends with the right exit code and one clear line on stderr."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from hubemu.cli.app import APP, Command
from hubemu.cli.entry import run
from hubemu.version import __version__
from tests.support.commands import HUBEMU


def commands(group: click.Group = APP, *path: str) -> Iterator[tuple[list[str], click.Command]]:
    for name, command in group.commands.items():
        yield [*path, name], command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


PATHS = [path for path, _ in commands()]
EXAMPLES = [(path, one.example) for path, one in commands() if isinstance(one, Command)]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Wide, colourless output, and no home of the developer's."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("HUBEMU_HOME", raising=False)
    monkeypatch.delenv("HUBEMU_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"hubemu {__version__}\n"


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    shown = capsys.readouterr()
    assert all(path[0] in shown.out for path in PATHS)
    assert shown.err == ""


@pytest.mark.parametrize("path", [[], *PATHS], ids=" ".join)
def test_every_command_has_help_with_an_example_on_80_columns(
    path: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*path, "--help"]) == 0
    shown = capsys.readouterr().out
    assert run([*path, "-h"]) == 0
    assert capsys.readouterr().out == shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "..." not in shown.partition("Commands:")[2]
    assert " ".join(["hubemu", *path]) in shown.partition("Example: ")[2]


def shown_help(capsys: pytest.CaptureFixture[str], command: str) -> str:
    assert run([command, "--help"]) == 0
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("broker", "--port INTEGER AMQP port; 0 = any free port. [default: 5672; 0<=x<=65535]"),
        ("broker", "--user USER:PASSWORD Who may log in; repeatable. [default: guest:guest]"),
        ("broker", "endpoints.json. [env var: HUBEMU_HOME; default: .hubemu]"),
        ("up", "--environment [bac-a-sable|pre-prod|prod]"),
        (
            "up",
            "--phase [legacy|dual|igc] Step of the certificate migration. "
            "[env var: HUBEMU_PHASE; default: igc]",
        ),
        ("up", "--detach Return once ready"),
        (
            "convert",
            "Options: --to [json|xml] Format wanted; with versions: that of the file. --vhost",
        ),
        ("listen", "--timeout S End after S seconds. [x>=0]"),
    ],
)
def test_help_tells_choices_defaults_and_ranges(
    command: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert line in shown_help(capsys, command)


@pytest.mark.parametrize(("path", "example"), EXAMPLES)
def test_every_example_uses_options_the_command_has(path: list[str], example: str) -> None:
    words = example.partition("hubemu ")[2].rstrip('")').split()
    assert words[: len(path)] == path
    context = APP.make_context("hubemu", words)
    for name in path:
        assert isinstance(context.command, click.Group)
        found = context.command.get_command(context, name)
        assert found is not None
        words = words[1:]
        context = found.make_context(name, words, parent=context)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["xyz"], "error: No such command 'xyz'. (see `hubemu --help`)"),
        (["statsu"], "No such command 'statsu'. Did you mean 'status'? (see `hubemu --help`)"),
        (["models"], "error: Missing command. (see `hubemu models --help`)"),
        (["models", "lst"], "Did you mean 'list'? (see `hubemu models --help`)"),
        (["--verison"], "Did you mean '--version'? (see `hubemu --help`)"),
        (["up", "--prot", "1"], "error: No such option '--prot'. (Did you mean one of: '--host', "),
        (["up", "more"], "error: Got unexpected extra argument (more) (see `hubemu up --help`)"),
        (["up", "--port", "65536"], "'--port': 65536 is not in the range 0<=x<=65535. (see `hub"),
        (["up", "--port", "x"], "error: Invalid value for '--port': 'x' is not a valid integer."),
        (["up", "--port"], "error: Option '--port' requires an argument. (see `hubemu up --help`)"),
        (["up", "--detach=1"], "error: Option '--detach' does not take a value. (see `hubemu up "),
        (["up", "--phase", "never"], "'legacy', 'dual', 'igc'"),
        (["up", "--environment", "moon"], "'bac-a-sable', 'pre-prod', 'prod'"),
        (["up", "--ttl", "0"], "error: Invalid value for '--ttl'"),
        (["up", "--engine", "rabbitmq", "--rabbitmq", "http://x"], "error: --rabbitmq: 'http://x'"),
        (["up", "--rabbitmq", "docker"], "goes with --engine rabbitmq"),
        (
            ["up", "--state", "disk", "--engine", "rabbitmq"],
            "error: --state disk: goes with the emb",
        ),
        (["up", "--faults", "f.yaml"], "error: f.yaml: no such file"),
        (["up", "--faults", "tunel"], "error: tunel: no such file: did you mean tunnel? "),
        (["up", "--converter", "ftp://x"], "error: --converter: 'ftp://x' is not an http"),
        (["up", "--model", "15-15_v2.0"], "write VHOST=RELEASE"),
        (["up", "--model", "nowhere=2.0.0"], "nowhere"),
        (["up", "--without-quirk", "utc"], "no quirk is called 'utc'; use utc-z"),
        (["up", "--routing", "absent"], "absent: no such folder"),
        (["run"], "error: Missing argument 'CMD...'."),
        (
            ["run", "--", "no-such-command-here"],
            "error: no-such-command-here: no such command: install it",
        ),
        (["run", "--faults", "f.yaml", "--", "true"], "error: f.yaml: no such file"),
        (["faults", "add"], "error: faults add: name one EFFECT (hubemu faults kinds)"),
        (
            ["faults", "add", "dely"],
            "error: EFFECT: no effect is called 'dely': did you mean delay?",
        ),
        (["faults", "add", "delay"], "error: --ms: the key 'ms' is missing"),
        (["faults", "add", "drop", "--times", "0"], "error: --times: 1 or more is needed"),
        (["faults", "add", "nack", "--sender", "a"], "error: --sender: unknown key 'sender'"),
        (["send", "--as", "a", "--vhost", "v", "absent.json"], "absent.json: no such file"),
        (["send", "--as", "a", "file.json"], "error: Missing option '--vhost'"),
        (["listen", "--as", "a", "--vhost", "v", "--queue", "x"], "'message', 'ack', 'info'"),
        (["listen", "--as", "a", "--vhost", "v", "--count", "0"], "0 is not in the range x>=1."),
        (["listen", "--as", "a", "--vhost", "v", "--timeout", "x"], "'x' is not a valid number."),
        (["listen", "--as", "--vhost", "v"], "Missing option '--vhost'"),
        (["check", "--vhost", "15-15_v2.0"], "error: Missing argument 'FILE...'."),
        (
            ["convert", "m.json", "--vhost", "v"],
            "'--to'. Choose from: json, xml (see",
        ),
        (["convert", "m.json", "--vhost", "v", "--to", "yaml"], "'json', 'xml'"),
        (["env", "--format", "toml"], "'dotenv', 'shell', 'json'"),
        (["certs", "list"], "no certificates yet"),
        (["demo", "--lang", "de"], "'en', 'fr'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_exit_2_with_one_line(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert line in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["env"],
        ["health"],
        ["wait", "--timeout", "0"],
        ["reset"],
        ["listen", "--as", "fr.health.samuA", "--vhost", "15-15_v2.0"],
    ],
    ids=lambda value: value[0],
)
def test_no_hub_is_exit_3(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no Hub is up in this home" in shown.err
    assert ".hubemu" in shown.err


def test_send_without_a_hub_is_exit_3(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("{}")
    assert run(["send", "--as", "fr.health.samuA", "--vhost", "15-15_v2.0", "m.json"]) == 3


def test_the_home_can_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUBEMU_HOME", "elsewhere")
    assert run(["down"]) == 0
    assert "elsewhere" in capsys.readouterr().out


@pytest.mark.parametrize("path", [path for path, _ in EXAMPLES], ids=" ".join)
def test_a_result_is_printed_as_json_or_the_help_says_why_not(
    path: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*path, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert ("--json Print" in shown) != ("there is no --json" in shown)


def test_status_of_no_hub_is_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status"]) == 1
    assert capsys.readouterr().out.startswith("down: ")
    assert run(["status", "--json"]) == 1
    assert capsys.readouterr().out == '{\n  "up": false\n}\n'


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(**settings: object) -> None:
        raise error

    monkeypatch.setattr(APP, "main", fail)


def test_ctrl_c_is_exit_130(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    assert run(["status"]) == 130


def test_a_bug_is_one_line_that_says_how_to_report_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, ZeroDivisionError("division by zero"))
    assert run(["status"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error: ZeroDivisionError: division by zero (")
    assert "HUBEMU_DEBUG=1" in shown


def test_a_bug_can_be_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError())
    monkeypatch.setenv("HUBEMU_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["status"])


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["chck"], "check"),
        (["UP"], "up"),
        (["models", "List"], "list"),
        (["up", "--PHASE", "igc"], "--phase"),
        (["up", "--engin", "embedded"], "--engine"),
        (["up", "--phase", "IGC"], "igc"),
        (["up", "--engine", "Rabbit"], "rabbitmq"),
        (["up", "--environment", "sandbox"], None),
        (["up", "--without-quirk", "UTC-Z"], "utc-z"),
        (["up", "--model", "15-15_V2.0=1.0"], "15-15_v2.0"),
        (["models", "example", "rs-eda", "--vhost", "15-15_v2.0"], "RS-EDA"),
        (["models", "example", "RS-EDA", "--vhost", "15-15_V2.0"], "15-15_v2.0"),
        (["models", "diff", "2.0", "3.0.0"], "2.0.0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_was_meant_is_said(
    arguments: list[str], meant: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    if meant is None:  # nothing is near: nothing wrong is suggested
        assert "did you mean" not in shown.lower()
    else:
        assert re.search(rf"[Dd]id you mean (one of: )?'?{re.escape(meant)}['?]", shown)


@pytest.mark.parametrize("group", ["models", "certs", "export"])
def test_the_help_of_a_group_has_an_example_that_does_something(
    group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([group, "--help"]) == 0
    example = capsys.readouterr().out.rpartition("Example: hubemu ")[2].split()
    assert example[0] == group
    assert "--help" not in example


@pytest.fixture
def unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in a folder that is somebody else's, for a user who may read everything, too."""
    closed = tmp_path / "closed"
    closed.mkdir()
    ask = os.stat

    def stat(path: Any, *more: Any, **named: Any) -> os.stat_result:
        if str(path).startswith(str(closed) + os.sep):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return ask(path, *more, **named)

    monkeypatch.setattr(os, "stat", stat)
    return closed / "file"


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "FILE", "--vhost", "15-15_v2.0"],
        ["up", "--faults", "FILE", "--port", "0", "--http-port", "0"],
        ["rehearse", "--client", "fr.health.samuA", "--html", "FILE"],
        ["rehearse", "--migration", "FILE"],
        ["scenario", "run", "FILE"],
        ["certs", "inspect", "FILE"],
    ],
    ids=" ".join,
)
def test_what_is_in_a_folder_of_somebody_else_is_exit_2(
    arguments: list[str], unreadable: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([str(unreadable) if one == "FILE" else one for one in arguments]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert str(unreadable) in told
    assert "fault of hubemu" not in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("name", ["loop", "a" * 300, "file/below"])
def test_a_name_that_cannot_be_is_exit_2(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    for words in (["check", "--vhost", "15-15_v2.0"], ["scenario", "run"], ["certs", "trust"]):
        assert run([*words, str(tmp_path / name)]) == 2
        told = capsys.readouterr().err
        assert name in told
        assert "fault of hubemu" not in told


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
@pytest.mark.parametrize(
    "arguments",
    [["scenario", "list"], ["models", "list", "--json"], ["scenario", "schema"]],
    ids=" ".join,
)
def test_who_reads_no_more_ends_a_command_without_a_word(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        ended = subprocess.run(
            [*HUBEMU, *arguments], stdout=gone, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output_on_a_full_disk_is_exit_3_and_one_line() -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*HUBEMU, "scenario", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 3
    assert ended.stderr == ("error: standard output: cannot be written: no space left on device\n")
