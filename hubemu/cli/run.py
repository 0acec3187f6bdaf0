"""`hubemu run -- CMD`: a Hub for the life of one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from click.exceptions import Exit

from hubemu.cli.hub_options import HubOptions
from hubemu.cli.options import DEFAULT_CLIENT, DEFAULT_VHOST, OnVHost
from hubemu.cli.parameters import Argument, Option
from hubemu.cli.signature import takes
from hubemu.collector import collect_nothing

if TYPE_CHECKING:
    from hubemu.keys.supply import KeySupply

__all__ = ["RunOptions", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(HubOptions):
    """The options of a Hub on free ports, and the command it is for."""

    # Where it is is not of the environment, which has those of another Hub.
    port: Annotated[
        int, Option(by_prefix=False, min=0, max=65535, help="AMQPS port; 0 = any free port.")
    ] = 0
    http_port: Annotated[
        int, Option(by_prefix=False, min=0, max=65535, help="HTTP port; 0 = any free port.")
    ] = 0
    home: Annotated[
        Path | None,
        Option(by_prefix=False, metavar="DIR", help="Home of the Hub; default: a temporary one."),
    ] = None
    http_token: Annotated[
        str | None,
        Option(by_prefix=False, metavar="TOKEN", help="What callers of the control API must bear."),
    ] = None
    http_token_file: Annotated[
        Path | None,
        Option(by_prefix=False, metavar="FILE", help="The same, read from a file (of secrets)."),
    ] = None
    client: Annotated[str, Option(metavar="ID", help="Client the environment is for.")] = (
        DEFAULT_CLIENT
    )
    vhost: OnVHost = DEFAULT_VHOST
    command: Annotated[
        tuple[str, ...], Argument(metavar="CMD...", help="The command and its arguments.")
    ]


@takes(RunOptions)
def run(options: RunOptions) -> None:
    """Start a Hub, run CMD with the environment of `hubemu env`, stop it; CMD's exit code.

    The Hub is its own whatever HUBEMU_HOME says. When CMD fails, what was refused, rejected or not
    delivered is shown on stderr; stdout is CMD's, so there is no --json.
    """
    collect_nothing()
    with _home(options.home) as (home, new_key):
        settings = options.settings(home)
        from hubemu.cli.logging_set_up import warnings_to_stderr
        from hubemu.cli.loop import run_async
        from hubemu.cli.wrapped import run_command

        warnings_to_stderr()
        running = run_command(settings, options.command, options.client, options.vhost, new_key)
        code = run_async(running)
    raise Exit(code)


@contextmanager
def _home(given: Path | None) -> Iterator[tuple[Path, KeySupply]]:
    """The home, and what gives it keys, which are made from now on."""
    if given is not None:
        from hubemu.keys.supply import keys_for_a_kept_home

        with keys_for_a_kept_home(given) as new_key:
            yield given, new_key
        return
    from hubemu.temporary_home import temporary_home

    with temporary_home() as passing:
        yield passing.path, passing.new_key
