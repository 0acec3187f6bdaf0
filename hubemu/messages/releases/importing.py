"""A release from outside, taken into the user's data folder as it is.

Schemas can say in a few octets what takes an hour or all memory to compile. Whatever one does, it
does it in a process of its own with little time and memory: the one that imports goes on, and says
in one line that the release was too much.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final, NoReturn

from hubemu.errors import InputError
from hubemu.messages.releases.reading import read_folder
from hubemu.messages.releases.store import StoredRelease, keep
from hubemu.messages.schemas.schema_set import SchemaSet

__all__ = ["import_release"]

_CPU_SECONDS: Final = 2
_MEMORY: Final = 200 << 20
"""Octets of data; the official libraries take a fifth of it and a tenth of the time."""
_WAIT_SECONDS: Final = 30.0
"""On the busiest machine, and where a system has no limits for processes."""
_OURSELVES: Final = "hubemu.messages.releases.importing"
_REFUSED: Final = 2
_NO_MEMORY: Final = 3


def import_release(folder: Path, name: str | None = None) -> StoredRelease:
    """Take the release in `folder` into the user's data folder.

    Args:
        folder: holds `json-schema/` and `xsd/`, itself or in `src/main/resources/`.
        name: what to call it, by default the folder's name.

    Raises:
        InputError: something is missing, damaged, beyond what is understood or too much, with its
            file.
    """
    name = name or folder.resolve().name
    _try_out(folder, name)
    files = read_folder(folder, name)
    return keep(files, tuple(content.name for content in SchemaSet(files.json_schemas).contents))


def _try_out(folder: Path, name: str) -> None:
    command = [sys.executable, "-P", "-m", _OURSELVES, str(folder), name]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=_WAIT_SECONDS, check=False)  # noqa: S603 (our own command, no shell)
    except subprocess.TimeoutExpired:
        raise _too_much(folder) from None
    if ended.returncode == _REFUSED and ended.stdout:
        told = json.loads(ended.stdout)
        raise InputError(told["source"], told["problem"], told["place"])
    if ended.returncode == _NO_MEMORY or ended.returncode < 0:
        raise _too_much(folder)
    if ended.returncode:
        raise RuntimeError(f"{folder} could not be tried out: {ended.stderr.decode()[-500:]}")


def _too_much(folder: Path) -> InputError:
    return InputError(
        folder,
        f"cannot be tried out within {_CPU_SECONDS} s and {_MEMORY >> 20} MB: one of its schemas "
        "asks for too much (a huge maxOccurs or minItems, deep nesting); mend it or leave it out",
    )


def _limit() -> None:
    """Bound this process, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))


def _main(folder: str, name: str) -> NoReturn:
    _limit()
    try:
        read_folder(Path(folder), name, use=True)
    except InputError as error:
        told = {"source": error.source, "problem": error.problem, "place": error.place}
        sys.stdout.write(json.dumps(told))
        sys.exit(_REFUSED)
    except PermissionError as error:
        told = {"source": str(error.filename), "problem": "permission denied", "place": ""}
        sys.stdout.write(json.dumps(told))
        sys.exit(_REFUSED)
    except MemoryError:
        sys.exit(_NO_MEMORY)
    sys.exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:3])
