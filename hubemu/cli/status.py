"""`hubemu status`: whether the Hub of a home is up."""

from __future__ import annotations

from typing import Any

from click.exceptions import Exit

from hubemu.address import authority, reachable_name
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.home import Home

__all__ = ["status", "told_clock"]

_DOWN = 1


def status(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Say whether the Hub of a home is up (exit 0) or not (exit 1)."""
    where = Home(home)
    endpoints = where.endpoints()
    if as_json:
        result_json({"up": endpoints is not None} | (endpoints or {}))
    elif endpoints is None:
        result(f"down: no Hub is up in {where.path}")
    else:
        host, port = endpoints["amqps"]["host"], endpoints["amqps"]["port"]
        amqps = f"amqps://{authority(reachable_name(host), port)}"
        kind = f"{endpoints['engine']}, {endpoints['environment']}, phase {endpoints['phase']}"
        result(f"up: pid {endpoints['pid']}, {kind}\n  {amqps}\n  {endpoints['http']}")
        if clock := told_clock(endpoints.get("clock")):
            result(f"  clock {clock}")
    if endpoints is None:
        raise Exit(_DOWN)


def told_clock(told: dict[str, Any] | None) -> str:
    """What `endpoints.json` says of a clock that does not go with real time, in words."""
    if told is None:
        return ""
    since = f", begun at {told['begins']}" if told["begins"] else ""
    return f"stands until it is moved{since}" if told["stands"] else f"runs{since}"
