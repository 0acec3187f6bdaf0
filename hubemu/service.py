"""A whole Hub as one context: started, its control API served, announced; stopped at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hubemu.address import authority
from hubemu.control import ControlServer
from hubemu.hub import Hub
from hubemu.keys.rsa import new_key
from hubemu.pki import NewKey
from hubemu.settings import Settings

__all__ = ["serve"]


@asynccontextmanager
async def serve(
    settings: Settings,
    *,
    as_it_is: bool = False,
    new_key: NewKey = new_key,
    loaded: Callable[[], None] = lambda: None,
) -> AsyncIterator[Hub]:
    """A Hub that is ready, for as long as the context is open.

    `as_it_is` has the certificates of its home stay as they are, wherever the control API listens;
    else they name it for their revocation, and are issued anew when that was elsewhere. `new_key`
    gives keys for those that lack. `loaded` is called, a moment after the Hub is ready, when all it
    needs by itself is loaded.

    Raises:
        InputError: a table, an option or the home cannot be used.
        StartError: a Hub is up in this home, or a port is taken.
    """
    hub = Hub(settings, new_key)
    control = ControlServer(hub, settings.http_host, settings.http_port, loaded)
    try:
        await hub.start(None if as_it_is else control.bind)
        port = await control.start()
        hub.announce(f"http://{authority(settings.http_host, port)}")
        yield hub
    finally:
        await control.stop()
        await hub.stop()
