"""Faults of a path in plain words, each with its mend; `{name}` is the certificate's."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.pki.paths import PathFaultKind

__all__ = ["FAULTS"]

_ASK = "ask its authority for another one"

FAULTS: Mapping[PathFaultKind, tuple[str, str]] = {
    PathFaultKind.REVOKED: (
        "the certificate of {name!r} is on the revocation list of its authority",
        "have a new one issued; it cannot be taken off the list",
    ),
    PathFaultKind.NAME: (
        "a name of the certificate of {name!r} is not among those its authority may certify "
        "(name constraints)",
        _ASK,
    ),
    PathFaultKind.CRITICAL: (
        "the certificate of {name!r} has a critical extension that RabbitMQ does not know, and so "
        "must refuse",
        "have one issued without it, or with the extension not critical",
    ),
    PathFaultKind.KEY_USAGE: (
        "the key usage of {name!r} lacks keyCertSign, and it stands as an authority in the chain",
        "send the intermediate certificate that really issued yours",
    ),
    PathFaultKind.NO_AUTHORITY: (
        "{name!r} stands as an authority in the chain, and its basic constraints say it is none",
        "send the intermediate certificate that really issued yours",
    ),
    PathFaultKind.DEPTH: (
        "the chain is longer than an authority in it, or the Hub, allows ({name!r} is too many)",
        "send the leaf and its own intermediates only",
    ),
    PathFaultKind.SIGNATURE: (
        "the signature of {name!r} is not that of the authority it names",
        "take the certificate of the authority again: another key has the same name",
    ),
    PathFaultKind.OTHER_ROOT: (
        "the chain of {name!r} ends in a root that has the name of a trusted one and is another",
        "send the leaf and its intermediates without the root",
    ),
    PathFaultKind.PURPOSE: (
        "the extended key usage of {name!r}, which binds what it issues too, lacks clientAuth",
        "have one issued for both sides (SSL_SERV of IGC Santé)",
    ),
    PathFaultKind.CRASH: (
        "RabbitMQ fails over the name constraints above {name!r}: it cannot compare IP addresses",
        "have one issued without an IP address as a name",
    ),
    PathFaultKind.UNREADABLE: (
        "a certificate cannot be read",
        "send the file as the authority gave it",
    ),
}
"""Faults that only the path tells; issuers and dates are told with more around them."""
