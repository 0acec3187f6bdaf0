"""Refusals explained: what OpenSSL says, and certificates made to confuse."""

from __future__ import annotations

import contextlib
import random
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hubemu.common_name import common_name
from hubemu.pki import Pki, certificate_facts
from hubemu.settings import Phase

NOW = datetime.now(UTC)
ID = "fr.health.samuA"


def leaf(pki: Pki) -> bytes:
    text = pki.client_files(ID, "igc").certificate.read_text()
    return ssl.PEM_cert_to_DER_cert(text.split("\n-----BEGIN")[0])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("[SSL: PEER_DID_NOT_RETURN_A_CERTIFICATE] peer did not", "the client sent no certificate"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca", "truststores/igc.pem"),
        ("[SSL: SSLV3_ALERT_BAD_CERTIFICATE]", "does not trust the Hub's certificate"),
        ("[SSL: SSLV3_ALERT_CERTIFICATE_UNKNOWN]", "does not trust the Hub's certificate"),
        ("[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED]", "set the client's clock right"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "does not speak TLS"),
        ("[SSL: HTTP_REQUEST] http request", "does not speak TLS"),
        ("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol", "takes TLS 1.2 and 1.3"),
        ("[SSL: NO_SHARED_CIPHER] no shared cipher", "no cipher suite"),
        ("EOF occurred in violation of protocol", "closed the connection during the handshake"),
        ("something new", "ended before a certificate came: something new"),
    ],
)
def test_words_of_openssl(pki: Pki, words: str, told: str) -> None:
    assert told in pki.explain_refusal([], Phase.IGC, NOW, words)


def test_two_common_names_are_told_as_they_log_in(pki: Pki) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name) for name in ("samuA", "samuB")]
    subject, issuer = x509.Name(parts), x509.Name(parts[::-1])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    assert common_name(der) == certificate_facts(der).common_name == "samuA,samuB"
    assert "issuer of this certificate, 'samuB,samuA'" in pki.explain_refusal(
        [der], Phase.IGC, NOW, "refused"
    )


def test_certificate_without_fault(pki: Pki) -> None:
    told = pki.explain_refusal([leaf(pki)], Phase.IGC, NOW, "bad signature")
    assert told == (
        "the certificate of 'samua.test.hubemu.example' is one that this Hub takes, "
        "yet the connection was refused: bad signature"
    )


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_any_bytes_are_explained(pki: Pki) -> None:
    """Whatever is broken in a certificate, there is an explanation and no other error."""
    good, chance = leaf(pki), random.Random(20241118)
    for _ in range(3000):
        broken = bytearray(good)
        for _ in range(chance.choice((1, 1, 2, 8))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        chain = [bytes(broken), good][: chance.choice((1, 2))]
        assert pki.explain_refusal(chain, Phase.IGC, NOW, "refused")
        pki.judge(Phase.IGC).fault(chain, NOW)
        with contextlib.suppress(ValueError):
            certificate_facts(bytes(broken))
