"""Options that several commands take, said once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from hubemu.cli.parameters import Option
from hubemu.settings import Environment, Phase, QueueType

__all__ = [
    "DEFAULT_CLIENT",
    "DEFAULT_HOME",
    "DEFAULT_TTL",
    "DEFAULT_VHOST",
    "Accepted",
    "AmqpsPort",
    "AsClient",
    "ClientQueues",
    "HomeFolder",
    "HttpPort",
    "HttpToken",
    "HttpTokenFile",
    "Json",
    "LogFormat",
    "OfRelease",
    "OnVHost",
    "Routing",
    "Sans",
    "Step",
    "Ttl",
]

DEFAULT_HOME = Path(".hubemu")
DEFAULT_CLIENT = "fr.health.samuA"
DEFAULT_VHOST = "15-15_v2.0"
DEFAULT_TTL = 86_400
"""Seconds."""


class LogFormat(StrEnum):
    """How what happens is written."""

    TEXT = "text"
    JSON = "json"


HomeFolder = Annotated[
    Path,
    Option(
        "--home",
        envvar="HUBEMU_HOME",
        metavar="DIR",
        help="Home of the Hub: certificates, state, log, endpoints.json.",
    ),
]
ClientQueues = Annotated[
    QueueType,
    Option("--queue-type", help="Of the clients' queues; classic as the Hub's were before 2025."),
]
Json = Annotated[bool, Option("--json", by_prefix=False, help="Print the result as JSON.")]
AsClient = Annotated[str, Option("--as", metavar="ID", help="Client id to act as.")]
OnVHost = Annotated[str, Option("--vhost", metavar="VHOST", help="vHost to use.")]
OfRelease = Annotated[
    str | None,
    Option("--model", metavar="RELEASE", help="Model release instead of the vHost's."),
]
AmqpsPort = Annotated[int, Option(min=0, max=65535, help="AMQPS port; 0 = any free port.")]
HttpPort = Annotated[int, Option(min=0, max=65535, help="HTTP port; 0 = any free port.")]
HttpToken = Annotated[
    str | None,
    Option(
        metavar="TOKEN",
        help="What callers of the control API must bear; drawn where one is needed.",
    ),
]
HttpTokenFile = Annotated[
    Path | None, Option(metavar="FILE", help="The same, read from a file (of secrets).")
]
Routing = Annotated[
    Path | None, Option(metavar="DIR", help="Routing tables to use instead of the built-in ones.")
]
Accepted = Annotated[Environment, Option(help="Contents and IGC chain (TEST or PROD) accepted.")]
Step = Annotated[Phase, Option(help="Step of the certificate migration.")]
Ttl = Annotated[int, Option(min=1, metavar="SECONDS", help="Message TTL of client queues.")]
Sans = Annotated[
    tuple[str, ...],
    Option(
        metavar="NAME",
        envvar="HUBEMU_SANS",
        help="One more name in the server certificate; repeatable (blanks between them in the "
        "environment).",
    ),
]
