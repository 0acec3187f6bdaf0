"""Options that several commands take, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hubemu.cli.parameters import Option

__all__ = [
    "DEFAULT_CLIENT",
    "DEFAULT_HOME",
    "DEFAULT_VHOST",
    "AsClient",
    "HomeFolder",
    "Json",
    "OfRelease",
    "OnVHost",
]

DEFAULT_HOME = Path(".hubemu")
DEFAULT_CLIENT = "fr.health.samuA"
DEFAULT_VHOST = "15-15_v2.0"

HomeFolder = Annotated[
    Path,
    Option(
        "--home",
        envvar="HUBEMU_HOME",
        metavar="DIR",
        help="Home of the Hub: certificates, state, log, endpoints.json.",
    ),
]
Json = Annotated[bool, Option("--json", help="Print the result as JSON.")]
AsClient = Annotated[str, Option("--as", metavar="ID", help="Client id to act as.")]
OnVHost = Annotated[str, Option("--vhost", metavar="VHOST", help="vHost to use.")]
OfRelease = Annotated[
    str | None,
    Option("--model", metavar="RELEASE", help="Model release instead of the vHost's."),
]
