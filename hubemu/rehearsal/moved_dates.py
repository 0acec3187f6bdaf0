"""A date that the broker's clock cannot go to: certificates come to it instead.

RabbitMQ judges by the machine's clock. What a client would have then, it has now by a certificate
that its authority issues again, the same but for its dates: they lie as far back as the date lies
ahead. Only authorities of the home can do that; the Hub's own is renewed meanwhile, as ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hubemu.common_name import common_name_of
from hubemu.errors import InputError
from hubemu.files import write_atomically
from hubemu.pki import Pki
from hubemu.pki.chains import issued_by
from hubemu.pki.stores import pem
from hubemu.rehearsal.kit import Kit

__all__ = ["Redating"]


@dataclass(frozen=True, slots=True)
class Redating:
    """Makes kits what they would be later.

    `pki` has the authorities; `folder` is a private one, where certificates are written.
    """

    pki: Pki
    folder: Path
    _made: dict[tuple[Path, timedelta], Kit] = field(default_factory=dict)

    def ahead(self, kit: Kit, ahead: timedelta) -> Kit:
        """The kit with a leaf whose dates lie so much earlier.

        Raises:
            InputError: its authority is not the home's, so nobody here can issue it again.
        """
        if not ahead or kit.leaf is None or kit.file is None:
            return kit
        if (kit.file, ahead) not in self._made:
            self._made[kit.file, ahead] = self._dated(kit, kit.leaf, kit.file, ahead)
        return self._made[kit.file, ahead]

    def _dated(self, kit: Kit, own: x509.Certificate, file: Path, ahead: timedelta) -> Kit:
        leaf = self._issued_again(own, file, ahead)
        chain = (leaf, *kit.chain[1:])
        written = self.folder / f"{leaf.serial_number:x}.crt"
        write_atomically(written, pem(chain), 0o600)
        return replace(kit, chain=chain, file=written, dated_from=own)

    def _issued_again(
        self, leaf: x509.Certificate, file: Path, ahead: timedelta
    ) -> x509.Certificate:
        name = next((n for n, one in self.pki.authorities.items() if issued_by(leaf, one)), None)
        if name is None:
            issuer = common_name_of(leaf.issuer)
            problem = (
                f"was issued by {issuer!r}, whose key is not here: RabbitMQ's clock cannot be "
                "moved, so only --engine embedded can say what comes of it at another date"
            )
            raise InputError(file, problem)
        builder = x509.CertificateBuilder(
            subject_name=leaf.subject,
            issuer_name=leaf.issuer,
            public_key=leaf.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=(leaf.not_valid_before_utc - ahead),
            not_valid_after=(leaf.not_valid_after_utc - ahead),
            extensions=list(leaf.extensions),
        )
        return builder.sign(self.pki.authority_named(name).key, hashes.SHA256())
