"""The command line: every command with its place and an example, in the order of `hubemu --help`.

A command starts at once only if the others are not loaded first.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click
from click.core import augment_usage_errors

from hubemu.cli.parameters import parameters_of
from hubemu.version import __version__

__all__ = ["APP", "Command", "CommandGroup"]

_BY_ENVIRONMENT = {"auto_envvar_prefix": "HUBEMU"}
"""The options of a Hub may stand in the environment, where containers and CI have them."""


class Command(click.Command):
    """A command that is loaded when it is wanted.

    Args:
        name: the word it is called by.
        place: module of `hubemu.cli` and function, whose parameters and docstring are its own.
        example: a command line shown at the end of its help.
    """

    def __init__(self, name: str, place: str, example: str, **settings: Any) -> None:
        super().__init__(name, epilog=_epilog(example), **settings)
        self.place = place
        self.example = example

    def load(self) -> None:
        """Import what it does, unless that is done."""
        if self.callback is not None:
            return
        module, _, name = self.place.partition(":")
        self.callback = function = getattr(import_module(f"hubemu.cli.{module}"), name)
        self.params = parameters_of(function)
        self.help = function.__doc__
        # In the list of commands click wraps this; what it takes from the help it would cut.
        self.short_help = function.__doc__.partition("\n")[0]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; every mistake names the command, where click leaves some out."""
        with augment_usage_errors(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Do it; on Ctrl-C nothing is written, where click would end a line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None


class CommandGroup(click.Group):
    """Commands, in the order given; called without one, it says that it is missing."""

    def __init__(self, name: str, *commands: click.Command, example: str, **settings: Any) -> None:
        super().__init__(name, commands, epilog=_epilog(example), no_args_is_help=False, **settings)
        self.short_help = self.help  # what click takes from the help it would cut

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, loaded."""
        command = super().get_command(ctx, cmd_name)
        if isinstance(command, Command):
            command.load()
        return command


def _epilog(example: str) -> str:
    return f"\b\nExample: {example}"  # \b: the line is to be copied, so click must not wrap it


APP = CommandGroup(
    "hubemu",
    Command(
        "up",
        "up:up",
        "hubemu up --port 0 --http-port 0 --detach --json",
        context_settings=_BY_ENVIRONMENT,
    ),
    Command("down", "down:down", "hubemu down"),
    Command("status", "status:status", "hubemu status --json"),
    Command("health", "readiness:health", "hubemu health"),
    Command("wait", "readiness:wait", "hubemu wait --timeout 30"),
    Command("reset", "reset:reset", "hubemu reset"),
    CommandGroup(
        "snapshot",
        Command("take", "snapshot:snapshot_take", "hubemu snapshot take waiting"),
        Command("list", "snapshot:snapshot_list", "hubemu snapshot list"),
        Command("restore", "snapshot:snapshot_restore", "hubemu snapshot restore waiting"),
        Command("remove", "snapshot:snapshot_remove", "hubemu snapshot remove waiting"),
        help="States of a running Hub that tests go back to.",
        example="hubemu snapshot take waiting",
    ),
    Command("phase", "phase:phase", "hubemu phase dual --disconnect"),
    Command("logs", "logs:logs", "hubemu logs --follow --level refused"),
    Command(
        "run",
        "run:run",
        "hubemu run --phase dual -- npm test",
        # The command's own options must reach it, with or without the double dash.
        context_settings={"allow_interspersed_args": False, **_BY_ENVIRONMENT},
    ),
    Command("env", "env:env", 'eval "$(hubemu env --client fr.health.samuB --format shell)"'),
    Command(
        "send",
        "send:send",
        "hubemu send --as fr.health.samuA --vhost 15-15_v2.0 --fresh case.json",
    ),
    Command(
        "listen",
        "listen:listen",
        "hubemu listen --as fr.health.samuB --vhost 15-15_v2.0 --ack --count 1",
    ),
    Command("check", "check:check", "hubemu check message.json --vhost 15-15_v2.0"),
    Command(
        "convert", "convert:convert", "hubemu convert message.json --to xml --vhost 15-15_v2.0"
    ),
    CommandGroup(
        "models",
        Command("list", "models:models_list", "hubemu models list"),
        Command(
            "import", "models:models_import", "hubemu models import ./models-3.4.1 --name 3.4.1"
        ),
        Command("fetch", "models:models_fetch", "hubemu models fetch 3.4.1"),
        Command("diff", "models:models_diff", "hubemu models diff 2.0.0 3.0.0"),
        Command(
            "example",
            "models:models_example",
            "hubemu models example RS-EDA --vhost 15-15_v2.0 --format xml",
        ),
        help="The releases of the message models.",
        example="hubemu models example RS-EDA --vhost 15-15_v2.0",
    ),
    CommandGroup(
        "clients",
        Command("list", "clients:clients_list", "hubemu clients list"),
        Command("add", "clients:clients_add", "hubemu clients add fr.health.samuX --use-xml yes"),
        Command(
            "change", "clients:clients_change", "hubemu clients change fr.health.samuX --use-xml no"
        ),
        Command("remove", "clients:clients_remove", "hubemu clients remove fr.health.samuX"),
        help="The clients of a running Hub.",
        example="hubemu clients add fr.health.samuX",
    ),
    CommandGroup(
        "vhosts",
        Command("list", "vhosts:vhosts_list", "hubemu vhosts list"),
        Command(
            "add",
            "vhosts:vhosts_add",
            "hubemu vhosts add 15-15_v3.0 --perimeter 15-15 --model 3.4.1",
        ),
        Command("remove", "vhosts:vhosts_remove", "hubemu vhosts remove 15-15_v1.5"),
        help="The vHosts of a running Hub.",
        example="hubemu vhosts list",
    ),
    CommandGroup(
        "routing",
        Command("show", "routing:routing_show", "hubemu routing show"),
        Command("reload", "routing:routing_reload", "hubemu routing reload --routing ./routing"),
        help="The routing tables of a running Hub.",
        example="hubemu routing reload",
    ),
    CommandGroup(
        "certs",
        Command("list", "certs:certs_list", "hubemu certs list --json"),
        Command(
            "issue",
            "certs_issue:certs_issue",
            "hubemu certs issue --cn lrm.test.editeur.fr --profile expired",
        ),
        Command(
            "inspect",
            "certs_inspect:certs_inspect",
            "hubemu certs inspect keystore.p12 --passphrase-file word.txt",
        ),
        Command("revoke", "certs_change:certs_revoke", "hubemu certs revoke client.crt"),
        Command("trust", "certs_change:certs_trust", "hubemu certs trust igc-sante.pem"),
        Command(
            "bind",
            "certs_change:certs_bind",
            "hubemu certs bind --cn lrm.test.editeur.fr --client fr.health.samuA",
        ),
        Command("crl", "certs_change:certs_crl", "hubemu certs crl --state stale"),
        help="The test certificates of a home, and any certificate of yours.",
        example="hubemu certs inspect client.crt --key client.key",
    ),
    CommandGroup(
        "faults",
        Command(
            "add",
            "faults_add:faults_add",
            "hubemu faults add delay --ms 1500 --type RS-EDA --times 3",
        ),
        Command("list", "faults:faults_list", "hubemu faults list"),
        Command("clear", "faults:faults_clear", "hubemu faults clear"),
        Command("kinds", "faults:faults_kinds", "hubemu faults kinds --json"),
        Command("log", "faults:faults_log", "hubemu faults log"),
        Command("report", "faults:faults_report", "hubemu faults report"),
        help="Misbehaviour on demand: fault rules of a running Hub.",
        example="hubemu faults add --file tunnel",
    ),
    Command(
        "rehearse",
        "rehearse:rehearse",
        "hubemu rehearse --p12 my.p12 --passphrase-file word --html out.html",
    ),
    Command("explain", "explain:explain", "hubemu explain C1 --stack java --lang fr"),
    Command("peer", "peer:peer", "hubemu peer fr.health.samuB --ack --after 2"),
    CommandGroup(
        "scenario",
        Command("list", "scenario:scenario_list", "hubemu scenario list --coverage"),
        Command("show", "scenario:scenario_show", "hubemu scenario show didier-morel"),
        Command(
            "validate", "scenario:scenario_validate", "hubemu scenario validate my-scenario.yaml"
        ),
        Command(
            "run",
            "scenario:scenario_run",
            "hubemu scenario run didier-morel --actor fr.health.samu940=external",
        ),
        Command("schema", "scenario:scenario_schema", "hubemu scenario schema"),
        help="The recette rehearsed: by hubemu alone, or against your own software.",
        example="hubemu scenario run --all",
    ),
    Command("broker", "broker:broker", "hubemu broker --port 5672 --user guest:guest"),
    CommandGroup(
        "export",
        Command("rabbitmq", "export:export_rabbitmq", "hubemu export rabbitmq ./broker"),
        help="The Hub as configuration of another broker.",
        example="hubemu export rabbitmq ./broker",
    ),
    Command("demo", "demo:demo", "hubemu demo"),
    Command("bench", "bench:bench", "hubemu bench --beside rabbitmq"),
    Command("doctor", "doctor:doctor", "hubemu doctor"),
    help="The Hub Santé on a laptop: develop, test and rehearse against it without the Hub.",
    example="hubemu up",
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
click.version_option(__version__, message="%(prog)s %(version)s", help="Show the version.")(APP)
