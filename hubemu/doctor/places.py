"""Looks at the home: its rights, its secrets, its certificates."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from hubemu.doctor.finding import MachineFinding
from hubemu.doctor.patient import Patient

__all__ = ["certificates", "home", "secrets"]

_LITTLE = 200 * 1024 * 1024
"""Octets free, below which a state on disk soon finds none."""
_SOON = timedelta(days=30)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def home(patient: Patient) -> Iterator[MachineFinding]:
    """Whether a Hub can write there."""
    path = patient.home.path
    place = path
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        mend = "choose another --home, or give this user the right to write there"
        yield MachineFinding("home", "problem", f"{place} cannot be written by this user", mend)
        return
    free = shutil.disk_usage(place).free
    there = "" if path.exists() else ", made at the first start"
    told = f"{path}{there}, {free // 2**20:,} MiB free"
    if free < _LITTLE:
        yield MachineFinding("home", "warning", told, "make room: --state disk and logs need some")
    else:
        yield MachineFinding("home", "ok", told)


def secrets(patient: Patient) -> Iterator[MachineFinding]:
    """Private keys that others of this machine can read."""
    if sys.platform == "win32" or not patient.home.certs.is_dir():
        return
    open_to_others = [file for file in _keys(patient.home.certs) if _is_open(file)]
    if open_to_others:
        told = f"{len(open_to_others)} key files can be read by others, such as {open_to_others[0]}"
        mend = f"chmod -R go-rwx {patient.home.certs}"
        yield MachineFinding("keys", "warning", told, mend)
    else:
        yield MachineFinding("keys", "ok", "private keys are readable by this user alone")


def _keys(folder: Path) -> Iterator[Path]:
    for suffix in ("*.key", "*.p12", "*.jks"):
        yield from folder.glob(f"clients/*/{suffix}")
    yield from folder.glob("**/*.key")


def _is_open(file: Path) -> bool:
    return bool(file.stat().st_mode & _OTHERS)


def certificates(patient: Patient) -> Iterator[MachineFinding]:
    """Certificates of the home that are over, or soon will be."""
    now = datetime.now(UTC)
    over, soon, seen = [], [], 0
    for file in sorted(patient.home.certs.glob("**/*.crt")):
        try:
            ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
        except (OSError, ValueError):
            mend = "delete it: the next start makes it anew"
            yield MachineFinding("certificates", "warning", f"{file} cannot be read", mend)
            continue
        seen += 1
        if ends <= now:
            over.append(file)
        elif ends <= now + _SOON:
            soon.append(file)
    if over or soon:
        files = (over or soon)[0]
        told = f"{len(over)} are over, {len(soon)} end within 30 days, such as {files}"
        mend = "start the Hub: it renews its own; issue anew what `hubemu certs issue` made"
        yield MachineFinding("certificates", "warning", told, mend)
    elif seen:
        yield MachineFinding("certificates", "ok", f"{seen} in the home, none ends within 30 days")
