"""Lists and OCSP answers: made by the authority, true, in time, and read by others."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from hubemu.errors import InputError
from hubemu.keys.rsa import key_pem
from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.changes import revoke, trust
from hubemu.pki.inspection import inspect_material
from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate
from hubemu.pki.name_hash import name_hash
from hubemu.pki.paths import PathFaultKind
from hubemu.pki.revocation import ocsp_answer, revocation_list
from hubemu.pki.stores import pem
from hubemu.settings import Phase
from tests.pki.conftest import ensure

NOW = datetime.now(UTC)
NAME = "samua.test.hubemu.example"
ISSUER = "igc-test-organisations"


@pytest.fixture
def home(folder: Path) -> Pki:
    return ensure(folder)


def issued(home: Pki, folder: Path, **more: str) -> Path:
    order = IssueOrder(common_name=NAME, **more)  # type: ignore[arg-type]  # by name
    file = folder / "x.crt"
    file.write_bytes(pem(issue_certificate(home, order, NOW).chain))
    return file


def revoked(home: Pki, file: Path) -> int:
    return revoke(home, read_material(file), file, NOW).certificate.serial_number


def test_a_revoked_certificate_is_on_the_list_and_refused(home: Pki, tmp_path: Path) -> None:
    good, bad = issued(home, tmp_path), tmp_path / "bad.crt"
    bad.write_bytes(pem(issue_certificate(home, IssueOrder(common_name=NAME), NOW).chain))
    serial = revoked(home, bad)
    found = x509.load_der_x509_crl(revocation_list(home, ISSUER, NOW))
    assert [one.serial_number for one in found] == [serial]
    judge = home.judge(Phase.IGC)
    assert judge.fault_of(read_material(good).certificates, NOW) is None
    fault = judge.fault_of(read_material(bad).certificates, NOW)
    assert fault is not None
    assert (fault.fault, fault.fault.alert) == (PathFaultKind.REVOKED, 44)
    told = inspect_material(bad, read_material(bad), home, NOW)
    assert "C12" in [one.code for one in told.findings]
    assert "revocation list" in told.phases[Phase.IGC].why


def test_a_list_is_its_authority_s_and_lasts_a_week(home: Pki) -> None:
    for name, authority in home.authorities.items():
        found = x509.load_der_x509_crl(revocation_list(home, name, NOW))
        key = authority.public_key()
        assert isinstance(key, RSAPublicKey)
        assert found.is_signature_valid(key)
        assert found.issuer == authority.subject
        assert found.next_update_utc is not None
        assert found.last_update_utc < NOW < found.next_update_utc < NOW + timedelta(days=8)
        stale = x509.load_der_x509_crl(revocation_list(home, name, NOW, stale=True))
        assert stale.next_update_utc is not None
        assert stale.next_update_utc < NOW


def test_who_may_be_revoked(home: Pki, tmp_path: Path) -> None:
    assert revoke(home, read_material(home.folder / "server/igc.crt"), "x", NOW).authority == ISSUER
    legacy = home.folder / "clients/fr.health.samuA/legacy.crt"
    assert revoke(home, read_material(legacy), "x", NOW).authority == "legacy"
    intermediate = tmp_path / "i.pem"
    intermediate.write_bytes(pem(home.chains["igc-test"].certificates[1:]))
    assert revoke(home, read_material(intermediate), "x", NOW).authority == "igc-test-root"
    stranger = issued(home, tmp_path, profile="unknown-authority")
    with pytest.raises(InputError, match="no authority of this home"):
        revoke(home, read_material(stranger), stranger, NOW)
    key = tmp_path / "x.key"
    key.write_bytes(key_pem(issue_certificate(home, IssueOrder(common_name="x"), NOW).key))
    with pytest.raises(InputError, match="no certificate"):
        revoke(home, read_material(key), key, NOW)


def test_below_a_revoked_intermediate_all_are_refused(home: Pki, tmp_path: Path) -> None:
    intermediate = tmp_path / "i.pem"
    intermediate.write_bytes(pem(home.chains["igc-test"].certificates[1:]))
    revoke(home, read_material(intermediate), "x", NOW)
    fault = home.judge(Phase.IGC).fault_of(read_material(issued(home, tmp_path)).certificates, NOW)
    assert fault is not None
    assert fault.fault is PathFaultKind.REVOKED


def request_for(home: Pki, file: Path, algorithm: hashes.HashAlgorithm) -> bytes:
    leaf = read_material(file).certificates[0]
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, home.authorities[ISSUER], algorithm)
    return (
        builder.add_extension(x509.OCSPNonce(b"12345678"), False).build().public_bytes(Encoding.DER)
    )


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()], ids=["sha1", "sha256"])
def test_ocsp(home: Pki, tmp_path: Path, algorithm: hashes.HashAlgorithm) -> None:
    file = issued(home, tmp_path)
    asked = request_for(home, file, algorithm)
    good = ocsp.load_der_ocsp_response(ocsp_answer(home, ISSUER, asked, NOW))
    assert good.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert good.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"12345678"
    revoked(home, file)
    bad = ocsp.load_der_ocsp_response(ocsp_answer(home, ISSUER, asked, NOW))
    assert bad.certificate_status is ocsp.OCSPCertStatus.REVOKED
    stale = ocsp.load_der_ocsp_response(ocsp_answer(home, ISSUER, asked, NOW, stale=True))
    assert stale.next_update_utc is not None
    assert stale.next_update_utc < NOW


def test_ocsp_of_nonsense_and_of_another_authority(home: Pki, tmp_path: Path) -> None:
    status = ocsp.OCSPResponseStatus
    for asked, name, expected in (
        (b"", ISSUER, status.MALFORMED_REQUEST),
        (b"\0" * 50, ISSUER, status.MALFORMED_REQUEST),
        (request_for(home, issued(home, tmp_path), hashes.SHA1()), "legacy", status.UNAUTHORIZED),
    ):
        answer = ocsp.load_der_ocsp_response(ocsp_answer(home, name, asked, NOW))
        assert answer.response_status is expected


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
def test_openssl_takes_the_list_and_finds_it_by_its_name(home: Pki, tmp_path: Path) -> None:
    file = issued(home, tmp_path)
    lists = b"".join(
        x509.load_der_x509_crl(revocation_list(home, name, NOW)).public_bytes(Encoding.PEM)
        for name in ("igc-test-root", ISSUER)
    )
    (tmp_path / "lists.pem").write_bytes(lists)

    def verify() -> str:
        command = ["openssl", "verify", "-crl_check_all", "-CRLfile", str(tmp_path / "lists.pem")]
        command += ["-CAfile", str(home.folder / "ca/igc-test.pem"), str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    assert verify().endswith("OK\n")
    revoked(home, file)
    (tmp_path / "lists.pem").write_bytes(
        lists.rpartition(b"-----BEGIN")[0]
        + x509.load_der_x509_crl(revocation_list(home, ISSUER, NOW)).public_bytes(Encoding.PEM)
    )
    assert "certificate revoked" in verify()
    for authority in home.authorities.values():
        (tmp_path / "ca.pem").write_bytes(pem([authority]))
        command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(tmp_path / "ca.pem")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == name_hash(authority.subject)


# What is trusted


def test_what_is_trusted_is_in_the_trust_stores_of_its_phase_and_no_key_is_kept(
    home: Pki, tmp_path: Path
) -> None:
    made = issue_certificate(home, IssueOrder(common_name=NAME, profile="unknown-authority"), NOW)
    file = tmp_path / "all.pem"
    file.write_bytes(key_pem(made.key) + pem([made.leaf, made.root]))
    trusted = trust(home, read_material(file), file, Phase.DUAL, NOW)
    assert trusted.authorities == (made.root,)
    for phase in Phase:
        for suffix in (".pem", ".p12", ".jks"):
            store = read_material(home.truststore(phase, suffix), home.passphrase)
            assert (made.root in store.certificates) is (phase is Phase.DUAL)
    secret = key_pem(made.key).split(b"\n")[1]
    for path in home.folder.rglob("*"):
        assert path.is_dir() or secret not in path.read_bytes()
    before = home.truststore(Phase.DUAL).read_bytes()
    assert ensure(home.folder).truststore(Phase.DUAL).read_bytes() == before
