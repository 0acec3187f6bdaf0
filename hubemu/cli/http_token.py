"""The token of the control API: given, or drawn where one is needed."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from hubemu.address import is_loopback
from hubemu.bounded_files import read_bounded
from hubemu.errors import InputError

__all__ = ["given_token", "token_for"]

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a header can carry as a bearer's token (RFC 6750 section 2.1)."""
_OCTETS = 24
_LONGEST_FILE = 10_000


def given_token(token: str | None, file: Path | None) -> str | None:
    """The token that was given, itself or in a file; `None`: none was.

    Raises:
        InputError: the file cannot be read, or says another than was given too.
    """
    if file is None:
        return token
    said = read_bounded(file, _LONGEST_FILE, pipes=True).decode("utf-8", "replace").strip()
    if token not in (None, said):
        raise InputError("--http-token-file", "--http-token says another: leave one of them out")
    return said


def token_for(host: str, given: str | None) -> str | None:
    """The token that callers must bear where the control API listens on `host`; `None`: none.

    Raises:
        InputError: the one given cannot be sent in a header.
    """
    if given is None:
        return None if is_loopback(host) else secrets.token_urlsafe(_OCTETS)
    if not _TOKEN.fullmatch(given):
        raise InputError(
            "--http-token",
            "a token is made of A-Z a-z 0-9 . _ ~ + / - and may end in =; leave the option out to "
            "have one drawn",
        )
    return given
