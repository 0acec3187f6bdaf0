"""`hubemu health` and `hubemu wait`: whether the Hub of a home works, and until it does."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Annotated, Any

from click.exceptions import Exit

from hubemu.cli.access import control_of
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Option
from hubemu.errors import StartError
from hubemu.home import Home

__all__ = ["health", "wait"]

_UNWELL = 1
_POLL = 0.1


def health(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Say whether the Hub of a home and its parts are well (exit 0) or not (exit 1).

    It is what GET /health says. Exit 3 if no Hub is up.
    """
    status, answer = control_of(Home(home)).call("GET", "/health")
    if as_json:
        result_json(answer)
    else:
        parts = answer["components"].items()
        result("\n".join([answer["status"], *(_part(name, about) for name, about in parts)]))
    if status != HTTPStatus.OK:
        raise Exit(_UNWELL)


def _part(name: str, about: dict[str, Any]) -> str:
    fault = about.get("details", {}).get("fault")
    return f"  {name}: {about['status']}" + (f" ({fault})" if fault else "")


def wait(
    timeout: Annotated[
        float, Option(min=0, metavar="S", help="Give up after S seconds, with exit 3.")
    ] = 60.0,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Wait until the Hub of a home is ready: topology, TLS and dispatcher are all up.

    The Hub need not be started yet.
    """
    deadline = time.monotonic() + timeout
    while reasons := _missing(Home(home)):
        if time.monotonic() >= deadline:
            raise StartError(f"not ready within {timeout:g} s: {'; '.join(reasons)}")
        time.sleep(_POLL)
    if as_json:
        result_json({"ready": True, "reasons": []})
    else:
        result(f"the Hub of {Home(home).path} is ready")


def _missing(home: Home) -> list[str]:
    """Why the Hub of a home is not ready; empty when it is."""
    try:
        _, answer = control_of(home).call("GET", "/ready")
    except StartError as error:
        return [str(error)]
    reasons: list[str] = answer["reasons"]
    return reasons
