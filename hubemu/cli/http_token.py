"""The token of the control API: given, or drawn where one is needed."""

from __future__ import annotations

import re
import secrets

from hubemu.address import is_loopback
from hubemu.errors import InputError

__all__ = ["token_for"]

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a header can carry as a bearer's token (RFC 6750 section 2.1)."""
_OCTETS = 24


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
