"""The folder a RabbitMQ node is started with: configuration, definitions, certificates of a phase.

    rabbitmq.conf  enabled_plugins  advanced.config  definitions.json  boot.json  log/
    tls/trusted.pem  tls/server.crt  tls/server.key  tls/crl/<hash of an authority's name>.r0

`boot.json` is what a node loads when it boots: all of `definitions.json`, but in a cluster without
the queues. A node that boots declares quorum queues on itself alone; they are declared by the Hub
when every node is there.

The three files in `tls` keep their names from phase to phase: RabbitMQ reads them anew when they
change, so a phase is entered by replacing them. The lists in `tls/crl` are read at each handshake.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from pathlib import Path

from hubemu.engines.rabbitmq.config import ENABLED_PLUGINS, BrokerConfig
from hubemu.engines.rabbitmq.definitions import Administrator, definitions
from hubemu.engines.rabbitmq.erlang import ErlangShell
from hubemu.errors import InputError
from hubemu.files import write_atomically
from hubemu.pki import Pki
from hubemu.pki.name_hash import name_hash
from hubemu.pki.revocation import revocation_list
from hubemu.settings import Phase
from hubemu.topology import Topology

__all__ = [
    "ADMINISTRATOR_FILE",
    "DEFINITIONS_FILE",
    "IMAGE_USER",
    "administrator_of",
    "enter_phase",
    "new_administrator",
    "read_administrator",
    "show_certificate",
    "show_phase",
    "write_material",
]

DEFINITIONS_FILE = "definitions.json"
ADMINISTRATOR_FILE = "administrator.json"
"""Name and password of the management API's user, for whoever may read the folder."""
_SEEN_SECONDS = 2.0
"""Erlang looks once a second (ERLANG_ARGUMENTS) whether certificates have changed, and tells files
apart by the second they were written in."""
IMAGE_USER = 999
"""User and group id that the official image runs RabbitMQ as."""


def new_administrator() -> Administrator:
    """A user for the management API with a password nobody knows yet."""
    return Administrator("hubemu", secrets.token_urlsafe(24))


def administrator_of(folder: Path) -> Administrator:
    """The administrator of a folder that was written before, whom its broker knows; else a new one.

    Raises:
        InputError: the file that names it is damaged.
    """
    if not (folder / ADMINISTRATOR_FILE).exists():
        return new_administrator()
    return read_administrator(folder)


def read_administrator(folder: Path) -> Administrator:
    """The administrator that was written into a folder.

    Raises:
        InputError: its file cannot be read or is damaged.
    """
    file = folder / ADMINISTRATOR_FILE
    try:
        content = json.loads(file.read_bytes())
        return Administrator(content["name"], content["password"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            file,
            f"cannot be read ({error}): export again with --administrator, or set "
            "HUBEMU_RABBITMQ_MANAGEMENT",
        ) from None


def write_material(
    folder: Path,
    topology: Topology,
    config: BrokerConfig,
    *,
    administrator: Administrator | None = None,
) -> None:
    """Write everything but the certificates, the folder included (OSError: it cannot be)."""
    folder.mkdir(parents=True, exist_ok=True)
    content = definitions(topology, administrator)
    at_boot = {**content, "queues": [], "bindings": []} if config.cluster else content
    for name, part in ((DEFINITIONS_FILE, content), ("boot.json", at_boot)):
        text = json.dumps(part, indent=1, ensure_ascii=False) + "\n"
        write_atomically(folder / name, text.encode(), _mode(administrator))
        _give_to_image(folder / name)
    write_atomically(folder / "rabbitmq.conf", config.text().encode())
    write_atomically(folder / "enabled_plugins", ENABLED_PLUGINS.encode())
    write_atomically(folder / "advanced.config", config.advanced().encode())
    if config.log_file:
        _log_folder(folder)
    if administrator is not None:
        known = {"name": administrator.name, "password": administrator.password}
        write_atomically(folder / ADMINISTRATOR_FILE, json.dumps(known).encode(), 0o600)


def show_phase(folder: Path, pki: Pki, phase: Phase) -> bool:
    """Have a node show the Hub's certificate of a phase, trust what is trusted in it, and refuse
    what is revoked; whether that is other than before in what Erlang keeps in its cache."""
    tls = folder / "tls"
    tls.mkdir(parents=True, exist_ok=True)
    _write_lists(tls / "crl", pki)
    files = pki.server_files(phase)
    shown = (
        ("trusted.pem", pki.truststore(phase).read_bytes(), 0o644),
        ("server.key", files.key.read_bytes(), 0o600),
        ("server.crt", files.certificate.read_bytes(), 0o644),
    )
    changed = [one for one in shown if _content(tls / one[0]) != one[1]]
    for name, content, mode in changed:
        write_atomically(tls / name, content, mode)
    _give_to_image(tls / "server.key")
    return bool(changed)


async def show_certificate(
    folder: Path, chain: bytes, key: bytes, shell: ErlangShell | None = None
) -> None:
    """Have a running node show another certificate (PEM, leaf first) to new connections.

    `shell` is of the node: it is told at once, where otherwise it looks by itself.
    """
    tls = folder / "tls"
    write_atomically(tls / "server.key", key, 0o600)
    write_atomically(tls / "server.crt", chain)
    _give_to_image(tls / "server.key")
    await _seen(shell)


async def enter_phase(
    folder: Path, pki: Pki, phase: Phase, shell: ErlangShell | None = None
) -> None:
    """Have a running node go to a phase: when this returns, new connections meet it."""
    if show_phase(folder, pki, phase):
        await _seen(shell)


async def _seen(shell: ErlangShell | None) -> None:
    """Wait until Erlang has forgotten the files that it knew."""
    if shell is not None and shell.quick:
        await shell.ask("ssl:clear_pem_cache(), true")
    else:
        await asyncio.sleep(_SEEN_SECONDS)


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


def _write_lists(folder: Path, pki: Pki) -> None:
    """The list of each authority, where Erlang's `ssl_crl_hash_dir` looks at every handshake.

    They are good as long as their authorities, because a node's clock is not the Hub's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, authority in pki.authorities.items():
        ends = authority.not_valid_after_utc
        content = revocation_list(pki, name, authority.not_valid_before_utc, until=ends)
        write_atomically(folder / f"{name_hash(authority.subject)}.r0", content)


def _mode(administrator: Administrator | None) -> int:
    return 0o644 if administrator is None else 0o600


def _log_folder(folder: Path) -> None:
    """Make the folder that RabbitMQ writes its log into, and we read."""
    log = folder / "log"
    log.mkdir(exist_ok=True)
    _give_to_image(log)


def _give_to_image(path: Path) -> None:
    """Let the image's own user at a file of ours, which only root can and need arrange."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(path, IMAGE_USER, IMAGE_USER)
