"""The list of commands, in the order of `hubemu --help`, each with its example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import typer

from hubemu.cli.broker import broker
from hubemu.cli.certs import certs_list
from hubemu.cli.check import check
from hubemu.cli.convert import convert
from hubemu.cli.demo import demo
from hubemu.cli.down import down
from hubemu.cli.env import env
from hubemu.cli.export import export_rabbitmq
from hubemu.cli.listen import listen
from hubemu.cli.models import (
    models_diff,
    models_example,
    models_fetch,
    models_import,
    models_list,
)
from hubemu.cli.run import run
from hubemu.cli.send import send
from hubemu.cli.status import status
from hubemu.cli.up import up
from hubemu.cli.version import Version

__all__ = ["COMMANDS", "Command", "app"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command as `--help` lists it; `group` is the word before its name, if any."""

    name: str
    function: Callable[..., Any]
    example: str
    group: str = ""
    context: dict[str, Any] = field(default_factory=dict)


COMMANDS = (
    Command("up", up, "hubemu up --port 0 --http-port 0 --detach --json"),
    Command("down", down, "hubemu down"),
    Command("status", status, "hubemu status --json"),
    Command(
        "run",
        run,
        "hubemu run --phase dual -- npm test",
        # The command's own options must reach it, with or without the double dash.
        context={"allow_interspersed_args": False},
    ),
    Command("env", env, 'eval "$(hubemu env --client fr.health.samuB --format shell)"'),
    Command(
        "send", send, "hubemu send --as fr.health.samuA --vhost 15-15_v2.0 --fresh message.json"
    ),
    Command(
        "listen",
        listen,
        "hubemu listen --as fr.health.samuB --vhost 15-15_v2.0 --ack --count 1 --timeout 5",
    ),
    Command("check", check, "hubemu check message.json --vhost 15-15_v2.0"),
    Command("convert", convert, "hubemu convert message.json --to xml --vhost 15-15_v2.0"),
    Command("list", models_list, "hubemu models list", group="models"),
    Command(
        "import", models_import, "hubemu models import ./models-3.4.1 --name 3.4.1", group="models"
    ),
    Command("fetch", models_fetch, "hubemu models fetch 3.4.1", group="models"),
    Command("diff", models_diff, "hubemu models diff 2.0.0 3.0.0", group="models"),
    Command(
        "example",
        models_example,
        "hubemu models example RS-EDA --vhost 15-15_v2.0 --format xml",
        group="models",
    ),
    Command("list", certs_list, "hubemu certs list --json", group="certs"),
    Command("broker", broker, "hubemu broker --port 5672 --user guest:guest"),
    Command("rabbitmq", export_rabbitmq, "hubemu export rabbitmq ./broker", group="export"),
    Command("demo", demo, "hubemu demo"),
)
_GROUPS = {
    "models": "The releases of the message models.",
    "certs": "The test certificates of a home.",
    "export": "The Hub as configuration of another broker.",
}

app = typer.Typer(
    name="hubemu",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: hubemu up",
)


@app.callback()
def _hubemu(version: Version = False) -> None:
    """The Hub Santé on a laptop: develop, test and rehearse against it without the Hub."""


def _register() -> None:
    groups = {"": app}
    for name, text in _GROUPS.items():
        groups[name] = typer.Typer(help=text, epilog=f"Example: hubemu {name} --help")
    for command in COMMANDS:
        groups[command.group].command(
            command.name,
            epilog=f"Example: {command.example}",
            context_settings=command.context,
        )(command.function)
    for name in _GROUPS:
        app.add_typer(groups[name], name=name)


_register()
