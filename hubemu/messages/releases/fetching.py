"""A tagged archive of the official library, downloaded, verified and imported.

Only the schemas are taken out of the archive, and nothing in it decides where they are written.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import httpx
import orjson

from hubemu.errors import CheckFailed, InputError, StartError
from hubemu.files import write_atomically
from hubemu.messages.releases.importing import import_release
from hubemu.messages.releases.store import StoredRelease, user_data

__all__ = ["OFFICIAL_ARCHIVE", "fetch_release"]

OFFICIAL_ARCHIVE = "https://github.com/ansforge/SAMU-Hub-Modeles/archive/refs/tags/{version}.tar.gz"
"""Where the public repository of the official library offers a tag."""

_LARGEST_ARCHIVE = 100_000_000
_LARGEST_FILE = 8_000_000
_LARGEST_UNPACKED = 200_000_000
_TIMEOUT = 30.0
_RECORD = "digests.json"


def fetch_release(
    version: str,
    *,
    name: str | None = None,
    source: str = OFFICIAL_ARCHIVE,
    sha256: str | None = None,
) -> tuple[StoredRelease, str]:
    """Download and import a version; gives the release and the SHA-256 of its archive.

    The digest must be `sha256` if that is given, else the one recorded when this version was first
    fetched; the first time it is recorded.

    Args:
        version: the tag.
        name: what to call the release, by default the version.
        source: URL of the archive, with `{version}` where the tag goes.
        sha256: the digest expected, in hexadecimal.

    Raises:
        StartError: the archive cannot be downloaded.
        CheckFailed: its digest is not the one expected.
        InputError: it is not an archive of a model library.
    """
    url = source.replace("{version}", version)
    archive = _download(url, version)
    digest = hashlib.sha256(archive).hexdigest()
    _verify(url, version, digest, sha256)
    with tempfile.TemporaryDirectory() as folder:
        for path, content in _schemas(archive, url):
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        stored = import_release(Path(folder), name or version)
    _record(url, digest)
    return stored, digest


def _download(url: str, version: str) -> bytes:
    offline = (
        f"{url} cannot be downloaded: {{}}. Get the archive of {version} in another way, unpack "
        f"it, and run: hubemu models import DIR --name {version}"
    )
    received = bytearray()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=_TIMEOUT) as response:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                received += chunk
                if len(received) > _LARGEST_ARCHIVE:
                    raise InputError(url, f"has more than the {_LARGEST_ARCHIVE} bytes allowed")
    except httpx.HTTPStatusError as error:
        raise StartError(offline.format(f"HTTP {error.response.status_code}")) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StartError(offline.format(str(error) or type(error).__name__)) from None
    return bytes(received)


def _verify(url: str, version: str, digest: str, given: str | None) -> None:
    expected = given.lower() if given else _recorded().get(url)
    if expected and digest != expected:
        raise CheckFailed(
            f"the archive of {version} has SHA-256 {digest}, not {expected}: it was not imported"
        )


def _recorded() -> dict[str, str]:
    path = user_data() / "models" / _RECORD
    try:
        found: dict[str, str] = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, orjson.JSONDecodeError):
        raise InputError(path, "cannot be read: delete it to record digests anew") from None
    return found


def _record(url: str, digest: str) -> None:
    digests = _recorded() | {url: digest}
    path = user_data() / "models" / _RECORD
    write_atomically(path, orjson.dumps(digests, option=orjson.OPT_INDENT_2))


def _schemas(archive: bytes, url: str) -> Iterator[tuple[str, bytes]]:
    """The schema files of an archive, each with where it goes: `json-schema/X` or `xsd/X`."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:*") as opened:
            for member in opened:
                if member.offset_data + member.size > _LARGEST_UNPACKED:
                    raise InputError(url, f"unpacks to more than {_LARGEST_UNPACKED} bytes")
                folder = _folder_of(PurePosixPath(member.name))
                content = opened.extractfile(member) if folder and member.isfile() else None
                if content is None:
                    continue
                if member.size > _LARGEST_FILE:
                    raise InputError(url, f"{member.name} has {member.size} bytes, too many")
                yield f"{folder}/{PurePosixPath(member.name).name}", content.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(url, f"is not a tar archive: {error}") from None


def _folder_of(path: PurePosixPath) -> str:
    """`json-schema` or `xsd` for a schema of the library's resources, else nothing.

    Only the folders right below the root or `src/main/resources` count: a checkout may hold other
    copies.
    """
    inside = path.parts[1:]
    if inside[:3] == ("src", "main", "resources"):
        inside = inside[3:]
    if len(inside) > 1 and (inside[0], path.suffix) in (("json-schema", ".json"), ("xsd", ".xsd")):
        return inside[0]
    return ""
