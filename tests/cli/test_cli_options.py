"""The options of a Hub: from a dataclass to typer, and from there to its settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from hubemu.address import reachable_name
from hubemu.cli.env import Form, _assignment
from hubemu.cli.hub_options import HubOptions, as_arguments
from hubemu.cli.signature import takes
from hubemu.cli.up import UpOptions, banner
from hubemu.errors import InputError
from hubemu.settings import Environment, Phase, Settings

HOME = Path("home")


@dataclass(frozen=True, slots=True, kw_only=True)
class Few:
    """Options of a command of the tests."""

    name: Annotated[str, typer.Argument()]
    many: Annotated[list[str], typer.Option(help="One more.")] = field(default_factory=list)
    number: Annotated[int, typer.Option(min=0)] = 3


def test_fields_become_options() -> None:
    app = typer.Typer()

    @app.command()
    @takes(Few)
    def command(options: Few) -> None:
        """What it does."""
        typer.echo(repr(options))

    shown = CliRunner().invoke(app, ["n", "--many", "a", "--many", "b"])
    assert shown.output == "Few(name='n', many=['a', 'b'], number=3)\n"
    assert CliRunner().invoke(app, ["n", "--number", "-1"]).exit_code == 2
    assert CliRunner().invoke(app, []).exit_code == 2
    assert "What it does." in CliRunner().invoke(app, ["--help"]).output


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
        san=["a", "b"],
        model=["15-15_v2.0=3.0.0"],
        without_quirk=["all"],
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
        HubOptions(model=[pair]).settings(HOME)


def test_arguments_give_the_same_options_again() -> None:
    options = UpOptions(phase=Phase.LEGACY, http_port=0, san=["a", "b"], detach=True)
    arguments = ["--http-port", "0", "--phase", "legacy", "--san", "a", "--san", "b", "--detach"]
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
        stop="Ctrl-C",
    )
    assert "embedded, prod, phase dual" in shown
    assert f"amqps://{reachable_name('127.0.0.1')}:4321/<vhost>  (2 vHosts)" in shown
    assert "http://127.0.0.1:1234" in shown
    assert "/home/certs" in shown


@pytest.mark.parametrize(
    ("value", "dotenv", "shell"),
    [
        ("plain-1.0/x:y", "A=plain-1.0/x:y", "export A=plain-1.0/x:y"),
        ('[["a", ["b"]]]', 'A=\'[["a", ["b"]]]\'', 'export A=\'[["a", ["b"]]]\''),
        ("/home/o'neil/$x", """A="/home/o'neil/\\$x\"""", """export A='/home/o'"'"'neil/$x'"""),
    ],
)
def test_variables_are_quoted_where_they_must_be(value: str, dotenv: str, shell: str) -> None:
    assert _assignment("A", value, Form.DOTENV) == dotenv
    assert _assignment("A", value, Form.SHELL) == shell
