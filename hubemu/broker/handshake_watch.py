"""What a TLS handshake comes to, as somebody sees who passes its bytes on and has no key.

TLS 1.2 shows the client's certificate and every alert. TLS 1.3 shows neither, but a server that
refuses a client sends an alert of 19 octets where one that takes it sends AMQP, or a ticket.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hubemu.broker.certificate_message import certificates

__all__ = ["HandshakeWatch", "Watched"]

_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _DATA = 20, 21, 22, 23
_SERVER_HELLO, _CERTIFICATE = 2, 11
_HIDDEN_ALERT: Final = 2 + 1 + 16
"""Level and description, the real type, and the tag of every cipher of TLS 1.3."""
_SUPPORTED_VERSIONS = b"\x00\x2b\x00\x02\x03\x04"
"""The extension by which a server chooses TLS 1.3."""
_LONGEST = 256 * 1024
"""Octets of a handshake that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How a handshake ended: `alert` is its number if it was seen; `by_client` says whose it is."""

    accepted: bool
    version: str
    chain: tuple[bytes, ...] = ()
    alert: int | None = None
    by_client: bool = False


class HandshakeWatch:
    """Looks at both directions until it is clear how the handshake ended: `outcome`."""

    def __init__(self) -> None:
        self.outcome: Watched | None = None
        self._client, self._server = _Side(), _Side()
        self._version = "TLSv1.2"
        self._chain: tuple[bytes, ...] = ()
        self._client_answered = False

    @property
    def over(self) -> bool:
        """Whether there is nothing more to see."""
        return self.outcome is not None or self._client.blind or self._server.blind

    def from_client(self, data: bytes) -> None:
        """Bytes of the client."""
        for kind, content in self._client.records(data):
            if self.outcome is not None:
                return
            if kind == _HANDSHAKE:
                self._read_client(content)
            elif kind == _ALERT and len(content) == 2:
                self._refused(content[1], by_client=True)
            elif kind == _DATA and self._hidden:
                if len(content) == _HIDDEN_ALERT and not self._client_answered:
                    self._refused(None, by_client=True)
                self._client_answered = True

    def from_server(self, data: bytes) -> None:
        """Bytes of the server."""
        for kind, content in self._server.records(data):
            if self.outcome is not None:
                return
            if kind == _HANDSHAKE:
                self._read_server(content)
            elif kind == _ALERT and len(content) == 2:
                self._refused(content[1], by_client=False)
            elif kind == _CHANGE_CIPHER and not self._hidden:
                self._accepted()
            elif kind == _DATA and self._hidden and self._client_answered:
                if len(content) == _HIDDEN_ALERT:
                    self._refused(None, by_client=False)
                else:
                    self._accepted()

    @property
    def _hidden(self) -> bool:
        return self._version == "TLSv1.3"

    def _read_client(self, content: bytes) -> None:
        for kind, message in self._client.messages(content):
            if kind == _CERTIFICATE:
                self._chain = certificates(message, tls13=False)

    def _read_server(self, content: bytes) -> None:
        for kind, message in self._server.messages(content):
            if kind == _SERVER_HELLO and _SUPPORTED_VERSIONS in message:
                self._version = "TLSv1.3"

    def _accepted(self) -> None:
        self.outcome = Watched(accepted=True, version=self._version, chain=self._chain)

    def _refused(self, alert: int | None, *, by_client: bool) -> None:
        self.outcome = Watched(
            accepted=False,
            version=self._version,
            chain=self._chain,
            alert=alert,
            by_client=by_client,
        )


class _Side:
    """One direction: its records, and the handshake messages in those that are not encrypted."""

    def __init__(self) -> None:
        self.blind = False
        """Whether what comes is no TLS, or too much of it."""
        self._rest = b""
        self._message = b""
        self._seen = 0
        self._encrypted = False

    def records(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        self._seen += len(data)
        self._rest += data
        while len(self._rest) >= 5 and not self.blind:
            kind, length = self._rest[0], int.from_bytes(self._rest[3:5])
            if kind not in (_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _DATA) or self._rest[1] != 3:
                self.blind = True
                return
            if len(self._rest) < 5 + length:
                break
            content, self._rest = self._rest[5 : 5 + length], self._rest[5 + length :]
            yield kind, content
            self._encrypted = self._encrypted or kind == _CHANGE_CIPHER
        self.blind = self.blind or self._seen > _LONGEST

    def messages(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        if self._encrypted:
            return
        self._message += content
        while len(self._message) >= 4:
            length = 4 + int.from_bytes(self._message[1:4])
            if len(self._message) < length:
                return
            message, self._message = self._message[:length], self._message[length:]
            yield message[0], message
