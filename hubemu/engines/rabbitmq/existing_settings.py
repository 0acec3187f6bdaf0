"""How a user names a broker that is there: the URL, and variables of the environment.

Variables, because they hold or lead to secrets:
    HUBEMU_RABBITMQ_MANAGEMENT  its management API, as http://user:password@host:15672
    HUBEMU_RABBITMQ_FILES       the folder of `hubemu export rabbitmq` that it was started with;
                                phases can then be changed, and its administrator is known
    HUBEMU_RABBITMQ_LOG         the file its log goes to; what it refuses to clients is then told;
                                of a cluster the file of each node, with commas between
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from hubemu.address import authority
from hubemu.engines.rabbitmq.definitions import Administrator
from hubemu.engines.rabbitmq.management import Management
from hubemu.engines.rabbitmq.node_files import (
    ADMINISTRATOR_FILE,
    DEFINITIONS_FILE,
    read_administrator,
)
from hubemu.errors import InputError

__all__ = ["FILES", "MANAGEMENT", "addresses_in", "files_given", "logs_given", "management_given"]

MANAGEMENT = "HUBEMU_RABBITMQ_MANAGEMENT"
FILES = "HUBEMU_RABBITMQ_FILES"
LOG = "HUBEMU_RABBITMQ_LOG"
_AMQPS = 5671
_HTTP = 15672
_PLACE = re.compile(r"[^\s/?#@]+")


def addresses_in(url: str) -> tuple[tuple[str, int], ...]:
    """Host and port of each node that an `amqps://host:port,host:port` URL names.

    Raises:
        InputError: it cannot be read.
    """
    found = []
    for place in url.removeprefix("amqps://").rstrip("/").split(","):
        parts = _split(f"amqps://{place}") if _PLACE.fullmatch(place) else None
        if parts is None or not parts.hostname:
            raise InputError(
                "--rabbitmq",
                f"{url!r}: write amqps://host:port, without user, password or vHost; the nodes of "
                "a cluster with commas between",
            )
        found.append((parts.hostname, parts.port or _AMQPS))
    return tuple(found)


def files_given() -> Path | None:
    """The folder in HUBEMU_RABBITMQ_FILES, if it is set.

    Raises:
        InputError: it is not one that `hubemu export rabbitmq` wrote.
    """
    named = os.environ.get(FILES)
    if not named:
        return None
    folder = Path(named)
    if not (folder / DEFINITIONS_FILE).is_file():
        raise InputError(
            FILES,
            f"{named!r} has no {DEFINITIONS_FILE}: name the folder that `hubemu export rabbitmq` "
            "wrote",
        )
    return folder


def logs_given() -> tuple[Path, ...]:
    """The files in HUBEMU_RABBITMQ_LOG, none if it is not set.

    Raises:
        InputError: one of them is not there, or not ours to read.
    """
    named = os.environ.get(LOG)
    files = tuple(Path(one) for one in named.split(",")) if named else ()
    for file in files:
        if not file.is_file():
            raise InputError(
                LOG, f"{str(file)!r} is no file: name the one that RabbitMQ writes its log to"
            )
        if not os.access(file, os.R_OK):
            raise InputError(LOG, f"{str(file)!r} cannot be read: permission denied")
    return files


def management_given(hosts: Sequence[str], files: Path | None) -> Management | None:
    """The management API of a broker: the one named, or the administrator's among its files.

    Raises:
        InputError: what is given cannot be used; passwords are not repeated.
    """
    if url := os.environ.get(MANAGEMENT):
        return _management_at(url)
    if files is None or not (files / ADMINISTRATOR_FILE).exists():
        return None
    user = read_administrator(files)
    return Management([f"http://{authority(host, _HTTP)}" for host in hosts], user)


def _management_at(url: str) -> Management:
    parts = _split(url)
    if (
        parts is None
        or parts.scheme not in ("http", "https")
        or not (parts.hostname and parts.username and parts.password)
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise InputError(
            MANAGEMENT,
            "write http://user:password@host:15672 and nothing after it; characters such as @ : / "
            "in the password as %40 %3A %2F",
        )
    user = Administrator(unquote(parts.username), unquote(parts.password))
    return Management([f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"], user)


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; `None` if there is no making sense of it."""
    try:
        parts = urlsplit(url)
        usable = parts.port != 0
    except ValueError:
        return None
    return parts if usable else None
