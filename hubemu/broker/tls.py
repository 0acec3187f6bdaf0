"""TLS between a socket and AMQP, without touching either.

OpenSSL works on memory here, instead of asyncio's own TLS, for three reasons: the certificate of a
refused client must be known (OpenSSL drops it, so the Certificate message is read as it comes),
the alert that says why must reach the client before the socket closes, and every attempt must be
told, whatever became of it.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
from collections.abc import Sequence
from typing import Final

from hubemu.broker.certificate_message import certificates
from hubemu.broker.peer_verification import decide_on_peers
from hubemu.broker.tls_policy import Objection, TlsPolicy
from hubemu.interpreter import has_known_private_parts
from hubemu.openssl import forget_handshake

__all__ = ["TlsGate", "TlsPipe", "TlsRefused"]

_LOG = logging.getLogger(__name__)

_RECORD: Final = 16 * 1024
"""The most that one TLS record carries."""
_CERTIFICATE: Final = 11
"""Handshake message type (RFC 8446, 4)."""
_INTERNAL_ERROR: Final = 80
_FATAL_ALERT: Final = bytes((21, 3, 3, 0, 2, 2))
"""The start of one as a TLS 1.2 server sends it while its side is not encrypted yet."""

_PLAIN: Final[Sequence[tuple[bytes, str]]] = (
    (b"AMQP", "plain AMQP on a TLS port"),
    *((verb, "HTTP on a TLS port") for verb in (b"GET ", b"POST", b"PUT ", b"HEAD", b"OPTI")),
)


class TlsRefused(Exception):
    """The handshake failed; the text is OpenSSL's where it has one."""


class _Recorder(ssl.SSLObject):
    """An SSL object that keeps the certificates its peer sent, and the version they came in."""

    peer_chain: tuple[bytes, ...] = ()
    peer_version = ""


class TlsGate:
    """Makes one `TlsPipe` for each connection under a policy.

    The policy's context is prepared for servers of long connections: no renegotiation, and no
    session tickets, so that every client shows its certificate every time.
    """

    def __init__(self, policy: TlsPolicy) -> None:
        context = policy.context
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        context.num_tickets = 0
        context.sslobject_class = _Recorder
        if has_known_private_parts():
            # There is no other way to the certificate of a client whose handshake fails.
            context._msg_callback = _record  # type: ignore[attr-defined]  # private
        self._policy = policy
        self._decider = _Decider(policy) if policy.decides else None
        self._quiet = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def pipe(self) -> TlsPipe:
        """The TLS side of a new connection."""
        return TlsPipe(self._policy, self._quiet, self._decider)


class _Decider:
    """Asks a verdict in the midst of a handshake: of one at a time, that which is under way."""

    def __init__(self, policy: TlsPolicy) -> None:
        self._verdict = policy.verdict
        self._shaking: _Recorder | None = None
        self.objection: Objection | None = None
        self._callback = decide_on_peers(policy.context, self._decide)

    @property
    def works(self) -> bool:
        """Whether this interpreter lets it."""
        return self._callback is not None

    def go_on(self, tls: ssl.SSLObject) -> None:
        """Go on with a handshake; `objection` says afterwards whether it was refused here."""
        self.objection = None
        self._shaking = tls if isinstance(tls, _Recorder) else None
        try:
            tls.do_handshake()
        finally:
            self._shaking = None

    def _decide(self) -> int | None:
        chain = self._shaking.peer_chain if self._shaking is not None else ()
        try:
            found = self._verdict(chain) if chain else Objection("no readable certificate")
        except Exception as error:
            _LOG.exception("a verdict on a certificate failed")
            found = Objection(f"the verdict failed: {error}", _INTERNAL_ERROR)
        self.objection = found
        return found.alert if found is not None else None


class TlsPipe:
    """One TLS connection: encrypted bytes on one side, plain bytes on the other."""

    def __init__(
        self, policy: TlsPolicy, quiet: ssl.SSLContext, decider: _Decider | None = None
    ) -> None:
        self._decider = decider if decider is not None and decider.works else None
        self._verdict = policy.verdict
        self._quiet = quiet
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = policy.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._first = b""
        self._refusal_alert = b""
        self._forgot = False
        self.established = False
        self.ended = False
        """Whether the peer said that it sends no more."""

    @property
    def version(self) -> str:
        """Such as `TLSv1.3`; empty before it is known."""
        recorded: str = getattr(self._tls, "peer_version", "")
        return self._tls.version() or recorded

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The certificates that came, DER, leaf first."""
        recorded: tuple[bytes, ...] = getattr(self._tls, "peer_chain", ())
        if recorded or not self.established:
            return recorded
        leaf = self._tls.getpeercert(binary_form=True)
        return (leaf,) if leaf else ()

    def shake_hands(self, data: bytes) -> bool:
        """Go on with the handshake; True once it is done.

        Raises:
            TlsRefused: it failed. `outgoing` still has to be sent: it tells the client why.
        """
        if len(self._first) < len(_PLAIN[0][0]):
            self._first += data[:8]
        self._incoming.write(data)
        try:
            self._go_on()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise TlsRefused(self._explain(error)) from error
        if self._decider is None:
            self._judge()
        self.established = True
        # No more messages to watch: a context without callback makes reading cheap again.
        self._tls.context = self._quiet
        return True

    def decrypt(self, data: bytes) -> bytes:
        """The plain bytes in what came.

        Raises:
            TlsRefused: the bytes are no TLS records of this connection.
        """
        if len(data) <= _RECORD:
            return self._decrypt(data)
        # In portions: the memory of OpenSSL stays as large as what was once written to it.
        portions = (data[start : start + _RECORD] for start in range(0, len(data), _RECORD))
        return b"".join([self._decrypt(portion) for portion in portions])

    def _decrypt(self, data: bytes) -> bytes:
        incoming, tls = self._incoming, self._tls
        incoming.write(data)
        plain = bytearray()
        try:
            # What is left after the last whole record waits inside OpenSSL.
            while incoming.pending or tls.pending():
                chunk = tls.read(_RECORD)
                if not chunk:
                    self.ended = True
                    break
                plain += chunk
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self.ended = True
        except ssl.SSLError as error:
            raise TlsRefused(_words(error)) from error
        return bytes(plain)

    def encrypt(self, data: bytes) -> bytes:
        """The records that carry `data`, after whatever TLS itself has to say."""
        if len(data) <= _RECORD:
            if data:
                self._tls.write(data)
            return self._outgoing.read()
        rest, records = memoryview(data), []
        while rest:  # in portions, as in `decrypt`
            rest = rest[self._tls.write(rest[:_RECORD]) :]
            records.append(self._outgoing.read())
        return b"".join(records)

    def outgoing(self) -> bytes:
        """What TLS itself has to say: handshake, alerts."""
        if self._refusal_alert:
            return self._refusal_alert
        said = self._outgoing.read()
        if self.established and not self._forgot:
            self._forgot = True
            forget_handshake(self._tls)
        return said

    def rest(self) -> None:
        """The connection is opened: it may be silent for long, and is to hold little meanwhile."""
        if self._forgot:
            forget_handshake(self._tls)

    def close(self) -> bytes:
        """The alert that ends the connection in order."""
        if self.established:
            self._say_goodbye()
        return self.outgoing()

    def _say_goodbye(self) -> None:
        """Send close_notify; the peer has not answered it yet, and need not."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()

    def _go_on(self) -> None:
        if self._decider is not None:
            self._decider.go_on(self._tls)
        else:
            self._tls.do_handshake()

    def _judge(self) -> None:
        """Ask the verdict behind the handshake."""
        objection = self._verdict(self._chain_or_leaf())
        if objection is None:
            return
        if self.version == "TLSv1.2":
            # Our last flight was not sent yet: the client can still be told by an alert.
            self._refusal_alert = _FATAL_ALERT + bytes((objection.alert,))
        else:
            self._say_goodbye()
        raise TlsRefused(objection.reason)

    def _chain_or_leaf(self) -> tuple[bytes, ...]:
        leaf = self._tls.getpeercert(binary_form=True)
        return self.chain or ((leaf,) if leaf else ())

    def _explain(self, error: ssl.SSLError) -> str:
        if self._decider is not None and self._decider.objection is not None:
            return self._decider.objection.reason
        for start, reason in _PLAIN:
            if self._first.startswith(start):
                return reason
        return _words(error)


def _words(error: ssl.SSLError) -> str:
    """OpenSSL's own words, without Python's wrapping."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or str(error)).replace("_", " ").lower()


def _record(
    tls: ssl.SSLObject, direction: str, version: int, _content: int, kind: int, data: bytes
) -> None:
    if direction == "read" and kind == _CERTIFICATE and isinstance(tls, _Recorder):
        tls13 = version == ssl.TLSVersion.TLSv1_3
        tls.peer_version = "TLSv1.3" if tls13 else "TLSv1.2"
        tls.peer_chain = certificates(data, tls13=tls13)
