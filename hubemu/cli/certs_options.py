"""Options that several of `hubemu certs` take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hubemu.bounded_files import read_bounded
from hubemu.cli.parameters import Option

__all__ = ["PassphraseFile", "passphrase_in"]

PassphraseFile = Annotated[
    Path | None,
    Option(metavar="FILE", help="The file whose first line is the passphrase of stores and keys."),
]
_LONGEST = 10_000


def passphrase_in(file: Path | None) -> str | None:
    """The passphrase in a file, if one was named (InputError: it cannot be read)."""
    if file is None:
        return None
    lines = read_bounded(file, _LONGEST, pipes=True).decode("utf-8", "replace").splitlines()
    return lines[0] if lines else ""
