"""`hubemu logs`: what happens on the Hub of a home, as the terminal of `hubemu up` tells it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import paint, result, result_json_line, talk
from hubemu.cli.parameters import Option

if TYPE_CHECKING:
    from hubemu.client.control import ControlClient

__all__ = ["LogLevel", "logs"]

_WAIT = 20.0
"""Seconds each question of `--follow` waits in the Hub for something to happen."""


class LogLevel(StrEnum):
    """Which events are shown."""

    INFO = "info"
    REFUSED = "refused"


def logs(
    follow: Annotated[bool, Option("--follow", help="Go on until Ctrl-C.")] = False,
    client: Annotated[
        str | None, Option(metavar="ID", help="Only this client, on either side of a message.")
    ] = None,
    vhost: Annotated[str | None, Option(metavar="VHOST", help="Only this vHost.")] = None,
    level: Annotated[
        LogLevel, Option(help="Everything, or only what a client did not get.")
    ] = LogLevel.INFO,
    count: Annotated[int, Option("--last", min=1, max=10_000, help="Lines of what was.")] = 1_000,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Print what happened, a line each, the newest last. With --json, one object a line."""
    from hubemu.cli.access import control_of
    from hubemu.events.lines import line
    from hubemu.home import Home

    filters = {"client": client, "vhost": vhost}
    filters |= {"level": "refused"} if level is LogLevel.REFUSED else {}
    hub = control_of(Home(home))
    if client:
        _note_stranger(client, hub)
    asked = {name: value for name, value in filters.items() if value}
    for event in _events(hub, asked, count, follow):
        if as_json:
            result_json_line(event)
        else:
            result(line(event, paint))


def _note_stranger(client: str, hub: ControlClient) -> None:
    """Say that no client is called so; who was refused may have been, so it is asked for anyway."""
    from hubemu.client.facts import ask_hub
    from hubemu.errors import InputError

    try:
        ask_hub(hub).holder(client)
    except InputError as error:
        talk(f"note: {error}")


def _events(
    hub: ControlClient, filters: dict[str, str], count: int, follow: bool
) -> Iterator[dict[str, Any]]:
    page = hub.get("/api/v1/events", filters | {"limit": str(count)})
    yield from page["events"]
    while follow:
        asked = {"after": str(page["next"]), "wait": f"{_WAIT:g}"}
        page = hub.get("/api/v1/events", filters | asked, timeout=2 * _WAIT)
        yield from page["events"]
