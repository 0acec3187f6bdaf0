"""Where a broker is, and the one error of getting there and staying there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

__all__ = ["Address", "LinkError"]


class LinkError(Exception):
    """The link could not be opened, or broke; the text says why, `code` is AMQP's or 0."""

    def __init__(self, reason: str, code: int = 0) -> None:
        self.code = code
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens, and the TLS context that shows the user's certificate.

    `proxied` says that it expects the PROXY protocol there.
    """

    host: str
    port: int
    tls: ssl.SSLContext
    proxied: bool = False
