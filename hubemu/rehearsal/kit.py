"""What a client holds: its certificate and key, and whom it trusts; and TLS made of it."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from hubemu.common_name import common_name_of
from hubemu.openssl import send_no_more_than_is_loaded, verify_at
from hubemu.pki.inspection.finding import is_authority
from hubemu.pki.opening import key_octets
from hubemu.pki.stores import pem

__all__ = ["Kit", "KitUnusable"]

_WEAK = ("EE_KEY_TOO_SMALL", "CA_MD_TOO_WEAK", "EE_MD_TOO_WEAK", "CA_KEY_TOO_SMALL")
"""What OpenSSL does not load at its usual security level, and RabbitMQ and Java take."""


class KitUnusable(Exception):
    """No client can be made of the files: the key is another certificate's (F1)."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The material of one client at one step.

    `chain` is what it sends, leaf first (empty: it sends none); `file` and `key` are PEM files of
    both; `trusted` are the certificates of its trust store; `passphrase` opens the key,
    whose public half are `key_octets`, where they are known. `dated_from` is what the first of the
    chain is a copy of, with other dates.
    """

    chain: tuple[x509.Certificate, ...]
    file: Path | None
    key: Path | None
    trusted: tuple[x509.Certificate, ...]
    passphrase: str | None = None
    key_octets: bytes | None = None
    dated_from: x509.Certificate | None = None

    @property
    def leaf(self) -> x509.Certificate | None:
        """Its own certificate."""
        return self.chain[0] if self.chain else None

    @property
    def is_misordered(self) -> bool:
        """Whether the key belongs to a certificate that is not the first of the file."""
        return any(key_octets(one) == self.key_octets for one in self.chain[1:])

    @property
    def common_name(self) -> str:
        """The name it logs in with."""
        return common_name_of(self.chain[0].subject) if self.chain else ""

    @property
    def pinned(self) -> list[x509.Certificate]:
        """What it trusts and is no authority; its own apart, which is trusted by mistake (F6)."""
        return [one for one in self.trusted if not is_authority(one) and one not in self.chain]

    def context(
        self,
        *,
        newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
        at: datetime | None = None,
        trusted: Sequence[x509.Certificate] | None = None,
        revocation: Path | None = None,
    ) -> ssl.SSLContext:
        """TLS of a client with this material, its clock at `at`.

        Args:
            newest: the TLS version it goes up to.
            at: what its clock says; `None`: the machine's.
            trusted: trusts these instead of its own.
            revocation: looks into the revocation lists in this file, for the whole chain.

        Raises:
            KitUnusable: key and certificate do not belong together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = newest
        self._load(context)
        anchors = self.trusted if trusted is None else tuple(trusted)
        if anchors:
            context.load_verify_locations(cadata=pem(anchors).decode())
        if self.pinned:
            # Who pins a leaf has software that takes one for an anchor, as Java does.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if revocation is not None:
            context.load_verify_locations(revocation)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
        # Else OpenSSL completes what is sent from the trust store, which Java does not.
        send_no_more_than_is_loaded(context)
        if at is not None:
            verify_at(context, at)
        return context

    def _load(self, context: ssl.SSLContext) -> None:
        if self.file is None or self.key is None:
            return
        try:
            self._load_chain(context)
        except ssl.SSLError as error:
            if error.reason in _WEAK:
                context.set_ciphers("DEFAULT:@SECLEVEL=0")
                with contextlib.suppress(ssl.SSLError):
                    self._load_chain(context)
                    return
            raise KitUnusable((error.reason or str(error)).replace("_", " ").lower()) from None

    def _load_chain(self, context: ssl.SSLContext) -> None:
        if self.file is not None:
            context.load_cert_chain(self.file, self.key, password=self.passphrase or "")
