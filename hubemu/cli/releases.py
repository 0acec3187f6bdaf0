"""The model release a command means: that of a vHost, or the one asked for."""

from __future__ import annotations

from hubemu.errors import InputError
from hubemu.messages import Release, load_release
from hubemu.routing import load_routing
from hubemu.suggestions import did_you_mean

__all__ = ["release_for"]


def release_for(vhost: str, model: str | None) -> Release:
    """The release of a vHost in the built-in routing tables; `model` wins over it.

    Raises:
        InputError: the vHost or the release does not exist.
    """
    tables = load_routing()
    if vhost not in tables.vhosts:
        raise InputError(
            "--vhost",
            f"no vHost {vhost!r}; {did_you_mean(vhost, tables.vhosts)}"
            f"use one of {', '.join(tables.vhosts)}",
        )
    return load_release(model or tables.vhosts[vhost].model)
