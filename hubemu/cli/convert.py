"""`hubemu convert`: a message in the other format, as the Hub would deliver it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from hubemu.cli.options import OfRelease, OnVHost
from hubemu.cli.output import result_bytes
from hubemu.cli.parameters import Argument, Option

__all__ = ["convert"]


def convert(
    file: Annotated[Path, Argument(metavar="FILE", help="Message, JSON or XML.")],
    to: Annotated[Literal["json", "xml"], Option("--to", help="Format wanted.")],
    vhost: OnVHost,
    model: OfRelease = None,
) -> None:
    """Print a message as the Hub would deliver it; exit 1 if it is not valid.

    The message is all that is printed, so there is no --json.
    """
    from hubemu.cli.releases import release_for
    from hubemu.client.remarks import require_readable
    from hubemu.dispatcher import format_of
    from hubemu.documents import read_file
    from hubemu.errors import CheckFailed
    from hubemu.messages import MessageError

    release = release_for(vhost, model)
    body = read_file(file)
    written = format_of(file, body)
    require_readable(body, f"application/{written}", file)
    try:
        result_bytes(release.write(release.parse(body, written), to))
    except MessageError as error:
        raise CheckFailed(f"{file}: {error.cause}") from error
