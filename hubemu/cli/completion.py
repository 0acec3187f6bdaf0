"""What the shell completes of a value, by what its place is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

__all__ = ["completion_of"]

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completion_of(metavar: str | None) -> Complete | None:
    """How values of a parameter with that metavar are completed; `None`: as their type says."""
    names = _NAMES.get(metavar or "")
    if names is None:
        return None

    def complete(
        ctx: click.Context, parameter: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        small = begun.lower()
        return [CompletionItem(name) for name in names() if name.lower().startswith(small)]

    return complete


def _client_ids() -> Iterable[str]:
    from hubemu.routing import load_routing

    clients = load_routing().clients.values()
    own = [one for client in clients for one in (client.id, *client.own_ids)]
    return dict.fromkeys(own)


def _vhosts() -> Iterable[str]:
    from hubemu.routing import load_routing

    return load_routing().vhosts


def _types() -> Iterable[str]:
    from hubemu.messages import load_release

    return dict.fromkeys(one for name in _releases() for one in load_release(name).types)


def _releases() -> Iterable[str]:
    from hubemu.messages import builtin_releases
    from hubemu.messages.releases.store import stored_releases

    return dict.fromkeys([*builtin_releases(), *(stored.name for stored in stored_releases())])


_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "ID": _client_ids,
    "VHOST": _vhosts,
    "TYPE": _types,
    "RELEASE": _releases,
    "A": _releases,
    "B": _releases,
}
