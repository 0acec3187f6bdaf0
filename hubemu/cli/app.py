"""The list of commands, in the order of `hubemu --help`, each with its example.

A command starts at once only if the others are not loaded first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import typer

from hubemu.cli.version import Version

__all__ = ["COMMANDS", "Command", "app_for"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command as `--help` lists it.

    Attributes:
        place: module of `hubemu.cli` and function, imported when the command is wanted.
        group: the word before its name, if any.
    """

    name: str
    place: str
    example: str
    group: str = ""
    context: dict[str, Any] = field(default_factory=dict)

    def function(self) -> Callable[..., Any]:
        """What it does."""
        module, _, name = self.place.partition(":")
        function: Callable[..., Any] = getattr(import_module(f"hubemu.cli.{module}"), name)
        return function


COMMANDS = (
    Command("up", "up:up", "hubemu up --port 0 --http-port 0 --detach --json"),
    Command("down", "down:down", "hubemu down"),
    Command("status", "status:status", "hubemu status --json"),
    Command(
        "run",
        "run:run",
        "hubemu run --phase dual -- npm test",
        # The command's own options must reach it, with or without the double dash.
        context={"allow_interspersed_args": False},
    ),
    Command("env", "env:env", 'eval "$(hubemu env --client fr.health.samuB --format shell)"'),
    Command(
        "send",
        "send:send",
        "hubemu send --as fr.health.samuA --vhost 15-15_v2.0 --fresh message.json",
    ),
    Command(
        "listen",
        "listen:listen",
        "hubemu listen --as fr.health.samuB --vhost 15-15_v2.0 --ack --count 1 --timeout 5",
    ),
    Command("check", "check:check", "hubemu check message.json --vhost 15-15_v2.0"),
    Command(
        "convert", "convert:convert", "hubemu convert message.json --to xml --vhost 15-15_v2.0"
    ),
    Command("list", "models:models_list", "hubemu models list", group="models"),
    Command(
        "import",
        "models:models_import",
        "hubemu models import ./models-3.4.1 --name 3.4.1",
        group="models",
    ),
    Command("fetch", "models:models_fetch", "hubemu models fetch 3.4.1", group="models"),
    Command("diff", "models:models_diff", "hubemu models diff 2.0.0 3.0.0", group="models"),
    Command(
        "example",
        "models:models_example",
        "hubemu models example RS-EDA --vhost 15-15_v2.0 --format xml",
        group="models",
    ),
    Command("list", "certs:certs_list", "hubemu certs list --json", group="certs"),
    Command("broker", "broker:broker", "hubemu broker --port 5672 --user guest:guest"),
    Command(
        "rabbitmq", "export:export_rabbitmq", "hubemu export rabbitmq ./broker", group="export"
    ),
    Command("demo", "demo:demo", "hubemu demo"),
)
_GROUPS = {
    "models": "The releases of the message models.",
    "certs": "The test certificates of a home.",
    "export": "The Hub as configuration of another broker.",
}


def app_for(first_word: str) -> typer.Typer:
    """The command line, as far as one that begins with `first_word` needs it.

    Where that is no command all are there, for the help and for what is said of a mistake.
    """
    wanted = [one for one in COMMANDS if first_word == (one.group or one.name)] or COMMANDS
    app = typer.Typer(
        name="hubemu",
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Example: hubemu up",
    )
    app.callback()(_hubemu)
    groups = {"": app}
    for command in wanted:
        if command.group not in groups:
            groups[command.group] = _group(app, command.group)
        groups[command.group].command(
            command.name,
            epilog=f"Example: {command.example}",
            context_settings=command.context,
        )(command.function())
    return app


def _group(app: typer.Typer, name: str) -> typer.Typer:
    group = typer.Typer(help=_GROUPS[name], epilog=f"Example: hubemu {name} --help")
    app.add_typer(group, name=name)
    return group


def _hubemu(version: Version = False) -> None:
    """The Hub Santé on a laptop: develop, test and rehearse against it without the Hub."""
