"""`hubemu convert`: a message in the other format or in another version, or to and from CISU."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import click

from hubemu.cli.options import OfRelease
from hubemu.cli.output import result_bytes
from hubemu.cli.parameters import Argument, Option

__all__ = ["convert"]

_Format = Literal["json", "xml"]
_Version = Literal["v1", "v2", "v3"]


def convert(
    file: Annotated[Path, Argument(metavar="FILE", help="Message, JSON or XML.")],
    to: Annotated[
        _Format | None, Option("--to", help="Format wanted; with versions: that of the file.")
    ] = None,
    vhost: Annotated[
        str | None, Option("--vhost", metavar="VHOST", help="vHost of the message.")
    ] = None,
    model: OfRelease = None,
    from_version: Annotated[
        _Version | None, Option("--from-version", help="Model line the message is of.")
    ] = None,
    to_version: Annotated[
        _Version | None, Option("--to-version", help="Model line wanted.")
    ] = None,
    cisu: Annotated[
        bool, Option("--cisu", help="To or from CISU, by its sender; versions default to v3.")
    ] = False,
) -> None:
    """Print a message as the Hub would deliver it; exit 1 if it is not valid.

    With versions, or --cisu, as the conversion service would answer: nothing is validated, exit 1
    if it refuses, and --vhost may be left out. A case becomes one message; resources may become
    none or several, each on a line of its own. The messages are all that is printed, so there is no
    --json.
    """
    if cisu or from_version or to_version:
        from hubemu.cli.converting import converted

        for body in converted(file, to, vhost, model, (from_version, to_version), cisu=cisu):
            result_bytes(body)
        return
    if to is None:
        raise click.UsageError("Missing option '--to'. Choose from: json, xml")
    if vhost is None:
        raise click.UsageError("Missing option '--vhost'")
    result_bytes(_delivered(file, to, vhost, model))


def _delivered(file: Path, to: _Format, vhost: str, model: str | None) -> bytes:
    from hubemu.cli.releases import release_for
    from hubemu.client.file_remarks import require_readable
    from hubemu.dispatcher import format_of
    from hubemu.documents import read_file
    from hubemu.errors import CheckFailed
    from hubemu.messages import MessageError

    release = release_for(vhost, model)
    body = read_file(file)
    written = format_of(file, body)
    require_readable(body, f"application/{written}", file)
    try:
        return release.write(release.parse(body, written), to)
    except MessageError as error:
        raise CheckFailed(f"{file}: {error.cause}") from error
