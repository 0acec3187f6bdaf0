"""The common name in a certificate: whoever logs in, and whatever is told of it, reads it here."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["common_name", "common_name_of"]


@lru_cache(maxsize=1_000)
def common_name(der: bytes) -> str | None:
    """The common name of a certificate's subject, which is the user name on the broker.

    `None` if there is none, or the certificate cannot be read.
    """
    # Imported once a certificate comes: it takes as long as all the rest of a plain broker.
    from cryptography import x509

    try:
        return common_name_of(x509.load_der_x509_certificate(der).subject) or None
    except (ValueError, x509.InvalidVersion):
        return None


def common_name_of(name: x509.Name) -> str:
    """The common name in a distinguished name; several are joined with commas, as in RabbitMQ."""
    from cryptography.x509.oid import NameOID

    return ",".join(str(part.value) for part in name.get_attributes_for_oid(NameOID.COMMON_NAME))
