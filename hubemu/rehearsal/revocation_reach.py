"""Whether what a vendor's certificates name for their revocation answers from this machine (P10).

Asked only when it is wished for: the addresses are the authority's, outside of the Hub.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from hubemu.rehearsal.results import StepFinding

__all__ = ["reach_findings"]

_SECONDS = 5.0
_OK = 200
_ENOUGH = 1024
"""Octets of a list that show that it is there."""


def reach_findings(certificates: Sequence[x509.Certificate]) -> list[StepFinding]:
    """The addresses that do not answer, one finding for all of them.

    A revocation list is fetched; of an OCSP responder any answer will do.
    """
    lists = dict.fromkeys(url for one in certificates for url in _lists(one))
    responders = dict.fromkeys(url for one in certificates for url in _responders(one))
    silent = [
        *(f"{url}: {why}" for url in lists if (why := _why_not(url, wants_content=True))),
        *(f"{url}: {why}" for url in responders if (why := _why_not(url, wants_content=False))),
    ]
    if not silent:
        return []
    seen = "nothing: it is asked of the authority, not of the Hub"
    return [StepFinding("P10", "; ".join(silent), seen, blocks=False)]


def _lists(certificate: x509.Certificate) -> Iterator[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return
    for point in found:
        yield from _web(point.full_name or ())


def _responders(certificate: x509.Certificate) -> Iterator[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return
    for one in found.value:
        if one.access_method == AuthorityInformationAccessOID.OCSP:
            yield from _web([one.access_location])


def _web(names: Sequence[x509.GeneralName]) -> Iterator[str]:
    for name in names:
        if isinstance(name, x509.UniformResourceIdentifier):
            url = name.value
            if url.lower().startswith(("http://", "https://")):
                yield url


def _why_not(url: str, *, wants_content: bool) -> str:
    """Why an address gives nothing; empty if it does."""
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - http only
            there = answer.status == _OK and answer.read(_ENOUGH)
    except urllib.error.HTTPError as error:
        with error:
            return f"HTTP {error.code}" if wants_content else ""
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        return str(reason) or type(error).__name__
    return "" if there or not wants_content else "an empty answer"
