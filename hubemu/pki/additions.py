"""What a home was given beside its own material: authorities trusted, certificates revoked, names
bound to clients.

    trusted/<phase or every>/<SHA-256>.pem
    revoked/<authority>/<serial>.json
    bound/<SHA-256>.json

One file each, so that two who add at the same time lose nothing. Only certificates are kept, never
a key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hubemu.errors import InputError
from hubemu.pki.layout import read_certificates, write_public
from hubemu.pki.stores import pem
from hubemu.settings import Phase

__all__ = ["Additions", "Revocation"]

_EVERY = "every"


@dataclass(frozen=True, slots=True)
class Revocation:
    """One entry of a revocation list: serial number, and since when."""

    serial: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Additions:
    """Those of the certificates in `folder`.

    A step of a change of certificates has a folder of its own; what is added to its `home`
    meanwhile counts there too.
    """

    folder: Path
    home: Path | None = None

    def trust(self, certificates: Iterable[x509.Certificate], phase: Phase | None) -> list[Path]:
        """Trust authorities in a phase, or in every one; the files written (OSError)."""
        files = [
            (
                _trusted_in(self.folder, phase)
                / f"{certificate.fingerprint(hashes.SHA256()).hex()}.pem",
                pem([certificate]),
            )
            for certificate in certificates
        ]
        write_public(files, within=self.folder)
        return [path for path, _ in files]

    def trusted(self, phase: Phase) -> list[x509.Certificate]:
        """The authorities added for a phase (InputError: a file is damaged)."""
        folders = [_trusted_in(home, one) for home in self._folders for one in (None, phase)]
        files = [path for folder in folders for path in sorted(folder.glob("*.pem"))]
        found = [read_certificates(path, f"delete {path}")[0] for path in files]
        return list(dict.fromkeys(found))

    def every_trusted(self) -> list[x509.Certificate]:
        """The same for all phases together."""
        return list(dict.fromkeys(one for phase in Phase for one in self.trusted(phase)))

    def bind(self, common_name: str, clients: Sequence[str]) -> Path:
        """Have a Common Name log in as these clients from now on (OSError)."""
        content = json.dumps({"commonName": common_name, "clients": list(clients)})
        name = hashlib.sha256(common_name.encode()).hexdigest()
        path = self.folder / "bound" / f"{name}.json"
        write_public([(path, content.encode() + b"\n")], within=self.folder)
        return path

    def bindings(self) -> dict[str, tuple[str, ...]]:
        """Clients by Common Name (InputError: a file is damaged)."""
        found = {}
        folders = [one / "bound" for one in reversed(self._folders)]
        for path in (file for folder in folders for file in sorted(folder.glob("*.json"))):
            content = _read_json(path)
            clients = content["clients"]
            if not isinstance(clients, list):
                raise InputError(path, "damaged (clients is no list): delete it")
            found[str(content["commonName"])] = tuple(str(one) for one in clients)
        return found

    def revoke(self, authority: str, serial: int, at: datetime) -> Path:
        """Put a certificate on the list of its authority; once there, it stays (OSError)."""
        path = self.folder / "revoked" / authority / f"{serial:x}.json"
        if not path.exists():
            content = json.dumps({"serial": f"{serial:x}", "at": at.isoformat()})
            write_public([(path, content.encode() + b"\n")], within=self.folder)
        return path

    def revocations(self, authority: str) -> list[Revocation]:
        """The list of an authority (InputError: a file is damaged)."""
        rows: dict[int, Revocation] = {}
        for folder in self._folders:
            for path in sorted((folder / "revoked" / authority).glob("*.json")):
                one = _read_revocation(path)
                rows.setdefault(one.serial, one)
        return list(rows.values())

    @property
    def _folders(self) -> tuple[Path, ...]:
        return (self.folder,) if self.home is None else (self.folder, self.home)


def _trusted_in(folder: Path, phase: Phase | None) -> Path:
    return folder / "trusted" / (phase.value if phase is not None else _EVERY)


def _read_revocation(path: Path) -> Revocation:
    content = _read_json(path)
    try:
        at = datetime.fromisoformat(str(content["at"]))
        return Revocation(int(str(content["serial"]), 16), at)
    except ValueError as error:
        raise InputError(path, f"damaged ({error}): delete it") from None


def _read_json(path: Path) -> Mapping[str, object]:
    try:
        content = json.loads(path.read_bytes())
        needed = {"commonName", "clients"} if path.parent.name == "bound" else {"serial", "at"}
        if not isinstance(content, dict) or not needed <= content.keys():
            raise ValueError("something lacks in it")
    except (OSError, ValueError) as error:
        raise InputError(path, f"damaged ({error}): delete it") from None
    return content
