"""Looks at Python, the libraries, and the command itself."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from hubemu.doctor.finding import MachineFinding
from hubemu.doctor.patient import Patient
from hubemu.version import __version__

__all__ = ["command_on_path", "libraries", "python"]

_OLDEST = (3, 11)
_NEWEST_TRIED = (3, 13)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def python(patient: Patient) -> Iterator[MachineFinding]:
    """The interpreter."""
    here = ".".join(map(str, sys.version_info[:3]))
    told = f"Python {here} ({sys.executable}), hubemu {__version__}"
    if sys.version_info[:2] < _OLDEST:
        yield MachineFinding("Python", "problem", told, "install Python 3.11 or newer")
    elif sys.version_info[:2] > _NEWEST_TRIED:
        newest = ".".join(map(str, _NEWEST_TRIED))
        yield MachineFinding("Python", "warning", f"{told}: not tried yet", f"use Python {newest}")
    else:
        yield MachineFinding("Python", "ok", told)


def libraries(patient: Patient) -> Iterator[MachineFinding]:
    """What hubemu's own metadata says it needs."""
    try:
        needed = distribution("hubemu").requires or []
    except PackageNotFoundError:
        mend = "install it: pip install . in the checkout, or pipx install hubemu"
        yield MachineFinding("libraries", "warning", "hubemu runs without being installed", mend)
        return
    missing = []
    found = 0
    for line in needed:
        name = _NAME.match(line)
        if name is None or ";" in line:
            continue  # of an extra, or of another platform
        try:
            version(name[0])
            found += 1
        except PackageNotFoundError:
            missing.append(name[0])
    if missing:
        told = f"not installed: {', '.join(missing)}"
        yield MachineFinding("libraries", "problem", told, f"pip install {' '.join(missing)}")
    else:
        yield MachineFinding("libraries", "ok", f"all {found} are installed")


def command_on_path(patient: Patient) -> Iterator[MachineFinding]:
    """Whether `hubemu` in a shell is this one."""
    found = shutil.which("hubemu", path=patient.environment.get("PATH"))
    own = Path(sys.executable).parent / "hubemu"
    if found is None:
        mend = f"activate its environment (. {own.parent / 'activate'}) or call {own}"
        yield MachineFinding("command", "warning", "no hubemu on PATH", mend)
    elif own.exists() and not own.samefile(found):
        told = f"hubemu on PATH is {found}, this one is {own}"
        yield MachineFinding(
            "command", "warning", told, f"call {own}, or put its folder first on PATH"
        )
    else:
        yield MachineFinding("command", "ok", found)
