"""What the shell completes of a value, by what its place is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from hubemu.errors import HubemuError

if TYPE_CHECKING:
    from hubemu.client.facts import HubFacts
    from hubemu.routing import RoutingTables

__all__ = ["completion_of"]

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_PATIENCE = 3.0
"""Seconds a Hub may take to say who its clients are, while somebody waits for the Tab key."""


def completion_of(metavar: str | None) -> Complete | None:
    """How values of a parameter with that metavar are completed; `None`: as their type says."""
    names = _NAMES.get(metavar or "")
    if names is None:
        return None

    def complete(
        ctx: click.Context, parameter: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        small = begun.lower()
        return [CompletionItem(name) for name in names(ctx) if name.lower().startswith(small)]

    return complete


def _client_ids(ctx: click.Context) -> Iterable[str]:
    if (facts := _hub_that_is_up(ctx)) is not None:
        running = facts.clients.values()
        return dict.fromkeys(
            one for client in running for one in (client.id, *client.own_ids, *client.further_ids)
        )
    clients = _tables(ctx).clients.values()
    own = [one for client in clients for one in (client.id, *client.own_ids)]
    return dict.fromkeys(own)


def _vhosts(ctx: click.Context) -> Iterable[str]:
    facts = _hub_that_is_up(ctx)
    return _tables(ctx).vhosts if facts is None else facts.vhosts


def _hub_that_is_up(ctx: click.Context) -> HubFacts | None:
    """The Hub that the command would speak to, if it speaks to one and that is up."""
    home = ctx.params.get("home")
    if home is None or "routing" in ctx.params:
        return None
    from hubemu.client.control import ControlClient
    from hubemu.client.facts import HubFacts, reachable_url
    from hubemu.home import Home

    where = Home(Path(home))
    if (endpoints := where.endpoints()) is None:
        return None
    control = ControlClient(reachable_url(endpoints["http"]), where.token())
    try:
        return HubFacts.of(control.get("/api/v1/hub", timeout=_PATIENCE))
    except HubemuError:
        return None


def _tables(ctx: click.Context) -> RoutingTables:
    """The tables of --routing, the built-in ones without it or where it cannot be read."""
    from hubemu.routing import load_routing

    folder = ctx.params.get("routing")
    try:
        return load_routing(folder)
    except HubemuError:
        return load_routing()


def _types(ctx: click.Context) -> Iterable[str]:
    from hubemu.messages import load_release

    return dict.fromkeys(one for name in _releases(ctx) for one in load_release(name).types)


def _releases(_ctx: click.Context) -> Iterable[str]:
    from hubemu.messages import builtin_releases
    from hubemu.messages.releases.store import stored_releases

    return dict.fromkeys([*builtin_releases(), *(stored.name for stored in stored_releases())])


def _scenarios(_ctx: click.Context) -> Iterable[str]:
    from hubemu.scenarios.library import scenario_files

    return [file.stem for file in scenario_files()]


def _migrations(_ctx: click.Context) -> Iterable[str]:
    from hubemu.pki.migration import migration_names

    return migration_names()


def _steps(ctx: click.Context) -> Iterable[str]:
    from hubemu.pki.migration import load_migration

    wanted, known = ctx.params.get("migration"), list(_migrations(ctx))
    names = [one for one in known if one == wanted] or known
    found = (step for name in names for step in load_migration(name).steps)
    return dict.fromkeys(step.name for step in found if step.around is None)


_NAMES: dict[str, Callable[[click.Context], Iterable[str]]] = {
    "ID": _client_ids,
    "VHOST": _vhosts,
    "TYPE": _types,
    "RELEASE": _releases,
    "NAME_OR_FILE": _scenarios,
    "NAME_OR_FILE...": _scenarios,
    "MIGRATION": _migrations,
    "[STEP]": _steps,
    "A": _releases,
    "B": _releases,
}
