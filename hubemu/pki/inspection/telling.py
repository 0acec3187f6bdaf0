"""What an inspection found, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hubemu.common_name import common_name_of
from hubemu.pki.describing import certificate_json, key_name, names_of, signature_name, usages_of
from hubemu.pki.inspection.finding import is_authority
from hubemu.pki.inspection.inspecting import Inspection
from hubemu.printable import printable

__all__ = ["inspection_json", "inspection_text"]

_KINDS = {
    "certificate": "a certificate",
    "chain": "certificates",
    "key": "a private key",
    "pkcs12": "a PKCS#12 store",
    "jks": "a Java store (JKS)",
    "crl": "a revocation list",
    "request": "a request for a certificate",
}


def inspection_json(inspection: Inspection) -> dict[str, Any]:
    """One element of `certs inspect --json` (CONTRACT)."""
    material = inspection.material
    told: dict[str, Any] = {
        "file": str(inspection.source),
        "kind": material.kind,
        "certificates": [
            certificate_json(entry.certificate) | {"alias": entry.alias}
            for entry in material.entries
        ],
        "keyMatches": inspection.key_matches,
        "clients": list(inspection.clients),
        "phases": {
            phase.value: {"accepted": one.accepted, "why": one.why}
            for phase, one in inspection.phases.items()
        },
        "findings": [asdict(one) for one in inspection.findings],
    }
    if material.request is not None:
        told["request"] = _request_json(material.request)
    if material.revocations is not None:
        told["revocations"] = _list_json(material.revocations)
    return told


def _request_json(request: x509.CertificateSigningRequest) -> dict[str, Any]:
    return {
        "subject": request.subject.rfc4514_string(),
        "sans": names_of(request),
        "key": key_name(request.public_key()),
        "signed": request.is_signature_valid,
    }


def _list_json(found: x509.CertificateRevocationList) -> dict[str, Any]:
    ends = found.next_update_utc
    return {
        "issuer": found.issuer.rfc4514_string(),
        "thisUpdate": found.last_update_utc.isoformat(),
        "nextUpdate": ends.isoformat() if ends is not None else None,
        "serials": [f"{one.serial_number:x}" for one in found],
    }


def inspection_text(inspection: Inspection) -> str:
    """The same in plain words."""
    return "\n".join(printable(line) for line in _lines(inspection))


def _lines(inspection: Inspection) -> Iterator[str]:
    material = inspection.material
    yield f"{inspection.source}: {_KINDS[material.kind]}"
    for number, certificate in enumerate(material.certificates, start=1):
        yield from _certificate(number, certificate)
    if material.request is not None:
        request = _request_json(material.request)
        yield f"  for {request['subject']}, {request['key']}, names {request['sans'] or 'none'}"
    if material.revocations is not None:
        told = _list_json(material.revocations)
        number, until = len(told["serials"]), str(told["nextUpdate"])[:16]
        yield f"  of {told['issuer']}: {number} revoked, good until {until}"
    if material.key is not None and not material.entries:
        yield f"  {key_name(load_der_public_key(material.key))}"
    if inspection.key_matches is not None:
        belongs = "belongs" if inspection.key_matches else "does NOT belong"
        yield f"  key: {belongs} to the certificate"
    if material.entries and any(not is_authority(one) for one in material.certificates):
        yield f"  client: {', '.join(inspection.clients) or 'none of this Hub'}"
        for phase, one in inspection.phases.items():
            verdict = "accepted" if one.accepted else "REFUSED"
            yield f"  phase {phase.value:<6} {verdict}: {one.why}"
    yield from _findings(inspection)


def _certificate(number: int, certificate: x509.Certificate) -> Iterator[str]:
    whose = "an authority" if is_authority(certificate) else "a certificate"
    name = common_name_of(certificate.subject) or certificate.subject.rfc4514_string()
    issuer = common_name_of(certificate.issuer) or certificate.issuer.rfc4514_string()
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    yield f"  {number}. {name!r}, {whose} issued by {issuer!r}"
    yield f"     from {starts:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} UTC, " + ", ".join(
        (key_name(certificate.public_key()), signature_name(certificate))
    )
    if sans := names_of(certificate):
        yield f"     names: {', '.join(sans)}"
    if usages := usages_of(certificate):
        yield f"     for: {', '.join(usages)}"


def _findings(inspection: Inspection) -> Iterator[str]:
    if not inspection.findings:
        yield "  nothing to object to"
    for one in inspection.findings:
        yield f"  {one.code:<4} {one.text}"
        yield f"       mend: {one.mend}"
