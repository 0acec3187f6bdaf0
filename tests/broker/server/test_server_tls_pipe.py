"""TLS in memory: who is let in, who is not, and that both sides can tell why."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import pytest
import trustme

from hubemu.broker.certificate_message import certificates
from hubemu.broker.tls import TlsGate, TlsRefused
from hubemu.broker.tls_policy import Objection, TlsPolicy
from hubemu.common_name import common_name
from tests.support.tls_pair import (
    VERSIONS,
    MemoryPair,
    accept_all,
    client_certificate,
    client_context,
    server_context,
    server_only_certificate,
)

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
both_versions = pytest.mark.parametrize("version", VERSIONS)


def pair(identity: trustme.LeafCert | None, version: ssl.TLSVersion) -> MemoryPair:
    policy = TlsPolicy(server_context(AUTHORITY), accept_all)
    return MemoryPair(policy, client_context(AUTHORITY, identity, version)).shake_hands()


@both_versions
def test_a_good_certificate_is_let_in_and_known(version: ssl.TLSVersion) -> None:
    link = pair(client_certificate(AUTHORITY, "samuA"), version)
    assert link.pipe.established
    assert not link.refusal
    assert common_name(link.pipe.chain[0]) == "samuA"
    assert link.pipe.version == version.name.replace("_", ".")


@both_versions
def test_data_passes_both_ways(version: ssl.TLSVersion) -> None:
    link = pair(client_certificate(AUTHORITY, "samuA"), version)
    data = bytes(range(256)) * 1000
    link.client.write(data)
    assert link.pipe.decrypt(link.to_server.read()) == data
    link.to_client.write(link.pipe.encrypt(data))
    got = b""
    while len(got) < len(data):
        got += link.client.read(len(data))
    assert got == data


@both_versions
def test_the_intermediate_that_came_is_in_the_chain(version: ssl.TLSVersion) -> None:
    link = pair(client_certificate(AUTHORITY.create_child_ca(), "samuA"), version)
    assert link.pipe.established
    assert len(link.pipe.chain) >= 2


REFUSED = [
    ("stranger", client_certificate(STRANGER, "samuA"), "unable to get local issuer", "UNKNOWN_CA"),
    (
        "expired",
        client_certificate(AUTHORITY, "samuA", expired=True),
        "certificate has expired",
        "CERTIFICATE_EXPIRED",
    ),
    (
        "server only",
        server_only_certificate(AUTHORITY, "samuA"),
        "certificate purpose",
        "UNSUPPORTED_CERTIFICATE",
    ),
]


@both_versions
@pytest.mark.parametrize(
    ("identity", "reason", "alert"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_a_bad_certificate_is_refused_and_kept(
    version: ssl.TLSVersion, identity: trustme.LeafCert, reason: str, alert: str
) -> None:
    link = pair(identity, version)
    assert reason in link.refusal
    assert alert in link.seen
    assert common_name(link.pipe.chain[0]) == "samuA"
    assert link.pipe.version == version.name.replace("_", ".")


@both_versions
def test_a_client_without_certificate_is_refused(version: ssl.TLSVersion) -> None:
    link = pair(None, version)
    assert link.refusal == "peer did not return a certificate"
    assert link.seen in ("SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV13_ALERT_CERTIFICATE_REQUIRED")
    assert link.pipe.chain == ()


@both_versions
def test_the_policy_may_refuse_what_openssl_accepted(version: ssl.TLSVersion) -> None:
    policy = TlsPolicy(
        server_context(AUTHORITY), lambda chain: Objection(f"no, {common_name(chain[0])}", 44)
    )
    client = client_context(AUTHORITY, client_certificate(AUTHORITY, "samuA"), version)
    link = MemoryPair(policy, client).shake_hands()
    assert link.refusal == "no, samuA"
    assert not link.pipe.established
    assert link.seen in ("SSLV3_ALERT_CERTIFICATE_REVOKED", "")


@both_versions
@pytest.mark.parametrize(
    ("alert", "seen"),
    [
        (40, "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        (42, "SSLV3_ALERT_BAD_CERTIFICATE"),
        (43, "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"),
        (44, "SSLV3_ALERT_CERTIFICATE_REVOKED"),
        (45, "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
        (46, "SSLV3_ALERT_CERTIFICATE_UNKNOWN"),
        (48, "TLSV1_ALERT_UNKNOWN_CA"),
        (80, "TLSV1_ALERT_INTERNAL_ERROR"),
    ],
)
def test_a_policy_that_decides_refuses_with_its_alert(
    version: ssl.TLSVersion, alert: int, seen: str
) -> None:
    policy = TlsPolicy(
        server_context(AUTHORITY),
        lambda chain: Objection(f"no, {common_name(chain[0])}", alert),
        decides=True,
    )
    client = client_context(AUTHORITY, client_certificate(AUTHORITY, "samuA"), version)
    link = MemoryPair(policy, client).shake_hands()
    assert (link.refusal, link.seen) == ("no, samuA", seen)
    assert common_name(link.pipe.chain[0]) == "samuA"
    assert not link.pipe.established


@both_versions
def test_a_policy_that_decides_accepts_what_openssl_would_refuse(version: ssl.TLSVersion) -> None:
    for decides in (True, False):
        policy = TlsPolicy(server_context(AUTHORITY), accept_all, decides=decides)
        client = client_context(AUTHORITY, client_certificate(STRANGER, "samuA"), version)
        assert MemoryPair(policy, client).shake_hands().pipe.established is decides


@both_versions
def test_a_policy_that_decides_still_wants_a_certificate(version: ssl.TLSVersion) -> None:
    policy = TlsPolicy(server_context(AUTHORITY), accept_all, decides=True)
    link = MemoryPair(policy, client_context(AUTHORITY, None, version)).shake_hands()
    assert "did not return a certificate" in link.refusal


def test_a_verdict_that_fails_refuses(capfd: pytest.CaptureFixture[str]) -> None:
    def fails(_chain: Sequence[bytes]) -> Objection | None:
        raise RuntimeError("no verdict")

    policy = TlsPolicy(server_context(AUTHORITY), fails, decides=True)
    client = client_context(AUTHORITY, client_certificate(AUTHORITY, "samuA"))
    link = MemoryPair(policy, client).shake_hands()
    assert link.refusal == "the verdict failed: no verdict"
    assert not link.pipe.established


def test_two_handshakes_at_once_are_judged_each_for_itself() -> None:
    policy = TlsPolicy(
        server_context(AUTHORITY),
        lambda chain: Objection("no") if common_name(chain[0]) == "bad" else None,
        decides=True,
    )
    gate = TlsGate(policy)
    links = [
        MemoryPair(
            policy, client_context(AUTHORITY, client_certificate(AUTHORITY, name)), gate=gate
        )
        for name in ("good", "bad", "fine")
    ]
    for _ in range(4):
        for link in links:
            link.step()
    assert [link.pipe.established for link in links] == [True, False, True]
    assert [link.refusal for link in links] == ["", "no", ""]


def test_a_client_that_does_not_trust_the_server_says_so() -> None:
    policy = TlsPolicy(server_context(AUTHORITY), accept_all)
    link = MemoryPair(policy, client_context(STRANGER, None)).shake_hands()
    assert "alert unknown ca" in link.refusal


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"AMQP\x00\x00\x09\x01", "plain AMQP on a TLS port"),
        (b"GET / HTTP/1.1\r\n\r\n", "HTTP on a TLS port"),
        (b"\x16\x03\x01\x00\x05hello", "unexpected message"),
        (b"\xff" * 100, "wrong version number"),
    ],
)
def test_what_is_no_tls_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    pipe = TlsGate(TlsPolicy(server_context(AUTHORITY), accept_all)).pipe()
    with pytest.raises(TlsRefused, match=reason):
        pipe.shake_hands(data)


def test_plain_amqp_is_recognised_octet_by_octet() -> None:
    pipe = TlsGate(TlsPolicy(server_context(AUTHORITY), accept_all)).pipe()
    for octet in b"AMQP\x00\x00\x09"[:4]:
        assert not pipe.shake_hands(bytes([octet]))
    with pytest.raises(TlsRefused, match="plain AMQP"):
        pipe.shake_hands(b"\x00\x00\x09\x01")


@pytest.mark.parametrize("tls13", [False, True])
def test_a_certificate_message_cut_anywhere_gives_what_can_be_read(tls13: bool) -> None:
    """Its reader meets each message before OpenSSL, and must leave the verdict to it."""
    chain = (b"leaf" * 20, b"authority" * 20)
    listed = b"".join(len(one).to_bytes(3) + one + b"\0\0" * tls13 for one in chain)
    message = b"\x0b\0\0\0" + b"\0" * tls13 + len(listed).to_bytes(3) + listed
    assert certificates(message, tls13=tls13) == chain
    for end in range(len(message)):
        found = certificates(message[:end], tls13=tls13)
        assert b"".join(chain).startswith(b"".join(found))


def test_damaged_records_end_an_established_connection() -> None:
    link = pair(client_certificate(AUTHORITY, "samuA"), ssl.TLSVersion.TLSv1_3)
    with pytest.raises(TlsRefused):
        link.pipe.decrypt(b"\x17\x03\x03\x00\x20" + bytes(32))


def test_the_end_of_tls_is_seen() -> None:
    link = pair(client_certificate(AUTHORITY, "samuA"), ssl.TLSVersion.TLSv1_3)
    with pytest.raises(ssl.SSLWantReadError):
        link.client.unwrap()
    assert link.pipe.decrypt(link.to_server.read()) == b""
    assert link.pipe.ended


@both_versions
def test_a_client_that_resumes_its_session_is_known_all_the_same(version: ssl.TLSVersion) -> None:
    policy = TlsPolicy(server_context(AUTHORITY), accept_all)
    client = client_context(AUTHORITY, client_certificate(AUTHORITY, "samuA"), version)
    first = MemoryPair(policy, client).shake_hands()
    second = MemoryPair(policy, client, session=first.client.session).shake_hands()
    assert second.pipe.established
    assert common_name(second.pipe.chain[0]) == "samuA"


def test_an_unreadable_certificate_has_no_name() -> None:
    assert common_name(b"nonsense") is None


@both_versions
def test_in_a_python_not_tried_who_is_refused_is_not_known_but_why_is(
    version: ssl.TLSVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubemu.broker.tls.has_known_private_parts", lambda: False)
    refused = pair(client_certificate(STRANGER, "samuA"), version)
    assert "unable to get local issuer" in refused.refusal
    assert "UNKNOWN_CA" in refused.seen
    assert refused.pipe.chain == ()
    accepted = pair(client_certificate(AUTHORITY, "samuA"), version)
    assert accepted.pipe.established
    assert common_name(accepted.pipe.chain[0]) == "samuA"
    assert accepted.pipe.version == version.name.replace("_", ".")
