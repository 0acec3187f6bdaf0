"""`hubemu up`: start the Hub, in the foreground or detached."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from hubemu.address import authority, reachable_name
from hubemu.cli.hub_options import HubOptions, as_arguments
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json, LogFormat
from hubemu.cli.output import paint, result, result_json, talk
from hubemu.cli.parameters import Option
from hubemu.cli.signature import takes
from hubemu.cli.status import told_clock
from hubemu.collector import collect_nothing, spare_what_is_there
from hubemu.errors import InputError
from hubemu.settings import Settings

if TYPE_CHECKING:
    from hubemu.cli.terminal import Terminal
    from hubemu.keys.supply import KeySupply

__all__ = ["UpNotice", "UpOptions", "banner", "up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions(HubOptions):
    """The options of a Hub, how `up` starts it, and what it tells."""

    home: HomeFolder = DEFAULT_HOME
    quiet: Annotated[bool, Option("--quiet", help="Tell nothing but warnings.")] = False
    verbose: Annotated[
        bool, Option("--verbose", help="Tell each check, delivery and acknowledgement too.")
    ] = False
    log: Annotated[LogFormat, Option(help="How what happens is told, on stderr.")] = LogFormat.TEXT
    detach: Annotated[
        bool, Option("--detach", by_prefix=False, help="Return once ready; the log is in the home.")
    ] = False
    as_json: Json = False


@takes(UpOptions)
def up(options: UpOptions) -> None:
    """Start the Hub and stay in the foreground until Ctrl-C or SIGTERM."""
    if options.quiet and options.verbose:
        raise InputError("--quiet", "contradicts --verbose: leave one of them out")
    settings = replace(options.settings(options.home), verbose=options.verbose)
    given = options.http_token is not None or options.http_token_file is not None
    drawn = None if given else settings.http_token
    if options.detach:
        from hubemu.cli.background import start_in_background
        from hubemu.home import Home

        arguments = as_arguments(
            replace(
                options,
                detach=False,
                as_json=False,
                http_token=None,
                http_token_file=None,
                seed=settings.seed,
            )
        )
        home = Home(settings.home)
        endpoints = start_in_background(arguments, home, settings.http_token)
        if endpoints is not None:
            stop = shlex.join(["hubemu", "down", "--home", str(settings.home)])
            announcement = UpNotice(stop, settings.seed, drawn, log=str(home.log_file))
            _announce(endpoints, announcement, as_json=options.as_json)
            return
        # From here on this is the process in the background. The log is not to tell the token.
        options, drawn = replace(options, as_json=False), None
    collect_nothing()
    from hubemu.keys.supply import keys_for_a_kept_home

    with keys_for_a_kept_home(settings.home) as new_key:
        # Only now: keys are made meanwhile.
        from hubemu.cli.loop import run_async
        from hubemu.cli.terminal import Telling, telling
        from hubemu.home import Home

        wanted = Telling(quiet=options.quiet, verbose=options.verbose, log=options.log)
        with telling(wanted, Home(settings.home).log_file) as terminal:
            run_async(_stay_up(settings, terminal, new_key, drawn, as_json=options.as_json))


async def _stay_up(
    settings: Settings,
    terminal: Terminal,
    new_key: KeySupply,
    drawn: str | None,
    *,
    as_json: bool,
) -> None:
    import asyncio

    from hubemu.cli.loop import on_signals
    from hubemu.keys.filling import filled_meanwhile
    from hubemu.service import serve

    asked_to_stop = asyncio.Event()
    starting = asyncio.current_task()

    def stop(number: int) -> None:
        # A start may take minutes (an image is pulled). Asked twice, the end is not cut short too.
        if starting is not None and not asked_to_stop.is_set():
            starting.cancel()
        asked_to_stop.set()

    with on_signals(stop):
        try:
            async with serve(settings, new_key=new_key, loaded=spare_what_is_there) as hub:
                starting = None
                for warning in hub.warnings:
                    talk(f"warning: {warning}")
                announcement = UpNotice("Ctrl-C", settings.seed, drawn)
                _announce(hub.endpoints(), announcement, as_json=as_json)
                terminal.follow(hub.events, hub.journal)
                async with filled_meanwhile(hub.supervision) if new_key.gave else nullcontext():
                    await asked_to_stop.wait()
        except asyncio.CancelledError:
            if not asked_to_stop.is_set():
                raise
            talk("stopped before the Hub was ready")


@dataclass(frozen=True, slots=True)
class UpNotice:
    """What is told of a Hub beside its endpoints.

    Attributes:
        stop: how to stop it.
        seed: of its random choices.
        token: what its HTTP side wants, if that was drawn.
        log: the file it writes, if it is in the background.
    """

    stop: str
    seed: int
    token: str | None = None
    log: str = ""


def _announce(endpoints: dict[str, Any], told: UpNotice, *, as_json: bool) -> None:
    if not as_json:
        result(banner(endpoints, told))
        return
    result_json(endpoints)
    talk(f"seed: {told.seed}")
    if told.token is not None:
        talk(f"token of the control API: {told.token}")


def banner(endpoints: dict[str, Any], told: UpNotice) -> str:
    """What a person needs to know of a Hub that is up."""
    host, port = endpoints["amqps"]["host"], endpoints["amqps"]["port"]
    amqps = f"amqps://{authority(reachable_name(host), port)}/<vhost>"
    kind = f"{endpoints['engine']}, {endpoints['environment']}, phase {endpoints['phase']}"
    rows = {
        "AMQPS": f"{amqps}  ({len(endpoints['vhosts'])} vHosts)",
        "HTTP": endpoints["http"],
        "token": f"{told.token}  (Authorization: Bearer)" if told.token else "",
        "certs": endpoints["certs"],
        "log": told.log,
        "seed": str(told.seed),
        "clock": told_clock(endpoints.get("clock")),
        "stop": told.stop,
    }
    title = paint("The Hub is up", "green") + f" ({kind})"
    shown = [f"  {name:<6} {value}" for name, value in rows.items() if value]
    return "\n".join([title, *shown])
