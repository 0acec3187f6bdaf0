"""The options of a Hub: from the command line to a dataclass, and from there to its settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import click
import pytest
from click.testing import CliRunner

from hubemu.address import reachable_name
from hubemu.cli.app import APP
from hubemu.cli.env import EnvFormat, _assignment, _property
from hubemu.cli.http_token import given_token
from hubemu.cli.hub_options import HubOptions, as_arguments
from hubemu.cli.output import result
from hubemu.cli.parameters import Argument, Option, parameters_of
from hubemu.cli.signature import takes
from hubemu.cli.up import UpNotice, UpOptions, banner
from hubemu.errors import InputError
from hubemu.settings import Environment, Phase, Settings

HOME = Path("home")


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Options of a command of the tests, one of each kind."""

    name: Annotated[str, Argument(metavar="NAME", help="Who.")]
    files: Annotated[tuple[Path, ...], Argument(metavar="FILE...", help="Which.")]
    needed: Annotated[str, Option(help="A must.")]
    many: Annotated[tuple[str, ...], Option(help="One more.")] = ("x",)
    number: Annotated[int, Option(min=0, max=9)] = 3
    share: Annotated[float | None, Option(min=0)] = None
    phase: Annotated[Phase, Option(help="Step.")] = Phase.IGC
    other: Annotated[Phase | None, Option(help="Step.")] = None
    form: Annotated[Literal["json", "xml"], Option("--as")] = "json"
    folder: Annotated[Path | None, Option(envvar="FOLDER")] = None
    loud: Annotated[bool, Option()] = False
    full: Annotated[bool | None, Option("--full/--minimal")] = None


@takes(Several)
def several(options: Several) -> None:
    """Say what came."""
    result(repr(options))


GIVEN = ["n", "a", "b", "--needed", "y"]


def told(*arguments: str) -> str:
    command = click.Command("several", params=parameters_of(several), callback=several)
    ended = CliRunner().invoke(command, [*GIVEN, *arguments])
    return ended.output


def given(**options: Any) -> str:
    files = (Path("a"), Path("b"))
    return f"{Several(**({'name': 'n', 'files': files, 'needed': 'y'} | options))!r}\n"


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {}),
        (["--many", "a", "--many", "b"], {"many": ("a", "b")}),
        (["--number", "9"], {"number": 9}),
        (["--share", "0.5"], {"share": 0.5}),
        (["--phase", "dual", "--other", "legacy"], {"phase": Phase.DUAL, "other": Phase.LEGACY}),
        (["--as", "xml"], {"form": "xml"}),
        (["--folder", "f"], {"folder": Path("f")}),
        (["--loud", "--full"], {"loud": True, "full": True}),
        (["--minimal"], {"full": False}),
    ],
)
def test_fields_become_parameters(arguments: list[str], options: dict[str, Any]) -> None:
    assert told(*arguments) == given(**options)


def test_a_variable_of_the_environment_gives_way_to_the_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FOLDER", "v")
    assert told() == given(folder=Path("v"))
    assert told("--folder", "f") == given(folder=Path("f"))
    monkeypatch.setenv("FOLDER", "")
    assert told() == given()


def taken(name: str, *arguments: str) -> dict[str, Any]:
    """What a command takes from its command line and the environment."""
    command = APP.get_command(click.Context(APP), name)
    assert command is not None
    with command.make_context(name, [*arguments]) as context:
        return context.params


IN_THE_ENVIRONMENT = {
    "HUBEMU_TTL": "7",
    "HUBEMU_PHASE": "dual",
    "HUBEMU_MODEL": "15-15_v2.1=3.4.1 15-15_v2.0=2.0.0",
    "HUBEMU_NO_RELAY": "1",
    "HUBEMU_PORT": "6001",
    "HUBEMU_HTTP_PORT": "6002",
    "HUBEMU_HTTP_TOKEN": "of-another",
    "HUBEMU_HTTP_TOKEN_FILE": "/run/secrets/token",
    "HUBEMU_HOME": "/of/another",
}


def test_each_option_of_a_hub_may_stand_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in IN_THE_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    up, run = taken("up", "--ttl", "9"), taken("run", "--", "true")
    assert up["ttl"] == 9  # said on the command line
    assert run["ttl"] == 7
    for one in (up, run):
        assert one["phase"] is Phase.DUAL
        assert one["model"] == ("15-15_v2.1=3.4.1", "15-15_v2.0=2.0.0")
        assert one["no_relay"] is True
    where = ("port", "http_port", "http_token", "http_token_file", "home")
    assert [up[name] for name in where] == [
        6001, 6002, "of-another", Path("/run/secrets/token"), Path("/of/another"),
    ]  # fmt: skip
    # The Hub of `run` is its own, wherever another one is.
    assert [run[name] for name in where] == [0, 0, None, None, None]


def test_a_value_of_the_environment_that_does_not_fit_is_told_with_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUBEMU_HTTP_PORT", "many")
    with pytest.raises(click.BadParameter) as refused:
        taken("up")
    assert "HUBEMU_HTTP_PORT" in refused.value.format_message()
    monkeypatch.setenv("HUBEMU_HTTP_PORT", "")
    assert taken("up")["http_port"] == 8671


def test_a_token_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"secret-1\r\n")
    assert given_token(None, file) == given_token("secret-1", file) == "secret-1"
    assert HubOptions(http_token_file=file).settings(HOME).http_token == "secret-1"
    with pytest.raises(InputError, match="--http-token says another"):
        given_token("secret-2", file)
    with pytest.raises(InputError, match="no such file"):
        given_token(None, tmp_path / "none")


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        (["--number", "10"], "10 is not in the range 0<=x<=9."),
        (["--share", "much"], "'much' is not a valid number."),
        (["--phase", "DUAL"], "'DUAL' is not one of 'legacy', 'dual', 'igc'."),
        (["--as", "yaml"], "'yaml' is not one of 'json', 'xml'."),
        (["--no-loud"], "No such option '--no-loud'."),
        (["--needed"], "Option '--needed' requires an argument."),
    ],
)
def test_what_does_not_fit_a_field_is_refused(arguments: list[str], mistake: str) -> None:
    assert mistake in told(*arguments)


def test_defaults_are_those_of_the_settings() -> None:
    assert HubOptions().settings(HOME) == Settings(home=HOME)


def test_every_option_reaches_the_settings() -> None:
    options = HubOptions(
        host="0.0.0.0",
        port=1,
        http_port=2,
        routing=Path("tables"),
        environment=Environment.PROD,
        phase=Phase.DUAL,
        ttl=5,
        converter="https://converter.example",
        san=("a", "b"),
        model=("15-15_v2.0=3.0.0",),
        without_quirk=("all",),
    )
    assert options.settings(HOME) == Settings(
        home=HOME,
        host="0.0.0.0",
        port=1,
        http_port=2,
        routing=Path("tables"),
        environment=Environment.PROD,
        phase=Phase.DUAL,
        ttl=5,
        converter="https://converter.example",
        sans=("a", "b"),
        models={"15-15_v2.0": "3.0.0"},
        quirks=frozenset(),
    )


@pytest.mark.parametrize("pair", ["", "=", "v", "v=", "=r"])
def test_a_model_that_is_no_pair_is_refused(pair: str) -> None:
    with pytest.raises(InputError, match="VHOST=RELEASE"):
        HubOptions(model=(pair,)).settings(HOME)


def test_arguments_give_the_same_options_again() -> None:
    options = UpOptions(phase=Phase.LEGACY, http_port=0, seed=7, san=("a", "b"), detach=True)
    arguments = [
        "--http-port",
        "0",
        "--phase",
        "legacy",
        "--seed",
        "7",
        "--san",
        "a",
        "--san",
        "b",
        "--detach",
    ]
    assert as_arguments(options) == arguments


def test_the_banner_tells_how_to_reach_the_hub() -> None:
    shown = banner(
        {
            "engine": "embedded",
            "environment": "prod",
            "phase": "dual",
            "amqps": {"host": "127.0.0.1", "port": 4321},
            "http": "http://127.0.0.1:1234",
            "certs": "/home/certs",
            "vhosts": ["a", "b"],
        },
        UpNotice("Ctrl-C", 4711),
    )
    assert "embedded, prod, phase dual" in shown
    assert f"amqps://{reachable_name('127.0.0.1')}:4321/<vhost>  (2 vHosts)" in shown
    assert "http://127.0.0.1:1234" in shown
    assert "/home/certs" in shown
    assert "seed   4711" in shown


def test_a_seed_is_drawn_unless_one_is_given() -> None:
    drawn = {HubOptions().settings(HOME).seed for _ in range(5)}
    assert len(drawn) > 1
    assert all(0 <= one < 10**9 for one in drawn)
    assert HubOptions(seed=0).settings(HOME).seed == 0


@pytest.mark.parametrize(
    ("value", "dotenv", "shell"),
    [
        ("plain-1.0/x:y", "A=plain-1.0/x:y", "export A=plain-1.0/x:y"),
        # As it stands: `docker --env-file` would take quotes for a part of the value.
        ('[["a",["b"]]]', 'A=[["a",["b"]]]', 'export A=\'[["a",["b"]]]\''),
        ("/a b/c", "A=/a b/c", "export A='/a b/c'"),
        ("/a#b", "A='/a#b'", "export A='/a#b'"),
        ("/home/o'neil/$x", "A=/home/o'neil/$x", """export A='/home/o'"'"'neil/$x'"""),
    ],
)
def test_variables_are_quoted_where_they_must_be(value: str, dotenv: str, shell: str) -> None:
    assert _assignment("A", value, EnvFormat.DOTENV) == dotenv
    assert _assignment("A", value, EnvFormat.SHELL) == shell


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("file:/a b/#.p12", "file:/a b/#.p12"),
        ("file:C:\\hub\\a", "file:C:\\\\hub\\\\a"),
        ("/été/😀", "/\\u00e9t\\u00e9/\\ud83d\\ude00"),
    ],
)
def test_a_property_is_written_as_java_reads_it(value: str, written: str) -> None:
    assert _property(value) == written
