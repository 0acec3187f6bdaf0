"""A file as the conversion service would answer it, offline."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from hubemu.cli.releases import release_for
from hubemu.client.file_remarks import require_readable
from hubemu.conversion import ConversionMessage, ConversionRefused, ConversionService
from hubemu.dispatcher import format_of
from hubemu.documents import read_file
from hubemu.errors import CheckFailed, InputError
from hubemu.messages import (
    Format,
    MessageError,
    Release,
    builtin_releases,
    dump_json,
    load_release,
    parse_json,
)
from hubemu.settings import draw_seed

__all__ = ["converted"]

_CISU_VERSION = "v3"


def converted(
    file: Path,
    to: Format | None,
    vhost: str | None,
    model: str | None,
    versions: tuple[str | None, str | None],
    *,
    cisu: bool,
) -> Iterator[bytes]:
    """The messages that the one in `file` becomes, each in the format `to` or else the file's.

    Args:
        vhost: whose release reads or writes XML, where it is of one of the versions.
        model: the same, by name.
        versions: that of the message and the one wanted.
        cisu: whether it goes to or comes from CISU.

    Raises:
        InputError: the file or an option cannot be used.
        CheckFailed: the service refuses, or the message cannot be read or written.
    """
    source, target = _versions(versions, cisu=cisu)
    releases = _Releases(vhost, model, (source, target))
    body = read_file(file)
    written = format_of(file, body)
    require_readable(body, f"application/{written}", file)
    service = ConversionService(seed=str(draw_seed()), now=time.time)
    try:
        if written == "xml":
            release = releases.of(source)
            body = release.write(release.read(body, "xml"), "json")
        message = ConversionMessage.of(parse_json(body))
        made = (
            service.translate(message, source, target)
            if cisu
            else [service.convert_version(message, source, target)]
        )
        for one in made:
            yield _written(dump_json(one.edxl), to or written, releases, target)
    except ConversionRefused as refused:
        raise CheckFailed(f"{file}: {refused}") from None
    except MessageError as error:
        raise CheckFailed(f"{file}: {error.cause}") from error


def _written(body: bytes, to: Format, releases: _Releases, version: str) -> bytes:
    if to == "json":
        return body
    release = releases.of(version)
    return release.write(release.read(body, "json"), "xml")


def _versions(versions: tuple[str | None, str | None], *, cisu: bool) -> tuple[str, str]:
    source, target = (one or (_CISU_VERSION if cisu else None) for one in versions)
    if source is None:
        raise InputError("--to-version", "goes with --from-version: name both")
    if target is None:
        raise InputError("--from-version", "goes with --to-version: name both")
    return source, target


class _Releases:
    """The release of each version, loaded when XML must be read or written.

    That of the vHost, or the one named, is taken for its own version; the newest built in for
    others.
    """

    def __init__(self, vhost: str | None, model: str | None, versions: tuple[str, str]) -> None:
        self._named: Release | None = None
        if vhost is not None:
            self._named = release_for(vhost, model)
        elif model is not None:
            self._named = load_release(model)
        if self._named is not None and f"v{self._named.line}" not in versions:
            option = "--model" if model is not None else "--vhost"
            raise InputError(
                option,
                f"its release {self._named.name} is of v{self._named.line}, neither of "
                f"{versions[0]} nor of {versions[1]}",
            )

    def of(self, version: str) -> Release:
        """The release of a version such as `v2`."""
        if self._named is not None and f"v{self._named.line}" == version:
            return self._named
        line = f"{version.removeprefix('v')}."
        return load_release([one for one in builtin_releases() if one.startswith(line)][-1])
