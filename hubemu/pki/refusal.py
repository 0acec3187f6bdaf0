"""Why a TLS connection was refused: the chain that came is verified again, reason by reason.

The client's own text seldom tells (facts: pki), so the Hub does: each check below finds one
reason or none, all that apply are told, in this order, each with its mend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from hubemu.common_name import common_name_of
from hubemu.pki.certificate_facts import UNREADABLE, parse_chain, validity_problem
from hubemu.pki.chains import Chain, issued_by
from hubemu.pki.client_judge import ClientJudge
from hubemu.pki.definitions import IdentityKind
from hubemu.pki.fault_words import FAULTS
from hubemu.pki.paths import PathFault, PathFaultKind
from hubemu.settings import Phase

__all__ = ["Trust", "explain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a Hub knows when it judges a client.

    `trusted` are the names of the chains trusted in `phase`, `use` the identity to use there,
    `mark` the unit all emulated authorities have, `holders` maps Common Names to client ids,
    `judge` decides.
    """

    chains: Mapping[str, Chain]
    trusted: Sequence[str]
    phase: Phase
    igc_chain: str
    use: IdentityKind
    mark: str
    holders: Mapping[str, str]
    judge: ClientJudge


@dataclass(frozen=True, slots=True)
class _Evidence:
    chain: tuple[x509.Certificate, ...]
    trust: Trust
    now: datetime
    verdict: PathFault | None

    @property
    def fault(self) -> PathFaultKind | None:
        return self.verdict.fault if self.verdict is not None else None

    @property
    def leaf(self) -> x509.Certificate:
        return self.chain[0]

    @property
    def mend(self) -> str:
        """Which certificate of the home to use instead."""
        name = common_name_of(self.leaf.subject)
        return _use(self.trust, self.trust.holders.get(name, "<client id>"))


def explain(chain: Sequence[bytes], trust: Trust, now: datetime, openssl_reason: str) -> str:
    """Every reason found why a chain (DER, leaf first, may be empty) is refused."""
    if not chain:
        return _without_certificate(trust, openssl_reason)
    try:
        parsed = parse_chain(chain)
        evidence = _Evidence(parsed, trust, now, trust.judge.fault_of(parsed, now))
        found = [reason for check in _CHECKS if (reason := check(evidence))]
        name = common_name_of(evidence.leaf.subject)
    except UNREADABLE as error:
        return f"what the client sent is not a readable certificate: {error}"
    return "; ".join(found) or (
        f"the certificate of {name!r} is one that this Hub takes, yet the connection was refused: "
        f"{openssl_reason}"
    )


def _issuer(evidence: _Evidence) -> str | None:
    """The chain that issued the leaf is none, or not one that is trusted in this phase."""
    trust = evidence.trust
    if evidence.fault not in (
        PathFaultKind.UNKNOWN_AUTHORITY,
        PathFaultKind.SELF_SIGNED,
        PathFaultKind.OTHER_ROOT,
    ):
        return None
    for name, known in trust.chains.items():
        if any(issued_by(evidence.leaf, authority) for authority in known.certificates):
            return None if name in trust.trusted else _not_in_phase(name, evidence)
    return _stranger(evidence)


def _not_in_phase(chain: str, evidence: _Evidence) -> str:
    trust = evidence.trust
    if chain == "legacy":
        return (
            "this certificate was issued by the Hub's former authority, which is no longer "
            f"trusted in phase {trust.phase}: {evidence.mend}"
        )
    if chain != trust.igc_chain:
        return (
            f"this certificate was issued by the IGC Santé chain {_label(chain)}, and this Hub's "
            f"environment takes {_label(trust.igc_chain)} certificates: {evidence.mend}"
        )
    return (
        "this certificate was issued by IGC Santé, which is not yet trusted in phase "
        f"{trust.phase}: {evidence.mend}"
    )


def _label(igc_chain: str) -> str:
    return igc_chain.removeprefix("igc-").upper()


def _stranger(evidence: _Evidence) -> str:
    leaf = evidence.leaf
    if issued_by(leaf, leaf):
        return f"this certificate is self-signed, no authority issued it: {evidence.mend}"
    issuer = common_name_of(leaf.issuer) or leaf.issuer.rfc4514_string()
    if issuer in _names(evidence.trust.chains):
        units = [str(unit.value) for unit in leaf.issuer]
        whose = "of another home" if evidence.trust.mark in units else "the real one"
        return (
            f"this certificate was issued by {issuer!r}, {whose}, and this Hub trusts only the "
            f"authorities of its own home: {evidence.mend}"
        )
    if not any(issued_by(leaf, other) for other in evidence.chain[1:]):
        return (
            f"the issuer of this certificate, {issuer!r}, is no authority of this Hub, and the "
            f"client did not send the intermediate certificate that would lead to one: "
            f"{evidence.mend}"
        )
    return (
        f"this certificate was issued by {issuer!r}, a stranger to this Hub "
        f"(phase {evidence.trust.phase}): {evidence.mend}"
    )


def _names(chains: Mapping[str, Chain]) -> set[str]:
    return {common_name_of(c.subject) for chain in chains.values() for c in chain.certificates}


def _dates(evidence: _Evidence) -> str | None:
    """A certificate that came is expired, or not yet valid, by the clock of the Hub."""
    problem = validity_problem(evidence.chain, evidence.now)
    if problem is None:
        return None
    now = evidence.now.strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        f"{problem} and the Hub's clock says {now}: take the current files of the home "
        "(a start of the Hub renews what is near its end), or reset the Hub's clock"
    )


def _purpose(evidence: _Evidence) -> str | None:
    """The certificate may not be used by a TLS client."""
    try:
        usages = evidence.leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    if ExtendedKeyUsageOID.CLIENT_AUTH in usages:
        return None
    return (
        "this certificate is not for clients: its extended key usage lacks clientAuth "
        f"(IGC Santé calls a certificate for both sides SSL_SERV): {evidence.mend}"
    )


def _verdict(evidence: _Evidence) -> str | None:
    """What only the path tells: revoked, a constraint, an extension that RabbitMQ refuses."""
    if evidence.verdict is None or evidence.fault not in FAULTS:
        return None
    whose = evidence.verdict.certificate or evidence.leaf
    if evidence.fault is PathFaultKind.OTHER_ROOT or (
        evidence.fault is PathFaultKind.PURPOSE and whose == evidence.leaf
    ):
        return None  # told above
    problem, mend = FAULTS[evidence.verdict.fault]
    return f"{problem.format(name=common_name_of(whose.subject))}: {mend}"


_CHECKS: tuple[Callable[[_Evidence], str | None], ...] = (_issuer, _dates, _purpose, _verdict)


def _without_certificate(trust: Trust, openssl_reason: str) -> str:
    words = openssl_reason.lower().replace("_", " ")
    for needles, meaning in _WITHOUT_CERTIFICATE:
        if any(needle in words for needle in needles):
            return meaning.format(
                phase=trust.phase, use=_use(trust, "<client id>"), openssl=openssl_reason
            )
    return f"the handshake ended before a certificate came: {openssl_reason}"


def _use(trust: Trust, client_id: str) -> str:
    return f"use clients/{client_id}/{trust.use}.crt"


_WITHOUT_CERTIFICATE = (
    (
        ("did not return a certificate",),
        "the client sent no certificate: {use} and its key (Java and Go send none when what "
        "they are given is not from an authority that the Hub trusts in phase {phase}, or lacks "
        "the intermediate: give them the whole .p12 or .crt)",
    ),
    (
        ("alert certificate expired",),
        "the client takes the Hub's certificate for expired: set the client's clock right",
    ),
    (
        ("alert unknown ca", "alert bad certificate", "alert certificate unknown"),
        "the client does not trust the Hub's certificate and ended the handshake: give it "
        "truststores/{phase}.pem (.p12 and .jks for Java), and connect by a host name that the "
        "certificate holds",
    ),
    (
        ("http on a tls port", "http request", "https proxy request"),
        "the client does not speak TLS on this port ({openssl}): the control API has another port "
        "(hubemu status), AMQP is reached here by amqps://",
    ),
    (
        ("plain amqp on a tls port", "wrong version number"),
        "the client does not speak TLS on this port ({openssl}): use amqps://, which is TLS from "
        "the first byte",
    ),
    (
        ("unsupported protocol", "version too low", "alert protocol version"),
        "the client and the Hub share no TLS version: the Hub takes TLS 1.2 and 1.3",
    ),
    (
        ("no shared cipher",),
        "the client and the Hub share no cipher suite: allow the usual ones of TLS 1.2 or 1.3",
    ),
    (
        ("unexpected eof", "eof occurred", "connection reset"),
        "the client closed the connection during the handshake without saying why; most often it "
        "does not trust the Hub's certificate, or connects by a name that is not in it: give it "
        "truststores/{phase}.pem (.p12 and .jks for Java), and connect by localhost",
    ),
)
"""Words of OpenSSL on the Hub's side when no certificate came, and what they mean."""
