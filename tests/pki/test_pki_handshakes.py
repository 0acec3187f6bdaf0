"""Real handshakes: who gets in at each phase, who does not, and what the Hub says about it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.keys.rsa import key_pem, new_key
from hubemu.pki import Pki
from hubemu.pki.chains import open_authority
from hubemu.pki.definitions import IdentityKind, Profile
from hubemu.pki.issuing import Authority, Request, certify, subject
from hubemu.pki.layout import Layout
from hubemu.pki.stores import pem
from hubemu.settings import Phase

Handshake = Callable[..., Any]
ID = "fr.health.samuA"
NOW = datetime.now(UTC)
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]

ALLOWED: dict[Phase, dict[IdentityKind, bool]] = {
    Phase.LEGACY: {"legacy": True, "igc": False},
    Phase.DUAL: {"legacy": True, "igc": True},
    Phase.IGC: {"legacy": False, "igc": True},
}
REASONS = {
    (Phase.IGC, "legacy"): "this certificate was issued by the Hub's former authority, which is "
    "no longer trusted in phase igc: use clients/fr.health.samuA/igc.crt",
    (Phase.LEGACY, "igc"): "this certificate was issued by IGC Santé, which is not yet trusted "
    "in phase legacy: use clients/fr.health.samuA/legacy.crt",
}


def der_chain(certificate: Path) -> list[bytes]:
    texts = certificate.read_text().split("-----END CERTIFICATE-----\n")
    return [ssl.PEM_cert_to_DER_cert(f"{t}-----END CERTIFICATE-----\n") for t in texts if t]


def client_of(pki: Pki, phase: Phase) -> ssl.SSLContext:
    """A client that trusts what it should and has no certificate yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pki.truststore(phase))
    return context


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", ["legacy", "igc"])
def test_phase_decides_who_gets_in(
    pki: Pki, handshake: Handshake, phase: Phase, kind: IdentityKind, version: ssl.TLSVersion
) -> None:
    client = pki.client_context(ID, kind, phase)
    client.minimum_version = client.maximum_version = version
    outcome = handshake(pki.server_context(phase), client)
    assert outcome.accepted is ALLOWED[phase][kind]
    if outcome.accepted:
        assert outcome.version == version.name.replace("_", ".")
    else:
        chain = der_chain(pki.client_files(ID, kind).certificate)
        told = pki.explain_refusal(chain, phase, NOW, str(outcome.server_error))
        assert told == REASONS[phase, kind]


@pytest.mark.parametrize("phase", Phase)
def test_dispatcher_gets_in_at_every_phase(pki: Pki, handshake: Handshake, phase: Phase) -> None:
    assert handshake(pki.server_context(phase), pki.dispatcher_context(phase)).accepted


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "messaging.hub.localhost", "rabbitmq", "hub"])
def test_server_is_known_by_its_names(pki: Pki, handshake: Handshake, name: str) -> None:
    server, client = pki.server_context(Phase.IGC), pki.client_context(ID, "igc", Phase.IGC)
    assert handshake(server, client, name).accepted


def test_another_name_is_refused_by_the_client(pki: Pki, handshake: Handshake) -> None:
    server, client = pki.server_context(Phase.IGC), pki.client_context(ID, "igc", Phase.IGC)
    outcome = handshake(server, client, "elsewhere.example")
    assert "Hostname mismatch" in str(outcome.client_error)
    told = pki.explain_refusal([], Phase.IGC, NOW, str(outcome.server_error))
    assert "connect by a host name that the certificate holds" in told


def test_client_that_trusts_the_old_authority_only_is_lost_in_dual(
    pki: Pki, handshake: Handshake
) -> None:
    client = pki.client_context(ID, "legacy", Phase.LEGACY)
    outcome = handshake(pki.server_context(Phase.DUAL), client)
    assert "unable to get local issuer certificate" in str(outcome.client_error)
    told = pki.explain_refusal([], Phase.DUAL, NOW, str(outcome.server_error))
    assert "does not trust the Hub's certificate" in told
    assert "truststores/dual.pem" in told


def test_client_may_trust_the_root_alone(pki: Pki, handshake: Handshake, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(pem(pki.chains["igc-test"].certificates[:1]))
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(root)
    files = pki.client_files(ID, "igc")
    client.load_cert_chain(files.certificate, files.key)
    assert handshake(pki.server_context(Phase.IGC), client).accepted


def test_client_may_send_its_leaf_alone(pki: Pki, handshake: Handshake, tmp_path: Path) -> None:
    files = pki.client_files(ID, "igc")
    leaf = tmp_path / "leaf.crt"
    leaf.write_text(ssl.DER_cert_to_PEM_cert(der_chain(files.certificate)[0]))
    client = client_of(pki, Phase.IGC)
    client.load_cert_chain(leaf, files.key)
    assert handshake(pki.server_context(Phase.IGC), client).accepted


@pytest.mark.parametrize("version", VERSIONS)
def test_no_certificate(pki: Pki, handshake: Handshake, version: ssl.TLSVersion) -> None:
    client = client_of(pki, Phase.IGC)
    client.maximum_version = version
    outcome = handshake(pki.server_context(Phase.IGC), client)
    told = pki.explain_refusal([], Phase.IGC, NOW, str(outcome.server_error))
    assert told.startswith("the client sent no certificate: use clients/<client id>/igc.crt")
    assert "Java" in told


def test_old_tls(pki: Pki, handshake: Handshake) -> None:
    client = pki.client_context(ID, "igc", Phase.IGC)
    client.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
    outcome = handshake(pki.server_context(Phase.IGC), client)
    told = pki.explain_refusal([], Phase.IGC, NOW, str(outcome.server_error))
    assert "the Hub takes TLS 1.2 and 1.3" in told


def test_stranger(pki: Pki, handshake: Handshake) -> None:
    authority = trustme.CA(organization_name="Stranger")
    issuer = authority.create_child_ca()
    leaf = issuer.issue_cert("x.example", common_name=ID)
    client = client_of(pki, Phase.IGC)
    leaf.configure_cert(client)
    outcome = handshake(pki.server_context(Phase.IGC), client)
    assert "CERTIFICATE_VERIFY_FAILED" in str(outcome.server_error)
    chain = [ssl.PEM_cert_to_DER_cert(blob.bytes().decode()) for blob in leaf.cert_chain_pems]
    told = pki.explain_refusal(chain, Phase.IGC, NOW, str(outcome.server_error))
    assert "a stranger to this Hub" in told
    assert told.endswith("use clients/fr.health.samuA/igc.crt")
    alone = pki.explain_refusal(chain[:1], Phase.IGC, NOW, str(outcome.server_error))
    assert "did not send the intermediate" in alone


def test_other_environment_and_other_home(pki: Pki, other_home: Pki, handshake: Handshake) -> None:
    files = other_home.client_files(ID, "igc")
    client = client_of(pki, Phase.IGC)
    client.load_cert_chain(files.certificate, files.key)
    outcome = handshake(pki.server_context(Phase.IGC), client)
    told = pki.explain_refusal(
        der_chain(files.certificate), Phase.IGC, NOW, str(outcome.server_error)
    )
    assert "'AC IGC-SANTE ELEMENTAIRE ORGANISATIONS', of another home" in told


def test_certificate_of_the_real_igc_sante(pki: Pki) -> None:
    """Its authorities have the names of ours without the mark."""
    ours = pki.definitions.chains["igc-test"][-1]
    name = subject(ours.common_name, organization=ours.organization, units=ours.units)
    key, profile = new_key(2048), pki.definitions.authority
    real = certify(Request(subject=name, key=key, profile=profile, path_length=0), None, NOW)
    request = Request(
        subject=subject(ID, organization="x"), key=new_key(2048), profile=pki.definitions.client
    )
    leaf = certify(request, Authority(real, key, "http://crl.example"), NOW)
    told = pki.explain_refusal([leaf.public_bytes(Encoding.DER)], Phase.IGC, NOW, "")
    assert "ORGANISATIONS', the real one, and this Hub trusts only" in told


def spoilt(
    pki: Pki, folder: Path, handshake: Handshake, *, chain: str = "igc-test", **changes: Any
) -> tuple[list[bytes], str]:
    """A certificate that our own authority issued with a fault, and how OpenSSL refuses it."""
    when = changes.pop("now", NOW)
    profile: Profile = replace(pki.definitions.client, **changes)
    authority = open_authority(pki.chains[chain], Layout(pki.folder), pki.definitions)
    request = Request(subject=subject(ID, organization="x"), key=new_key(2048), profile=profile)
    certificates = (certify(request, authority, when), *pki.chains[chain].sent_along)
    (folder / "x.crt").write_bytes(pem(certificates))
    (folder / "x.key").write_bytes(key_pem(request.key))
    client = client_of(pki, Phase.IGC)
    client.load_cert_chain(folder / "x.crt", folder / "x.key")
    outcome = handshake(pki.server_context(Phase.IGC), client)
    return der_chain(folder / "x.crt"), str(outcome.server_error)


def test_expired(pki: Pki, tmp_path: Path, handshake: Handshake) -> None:
    long_ago = NOW - timedelta(days=40)
    chain, words = spoilt(pki, tmp_path, handshake, days=10, now=long_ago)
    assert "certificate has expired" in words
    told = pki.explain_refusal(chain, Phase.IGC, NOW, words)
    end = long_ago + timedelta(days=10)
    assert told.startswith(f"certificate {ID!r} expired on {end:%Y-%m-%d}")
    assert "renews what is near its end" in told


def test_not_yet_valid(pki: Pki, tmp_path: Path, handshake: Handshake) -> None:
    chain, words = spoilt(pki, tmp_path, handshake, now=NOW + timedelta(days=9))
    assert "not yet valid" in words
    assert "is not valid before" in pki.explain_refusal(chain, Phase.IGC, NOW, words)


def test_certificate_for_servers_only(pki: Pki, tmp_path: Path, handshake: Handshake) -> None:
    chain, words = spoilt(pki, tmp_path, handshake, extended_key_usage=("serverAuth",))
    assert "purpose" in words
    assert "lacks clientAuth" in pki.explain_refusal(chain, Phase.IGC, NOW, words)


def test_certificate_of_the_other_chain(pki: Pki, tmp_path: Path, handshake: Handshake) -> None:
    chain, words = spoilt(pki, tmp_path, handshake, chain="igc-prod")
    told = pki.explain_refusal(chain, Phase.IGC, NOW, words)
    assert "chain PROD, and this Hub's environment takes TEST certificates" in told


def test_all_reasons_are_told(pki: Pki, tmp_path: Path, handshake: Handshake) -> None:
    chain, words = spoilt(
        pki,
        tmp_path,
        handshake,
        chain="legacy",
        days=1,
        now=NOW - timedelta(days=9),
        extended_key_usage=("serverAuth",),
    )
    told = pki.explain_refusal(chain, Phase.IGC, NOW, words)
    parts = (
        "the Hub's former authority",
        "; certificate",
        "expired on",
        "; this certificate is not",
    )
    assert all(part in told for part in parts)


@pytest.mark.parametrize("version", VERSIONS)
def test_connections_are_never_resumed(
    pki: Pki, handshake: Handshake, version: ssl.TLSVersion
) -> None:
    """A resumed session would show no certificate, and outlive a change of phase."""
    client = pki.client_context(ID, "igc", Phase.IGC)
    client.maximum_version = version
    willing = pki.server_context(Phase.IGC)
    willing.options &= ~ssl.OP_NO_TICKET
    willing.num_tickets = 2
    for server, resumed in ((willing, True), (pki.server_context(Phase.IGC), False)):
        first = handshake(server, client)
        assert handshake(server, client, session=first.session).resumed is resumed
