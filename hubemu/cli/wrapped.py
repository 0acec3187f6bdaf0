"""A command inside a running Hub: its environment, its signals, what it left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from hubemu.cli.loop import on_signals
from hubemu.cli.output import is_terminal, talk
from hubemu.client.environment import client_environment
from hubemu.client.facts import HubFacts
from hubemu.collector import spare_what_is_there
from hubemu.errors import InputError
from hubemu.events.lines import line
from hubemu.hub import Hub
from hubemu.journal import Entry, Outcome
from hubemu.pki import NewKey
from hubemu.printable import printable
from hubemu.service import serve
from hubemu.settings import Settings

__all__ = ["run_command"]

_TROUBLED: frozenset[Outcome] = frozenset(
    {"rejected", "dead-lettered", "dropped", "routed", "held"}
)
"""What becomes of a message that no client got."""


async def run_command(
    settings: Settings, command: Sequence[str], client: str, vhost: str, new_key: NewKey
) -> int:
    """Run `command` while a Hub is up; its exit code, 128 + the signal that ended it.

    Raises:
        InputError: the command cannot be run, the client or vHost does not exist.
        StartError: the Hub cannot start.
    """
    program = shutil.which(command[0])
    if program is None:
        raise InputError(command[0], "no such command: install it, or name it with its folder")
    async with serve(settings, new_key=new_key, loaded=spare_what_is_there) as hub:
        facts = HubFacts.of(hub.reports.hub(), settings.http_token)
        environment = _without_token(os.environ) | client_environment(
            facts, hub.home.path, client, vhost
        )
        code = await _run(program, command[1:], environment)
        if rules := hub.faults.listed():
            _tell_faults(hub, rules)
        if code:
            _tell_troubles(hub)
            talk(f"seed: {settings.seed}")
        return code


def _without_token(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the token of another Hub, which `hubemu env` may have put there."""
    return {name: value for name, value in environment.items() if name != "HUBEMU_HTTP_TOKEN"}


async def _run(program: str, arguments: Sequence[str], environment: dict[str, str]) -> int:
    process = await asyncio.create_subprocess_exec(program, *arguments, env=environment)

    def forward(number: int) -> None:
        # A terminal has sent Ctrl-C to the command as well.
        if not (number == signal.SIGINT and is_terminal(sys.stdin)) and process.returncode is None:
            process.send_signal(number)

    try:
        with on_signals(forward):
            code = await process.wait()
    except asyncio.CancelledError:  # asked to end by another signal, such as SIGHUP
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    return 128 - code if code < 0 else code


def _tell_faults(hub: Hub, rules: list[dict[str, Any]]) -> None:
    """Show what the fault rules did, and whether a message was lost."""
    from hubemu.cli.faults import told

    for rule in rules:
        talk(told(rule))
    report = hub.reports.faults()
    talk(
        f"{report['confirmed']:,} messages confirmed, {report['duplicated']:,} duplicated, "
        f"{report['lost']:,} lost; seed {report['seed']}, version {report['version']}, "
        f"rules {report['hash']}"
    )


def _tell_troubles(hub: Hub) -> None:
    """Show what the broker refused, and what became of the messages that nobody got, and why."""
    for refusal in hub.connection_log.refusals():
        talk(line(refusal | {"kind": "refused"}))
    for entry in hub.journal.select().entries:
        if entry.outcome in _TROUBLED:
            talk(_line(entry))


def _line(entry: Entry) -> str:
    code = f" {entry.error[0]} {entry.error[1]}" if entry.error else ""
    what = f"{entry.type or 'message'} {entry.distribution_id or entry.id}"
    said = f"{entry.outcome}{code}: {what} from {entry.sender} to {entry.recipient or '?'}"
    if entry.cause is not None:
        return f"{said}\n  " + "\n  ".join(map(printable, entry.cause.splitlines()))
    return said
