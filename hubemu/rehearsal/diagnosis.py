"""Why a try failed, as findings: first what the Hub judges of the chain, then the client's words.

The try decides what is red. The files only say why, and the Hub's verdict comes before the client's
words, which seldom tell (facts: pki, note b).
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from hubemu.common_name import common_name_of
from hubemu.explain import explain
from hubemu.pki.chains import issued_by
from hubemu.pki.describing import key_name, signature_name
from hubemu.pki.layout import read_certificates
from hubemu.pki.migration import MigrationStage
from hubemu.pki.paths import PathFaultKind
from hubemu.rehearsal.kit import Kit
from hubemu.rehearsal.other_stacks import STRICT
from hubemu.rehearsal.results import StepFinding
from hubemu.rehearsal.trying import Reach, Try

__all__ = ["TriedStep", "findings_of"]

_OF_VERIFICATION = {
    2: "S3",
    3: "P10",
    9: "S5",
    10: "S4",
    11: "P10",
    12: "P10",
    18: "S9",
    19: "S1",
    22: "S15",
    23: "S10",
    25: "S15",
    26: "S8",
    33: "P10",
    44: "P10",
    62: "S6",
    64: "S6",
    66: "S12",
    67: "S12",
    68: "S11",
}
"""OpenSSL's numbers (x509_vfy.h) that say what it is; 20 and 21 depend on what is trusted."""
_OF_FAULT = {
    PathFaultKind.SELF_SIGNED: "C5",
    PathFaultKind.DATES: "C3",
    PathFaultKind.PURPOSE: "C4",
    PathFaultKind.REVOKED: "C12",
    PathFaultKind.CRITICAL: "C17",
    PathFaultKind.DEPTH: "C18",
    PathFaultKind.NAME: "C18",
    PathFaultKind.KEY_USAGE: "C18",
    PathFaultKind.NO_AUTHORITY: "C18",
    PathFaultKind.SIGNATURE: "C18",
    PathFaultKind.OTHER_ROOT: "C18",
    PathFaultKind.UNREADABLE: "C18",
    PathFaultKind.CRASH: "C18",
}
_OF_TRUST = ("C1", "C2", "C5")
"""What a client says of a broker that does not know its authority."""
_SHORTEST = 2048
_OF_REPLY = {530: "C10", 403: "C11"}


@dataclass(frozen=True, slots=True)
class TriedStep:
    """A client at a step: its kit, the stage, what the Hub saw of the try, the Hub's time.

    `ahead` is how far the dates of the kit's leaf were moved back to stand for a later time;
    `cached` says that the broker may go on with files that are no longer there.
    """

    kit: Kit
    stage: MigrationStage
    now: datetime
    seen: str = ""
    ahead: timedelta = timedelta()
    cached: bool = False

    @property
    def shown(self) -> tuple[x509.Certificate, ...]:
        """What the Hub shows, leaf first."""
        return read_certificates(self.stage.pki.server_files(self.stage.phase).certificate, "")


def findings_of(tried: Try, scene: TriedStep) -> list[StepFinding]:
    """What a try that failed shows; empty for one that did not."""
    if tried.error is None:
        return []
    if tried.verify_code:
        return list(_of_the_server(tried, scene))
    if tried.reach is Reach.NOTHING:
        first = _of_the_client(tried, scene)
        return [first, *(one for one in _own_faults(scene) if one.code != first.code)]
    if tried.reach is Reach.CONNECTED:
        return [_of_the_login(scene)]
    code = _OF_REPLY.get(tried.code, "")
    return [StepFinding(code or _by_words(tried, "C11"), tried.words, scene.seen)]


def _of_the_server(tried: Try, scene: TriedStep) -> Iterator[StepFinding]:
    """The client refuses what the Hub shows."""
    leaf, kit = scene.shown[0], scene.kit
    issuer, words = common_name_of(leaf.issuer), tried.words
    seen = scene.seen or "the client ended the handshake"
    if kit.pinned and leaf not in kit.trusted:
        names = ", ".join(common_name_of(c.subject) for c in kit.pinned)
        yield StepFinding("P7", f"it pins {names}, and the Hub shows another certificate", seen)
        return
    code = _OF_VERIFICATION.get(tried.verify_code, "")
    if code:
        yield StepFinding(code, f"{words} (the Hub's certificate was issued by {issuer!r})", seen)
    elif tried.verify_code in STRICT:
        yield StepFinding("S17", words, seen)
    elif _trusts_root_of(scene):
        yield StepFinding("S2", f"it trusts the root, and {issuer!r} was not sent", seen)
    else:
        trusted = ", ".join(repr(common_name_of(one.subject)) for one in kit.trusted) or "nothing"
        yield StepFinding(
            "S1", f"the Hub shows one of {issuer!r}; the client trusts {trusted}", seen
        )


def _trusts_root_of(scene: TriedStep) -> bool:
    known = scene.stage.pki.chains.values()
    chain = next((c for c in known if issued_by(scene.shown[0], c.issuing)), None)
    return chain is not None and chain.certificates[0] in scene.kit.trusted


def _of_the_client(tried: Try, scene: TriedStep) -> StepFinding:
    """The Hub refuses the client in TLS."""
    leaf = scene.kit.leaf
    if leaf is None:
        return StepFinding("C6", "it has none", scene.seen or "no certificate came")
    fault = scene.stage.pki.judge(scene.stage.phase).fault_of(scene.kit.chain, scene.now)
    seen = scene.seen or _explained(scene, tried)
    if fault is None:
        code = _weak(leaf) or _by_words(tried, "C1")
        if scene.cached and code in _OF_TRUST:
            return StepFinding(
                "P5", f"the step takes {scene.kit.common_name!r}, the broker not yet", seen
            )
        return StepFinding(code, _strength(leaf) if code[0] == "S" else tried.words, seen)
    code = _OF_FAULT.get(fault.fault, "")
    if code == "C4" and fault.certificate not in (leaf, None):
        code = "C16"
    if code:
        return StepFinding(code, _detail(code, fault.certificate or leaf, scene), seen)
    return _of_its_issuer(leaf, scene, seen)


def _of_its_issuer(leaf: x509.Certificate, scene: TriedStep, seen: str) -> StepFinding:
    name, issuer = scene.kit.common_name, common_name_of(leaf.issuer)
    if leaf.issuer == leaf.subject:
        return StepFinding("C5", f"{name!r} was issued by itself", seen)
    if _lacks_intermediate(scene.kit.chain, scene):
        return StepFinding("C2", f"{name!r} was sent without the certificate of {issuer!r}", seen)
    return StepFinding("C1", f"{name!r} was issued by {issuer!r}", seen)


def _strength(leaf: x509.Certificate) -> str:
    return f"{signature_name(leaf)}, {key_name(leaf.public_key())}"


def _own_faults(scene: TriedStep) -> Iterator[StepFinding]:
    """What is wrong with the certificate itself, whoever issued it: to be mended as well."""
    leaf, now = scene.kit.leaf, scene.now
    if leaf is None:
        return
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        yield StepFinding("C3", _detail("C3", leaf, scene), scene.seen)
    usages = _usages(leaf)
    if usages and "clientAuth" not in usages:
        yield StepFinding("C4", _detail("C4", leaf, scene), scene.seen)


def _weak(leaf: x509.Certificate) -> str:
    """The code of a signature or key that OpenSSL refuses and RabbitMQ takes."""
    digest, key = leaf.signature_hash_algorithm, leaf.public_key()
    if digest is not None and digest.name in ("sha1", "md5"):
        return "S11"
    return "S12" if isinstance(key, RSAPublicKey) and key.key_size < _SHORTEST else ""


def _detail(code: str, leaf: x509.Certificate, scene: TriedStep) -> str:
    now = scene.now + scene.ahead
    starts, ends = leaf.not_valid_before_utc + scene.ahead, leaf.not_valid_after_utc + scene.ahead
    name = common_name_of(leaf.subject)
    if code == "C3" and now < starts:
        return f"{name!r} begins only on {starts:%Y-%m-%d %H:%M} UTC"
    if code == "C3" and now > ends:
        return f"{name!r} ended on {ends:%Y-%m-%d %H:%M} UTC"
    if code == "C4":
        return f"the usages of {name!r} are {', '.join(_usages(leaf)) or 'none'}"
    return f"{name!r}, serial number {leaf.serial_number:x}"


def _usages(leaf: x509.Certificate) -> list[str]:
    known = {
        ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
        ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    }
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return []
    return [known.get(one, one.dotted_string) for one in usage]


def _lacks_intermediate(chain: Sequence[x509.Certificate], scene: TriedStep) -> bool:
    """Whether the step would take it with the authority that issued it, which was not sent."""
    leaf = chain[0]
    if any(issued_by(leaf, one) for one in chain[1:]):
        return False
    judge = scene.stage.pki.judge(scene.stage.phase)
    above = [one for known in scene.stage.pki.chains.values() for one in known.certificates]
    issuer = next((one for one in above if issued_by(leaf, one)), None)
    return issuer is not None and judge.fault_of((*chain, issuer), scene.now) is None


def _explained(scene: TriedStep, tried: Try) -> str:
    chain = [one.public_bytes(Encoding.DER) for one in scene.kit.chain]
    pki, phase = scene.stage.pki, scene.stage.phase
    return pki.explain_refusal(chain, phase, scene.now, tried.words)


def _of_the_login(scene: TriedStep) -> StepFinding:
    name = scene.kit.common_name
    code = "C8" if name.startswith("*.") else "C7"
    seen = scene.seen or f"EXTERNAL login refused: user {name!r}"
    return StepFinding(code, f"no client of this Hub has the Common Name {name!r}", seen)


def _by_words(tried: Try, fallback: str) -> str:
    """The likeliest code of what the client's library said."""
    error = tried.error
    words = f"{getattr(error, 'reason', '') or ''} {tried.words}"
    if isinstance(error, ssl.SSLError) or tried.code:
        found = [one.code for one in explain(words) if one.code[0] in "SC"]
        return found[0] if found else fallback
    return fallback
