"""What an actor shows and trusts when it connects: what is right now, or what it has of old."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hubemu.client.facts import HubFacts
from hubemu.errors import InputError
from hubemu.pki import open_pki
from hubemu.pki.layout import Layout, read_certificates
from hubemu.pki.stores import pem
from hubemu.settings import Phase

__all__ = ["Credentials"]

Kind = Literal["legacy", "igc"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a step asks for; what is `None` is what the Hub's home has now.

    Args:
        certificate: which of the actor's own.
        trusts: the trust store of that phase.
        own: the folder that the certificate is from.
        trusted: the folder that the trust store is from.
        pinned: the folder whose Hub's certificate, and nothing else, is trusted.
    """

    certificate: Kind | None = None
    trusts: Phase | None = None
    own: Path | None = None
    trusted: Path | None = None
    pinned: Path | None = None

    def context(self, facts: HubFacts, client: str) -> ssl.SSLContext:
        """The TLS of a client with them, at a Hub as it is now.

        Raises:
            InputError: a file is missing or damaged.
        """
        kind: Kind = "legacy" if (self.certificate or facts.identity) == "legacy" else "igc"
        phase = self.trusts or facts.phase
        pki = open_pki(self.own or facts.certs)
        holder = facts.holder(client)
        if self.pinned is None and self.trusted is None:
            return pki.client_context(holder, kind, phase)
        files = pki.client_files(holder, kind)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(files.certificate, files.key)
            if self.pinned is not None:
                _pin(context, self.pinned, kind)
            elif self.trusted is not None:
                context.load_verify_locations(Layout(self.trusted).truststore(phase, ".pem"))
        except (ssl.SSLError, OSError) as error:
            raise InputError(files.certificate, f"cannot be used: {error}") from None
        return context


def _pin(context: ssl.SSLContext, folder: Path, kind: Kind) -> None:
    """Trust the certificate that the Hub has in a folder, and no authority."""
    shown = Layout(folder).server(kind)
    leaf = read_certificates(shown.with_name(f"{shown.name}.crt"), "restore the home")[0]
    context.load_verify_locations(cadata=pem([leaf]).decode("ascii"))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
