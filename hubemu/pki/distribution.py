"""Where a certificate says that its revocation is told: distribution points, RFC 5280, 4.2.1.13."""

from __future__ import annotations

from urllib.parse import urlsplit

from cryptography import x509

__all__ = ["distribution_base", "distribution_points"]


def distribution_points(certificate: x509.Certificate) -> tuple[str, ...]:
    """The URLs of the revocation lists a certificate names (`UNREADABLE` if it cannot be read)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        str(name.value)
        for point in found
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    )


def distribution_base(certificate: x509.Certificate) -> str | None:
    """Scheme and authority of the first of them, such as `http://localhost:8671`."""
    for url in distribution_points(certificate):
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}"
    return None
