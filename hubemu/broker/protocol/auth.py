"""Who a client is: SASL mechanisms as policies given to a connection."""

from __future__ import annotations

import hmac
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Protocol

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.table import decode_table

__all__ = [
    "AnyLogin",
    "Authenticator",
    "BadResponse",
    "CertificateLogin",
    "LoginRefused",
    "PasswordLogin",
    "Peer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The other end of a connection; `common_name` is that of its certificate, if it has one."""

    address: str
    common_name: str | None = None
    tls_version: str = ""
    chain: tuple[bytes, ...] = ()


class LoginRefused(Exception):
    """The client is not who may log in; the text is for the log, never for the client."""


class BadResponse(Exception):
    """The SASL response does not have the form its mechanism asks for."""


class Authenticator(Protocol):
    """Decides about a login; `mechanisms` are offered in this order."""

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """Names as in connection.start, such as `EXTERNAL`."""

    def login(self, mechanism: str, response: bytes, peer: Peer) -> str:
        """The user's name.

        Raises:
            LoginRefused: no such user, or a wrong password.
            BadResponse: the response cannot be read.
        """


class CertificateLogin:
    """EXTERNAL only: the certificate's common name is the user, whatever the response says.

    Args:
        users: names that exist; anything that knows `in`, looked up at each login.
    """

    mechanisms = ("EXTERNAL",)

    def __init__(self, users: Container[str]) -> None:
        self._users = users

    def login(self, mechanism: str, response: bytes, peer: Peer) -> str:
        """See `Authenticator`."""
        del mechanism, response
        if peer.common_name is None:
            raise LoginRefused("the connection has no certificate with a common name")
        if peer.common_name not in self._users:
            raise LoginRefused(f"user '{peer.common_name}' - invalid credentials")
        return peer.common_name


class PasswordLogin:
    """PLAIN and AMQPLAIN against a table of passwords."""

    mechanisms = ("PLAIN", "AMQPLAIN")

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords

    def login(self, mechanism: str, response: bytes, peer: Peer) -> str:
        """See `Authenticator`."""
        del peer
        user, password = (_plain if mechanism == "PLAIN" else _amqplain)(response)
        known = self._passwords.get(user, "")
        if not known or not hmac.compare_digest(known.encode(), password.encode()):
            raise LoginRefused(f"user '{user}' - invalid credentials")
        return user


class AnyLogin:
    """The mechanisms of several authenticators, each decided by the first that has it."""

    def __init__(self, *authenticators: Authenticator) -> None:
        self._deciders = {
            mechanism: one for one in reversed(authenticators) for mechanism in one.mechanisms
        }
        self.mechanisms = tuple(name for one in authenticators for name in one.mechanisms)

    def login(self, mechanism: str, response: bytes, peer: Peer) -> str:
        """See `Authenticator`."""
        return self._deciders[mechanism].login(mechanism, response, peer)


def _plain(response: bytes) -> tuple[str, str]:
    match response.split(b"\0"):
        case [b"", user, password]:
            return user.decode("utf-8", "replace"), password.decode("utf-8", "replace")
    raise BadResponse("a PLAIN response is NUL user NUL password")


def _amqplain(response: bytes) -> tuple[str, str]:
    try:
        table = decode_table(response)
    except MalformedError as error:
        raise BadResponse(str(error)) from error
    match table:
        case {"LOGIN": str(user), "PASSWORD": str(password)}:
            return user, password
    raise BadResponse("an AMQPLAIN response is a table with LOGIN and PASSWORD")
