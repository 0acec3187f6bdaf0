"""A TLS server's context from PEM files that a person named."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from hubemu.errors import InputError

__all__ = ["TlsFiles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """PEM files: the server's chain, its key without passphrase, and whose clients to trust.

    With `authorities` clients may show a certificate, and need not, as RabbitMQ has it.
    """

    certificate: Path
    key: Path
    authorities: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What TLS 1.2 and 1.3 connections meet.

        Raises:
            InputError: a file cannot be read, is no PEM, or the key is not the certificate's.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._show(context)
        if self.authorities is not None:
            self._trust(context, self.authorities)
        return context

    def _show(self, context: ssl.SSLContext) -> None:
        _require_pem(self.certificate, "CERTIFICATE", "the server's certificate")
        _require_pem(self.key, "PRIVATE KEY", "the server's private key")
        try:
            context.load_cert_chain(self.certificate, self.key, password=self._no_passphrase)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                problem = f"not the key of {self.certificate}: give the two that belong together"
                raise InputError(self.key, problem) from None
            problem = f"OpenSSL cannot use it with its key {self.key}: {_words(error)}"
            raise InputError(self.certificate, problem) from None

    def _trust(self, context: ssl.SSLContext, authorities: Path) -> None:
        _require_pem(authorities, "CERTIFICATE", "the authorities of clients")
        try:
            context.load_verify_locations(authorities)
        except ssl.SSLError as error:
            problem = f"OpenSSL cannot read a certificate in it: {_words(error)}"
            raise InputError(authorities, problem) from None
        context.verify_mode = ssl.CERT_OPTIONAL

    def _no_passphrase(self) -> str:
        """Called for an encrypted key, instead of asking at the terminal."""
        mend = f"openssl pkey -in {self.key} -out plain.key"
        raise InputError(self.key, f"has a passphrase: take it off, as with `{mend}`")


def _require_pem(file: Path, what: str, meaning: str) -> None:
    try:
        text = file.read_bytes()
    except OSError as error:
        raise InputError(file, f"cannot be read: {error.strerror}") from None
    if what.encode() not in text:
        raise InputError(file, f"holds no PEM `{what}`: give {meaning} as PEM")


def _words(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
