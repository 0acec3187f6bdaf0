"""A file looked at as a whole: its parts, whose it is, in which phase it is accepted, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.common_name import common_name_of
from hubemu.pki.certificate_files import Material
from hubemu.pki.certificates import Pki
from hubemu.pki.inspection.chain_findings import chain_findings
from hubemu.pki.inspection.finding import Case, FileFinding, is_authority
from hubemu.pki.inspection.leaf_findings import leaf_findings
from hubemu.pki.inspection.store_findings import store_findings
from hubemu.pki.opening import key_octets
from hubemu.settings import Phase

__all__ = ["Acceptance", "Inspection", "inspect_material"]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Whether a phase of the Hub lets it log in, and why or why not."""

    accepted: bool
    why: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `certs inspect` tells of one file."""

    source: Path
    material: Material
    key_matches: bool | None
    clients: tuple[str, ...]
    phases: Mapping[Phase, Acceptance]
    findings: tuple[FileFinding, ...]


def inspect_material(
    source: Path, material: Material, pki: Pki | None, now: datetime, key: bytes | None = None
) -> Inspection:
    """Look at what is in a file, as of `now`; `key` is the public half of a key that goes with it.

    `pki` is the home whose Hub is to accept it; `None`: there is none to judge by.

    Raises:
        InputError: the home is damaged.
    """
    own = key if key is not None else material.key
    leaf = _leaf(material, own)
    case = Case(
        source=source,
        material=material,
        leaf=leaf,
        chain=_chain(material, leaf),
        pki=pki,
        now=now,
        key_matches=_key_matches(material, leaf, own),
        clients=pki.clients_of(common_name_of(leaf.subject)) if pki and leaf else (),
    )
    phases = {phase: _acceptance(case, phase) for phase in Phase}
    findings = [*store_findings(case), *leaf_findings(case), *chain_findings(case)]
    if untrusted := _untrusted(case):
        findings.append(untrusted)
    return Inspection(
        source, material, case.key_matches, case.clients, phases, tuple(dict.fromkeys(findings))
    )


def _leaf(material: Material, key: bytes | None) -> x509.Certificate | None:
    """The certificate of the key; without one the first that is no authority."""
    certificates = material.certificates
    if key is not None:
        for certificate in certificates:
            if key_octets(certificate) == key:
                return certificate
    return next((one for one in certificates if not is_authority(one)), None)


def _chain(material: Material, leaf: x509.Certificate | None) -> tuple[x509.Certificate, ...]:
    if leaf is None:
        return ()
    return (leaf, *(one for one in material.certificates if one != leaf))


def _key_matches(
    material: Material, leaf: x509.Certificate | None, key: bytes | None
) -> bool | None:
    if key is None:
        return None
    if material.request is not None and leaf is None:
        return key_octets(material.request) == key
    return key_octets(leaf) == key if leaf is not None else None


def _acceptance(case: Case, phase: Phase) -> Acceptance:
    """The verdict of a handshake and a login in a phase."""
    pki, leaf = case.pki, case.leaf
    if leaf is None:
        what = "an authority's certificate" if case.material.entries else "no certificate"
        return Acceptance(False, f"{what}: nothing to log in with")
    if pki is None:
        return Acceptance(False, "no home of a Hub here to judge by: `hubemu up` makes one")
    if case.key_matches is False:
        return Acceptance(False, "the private key is another certificate's")
    if pki.judge(phase).fault_of(case.chain, case.now) is not None:
        chain = [one.public_bytes(Encoding.DER) for one in case.chain]
        return Acceptance(False, pki.explain_refusal(chain, phase, case.now, "refused"))
    if not case.clients:
        return Acceptance(False, f"the login is refused: no client has the name {case.name!r}")
    return Acceptance(True, f"logs in as {', '.join(case.clients)}")


def _untrusted(case: Case) -> FileFinding | None:
    """That no phase trusts the issuer, whatever else is wrong."""
    leaf, pki = case.leaf, case.pki
    if leaf is None or pki is None or leaf.issuer == leaf.subject:
        return None
    trusted = {one for phase in Phase for one in pki.judge(phase).anchors}
    above = {one.subject for one in trusted}
    if any(one.issuer in above for one in case.chain):
        return None
    issuer = common_name_of(leaf.issuer) or leaf.issuer.rfc4514_string()
    text = f"no phase of this Hub trusts its authority, {issuer!r}"
    mend = "take one of an authority that the Hub trusts; here: `hubemu certs trust` its authority"
    return FileFinding("C1", text, mend)
