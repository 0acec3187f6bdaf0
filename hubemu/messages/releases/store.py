"""Releases imported from the official library, kept in the user's data folder as they are.

One folder each: `json-schema/`, `xsd/`, and `release.json` with the digest of all files, which is
verified whenever the release is loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from hubemu.errors import InputError
from hubemu.messages.releases.cache import digest_of
from hubemu.messages.releases.release import ReleaseFiles

__all__ = ["StoredRelease", "find_stored", "keep", "load_stored", "stored_releases", "user_data"]

_DESCRIPTION = "release.json"
_MEND = "set HUBEMU_DATA to a folder of yours"


@dataclass(frozen=True, slots=True)
class StoredRelease:
    """What is known of an imported release without opening its schemas."""

    name: str
    folder: Path
    digest: str
    types: tuple[str, ...]
    namespace: str
    namespaces: Mapping[str, str]


def user_data() -> Path:
    """The folder for what users want kept: `$HUBEMU_DATA` or the system's custom.

    Raises:
        InputError: there is none.
    """
    if named := os.environ.get("HUBEMU_DATA"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "hubemu" / "Data"
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "hubemu"
    return Path(os.environ.get("XDG_DATA_HOME") or _home() / ".local" / "share") / "hubemu"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise InputError("HUBEMU_DATA", f"this user has no home folder: {_MEND}") from None


def _has_place() -> bool:
    """Whether there is a place where releases could be: where there is none, none are."""
    try:
        user_data()
    except InputError:
        return False
    return True


def keep(files: ReleaseFiles, types: tuple[str, ...]) -> StoredRelease:
    """Store a release under its name, in place of one that had it.

    Raises:
        InputError: the data folder cannot be written.
    """
    import tempfile

    folder = _folder(files.name)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".import-") as scratch:
            made = Path(scratch) / "release"
            _write(files, types, made)
            old = Path(scratch) / "old"
            if folder.exists():
                folder.replace(old)
            made.replace(folder)
    except OSError as error:
        raise InputError(folder, (error.strerror or str(error)).lower()) from None
    return _describe(folder)


def stored_releases() -> tuple[StoredRelease, ...]:
    """Every imported release, by name.

    Raises:
        InputError: the data folder, or what it says of one, cannot be read.
    """
    if not _has_place():
        return ()
    folder = user_data() / "models"
    with _reading(folder):
        found = sorted(folder.iterdir()) if _exists(folder) else ()
        return tuple(_describe(path) for path in found if _exists(path / _DESCRIPTION))


def find_stored(name: str) -> StoredRelease | None:
    """The imported release called `name`, None if there is none.

    Raises:
        InputError: the data folder, or what it says of the release, cannot be read.
    """
    if not _has_place():
        return None
    folder = _folder(name)
    with _reading(folder):
        return _describe(folder) if _exists(folder / _DESCRIPTION) else None


def load_stored(stored: StoredRelease) -> ReleaseFiles:
    """The schemas of an imported release.

    Raises:
        InputError: a file was changed or lost since the import.
    """
    schemas = sorted(stored.folder.glob("json-schema/*.json"))
    xsds = sorted(stored.folder.glob("xsd/*.xsd"))
    if digest_of([*schemas, *xsds]) != stored.digest:
        raise InputError(stored.folder, "is not as it was imported: import the release again")
    return ReleaseFiles(
        name=stored.name,
        json_schemas={path.name: orjson.loads(path.read_bytes()) for path in schemas},
        xsds={path.name: path.read_bytes() for path in xsds},
        namespace=stored.namespace,
        namespaces=stored.namespaces,
    )


def _exists(path: Path) -> bool:
    """As `Path.exists`, but what cannot be looked at is an error, on every Python."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(folder, f"{reason}: make it readable, or {_MEND}") from None


def _folder(name: str) -> Path:
    if not name.replace(".", "").replace("-", "").replace("_", "").isalnum():
        raise InputError("model release", f"{name!r} is no name: use letters, digits and . - _")
    return user_data() / "models" / name


def _write(files: ReleaseFiles, types: tuple[str, ...], folder: Path) -> None:
    contents = {
        **{f"json-schema/{name}": orjson.dumps(s) for name, s in files.json_schemas.items()},
        **{f"xsd/{name}": content for name, content in files.xsds.items()},
    }
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    description = {
        "name": files.name,
        "digest": digest_of(folder / name for name in contents),
        "types": types,
        "namespace": files.namespace,
        "namespaces": files.namespaces,
    }
    (folder / _DESCRIPTION).write_bytes(orjson.dumps(description, option=orjson.OPT_INDENT_2))


def _describe(folder: Path) -> StoredRelease:
    path = folder / _DESCRIPTION
    try:
        found = orjson.loads(path.read_bytes())
        return StoredRelease(
            name=folder.name,
            folder=folder,
            digest=found["digest"],
            types=tuple(found["types"]),
            namespace=found["namespace"],
            namespaces=found["namespaces"],
        )
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        raise InputError(path, "cannot be read: import the release again") from None
