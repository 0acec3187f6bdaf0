"""Default clients and a vendor's own, through the steps: what is red, and how it is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hubemu.errors import InputError
from hubemu.pki import Pki, open_pki
from hubemu.pki.chains import issued_by
from hubemu.pki.issued_on_demand import IssuedFiles
from hubemu.pki.layout import read_certificates
from hubemu.pki.stores import pem
from hubemu.settings import Phase
from tests.rehearsal.conftest import CLIENT, Rehearse, cells, codes

Issue = Callable[..., IssuedFiles]


def test_a_careful_vendor_keeps_access_all_along(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed()
    assert cells(rehearsal) == ["YYYY-Y", "YYYYYY", "YYYYYY"]
    assert codes(rehearsal) == [[], [], []]
    assert rehearsal.lost == []


def test_every_default_client_is_tried(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed(clients=(), steps=["igc"])
    assert len(rehearsal.clients) >= 30
    assert rehearsal.lost == []
    assert {one.client for one in rehearsal.clients} >= {CLIENT, "local.test", "fr.health.smurA"}


def test_who_stays_with_the_old_certificate_is_lost(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed(identity="legacy")
    assert cells(rehearsal) == ["YYYY-Y", "nnnnYn", "nnnnYn"]
    assert codes(rehearsal) == [[], ["S1", "P6"], ["S1", "C1", "P6"]]
    assert rehearsal.lost == [CLIENT]


def test_who_has_only_the_new_one_is_let_in_when_the_hub_changes(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed(identity="igc")
    assert cells(rehearsal) == ["nnnn-n", "YYYY-Y", "YYYYYY"]
    assert codes(rehearsal)[0] == ["S1", "C1", "P2"]
    assert rehearsal.lost == []


def test_the_way_back_shows_who_reads_its_stores_once(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed(steps=["legacy", "dual", "igc", "dual", "legacy"])
    assert cells(rehearsal)[-1] == "YYYYYn"
    assert codes(rehearsal)[-1] == ["P4", "P6", "P11"]


PROFILES = [
    ("client", "YYYY-Y", []),
    ("expired", "nnnn-n", ["C3"]),
    ("not-yet-valid", "nnnn-n", ["C3"]),
    ("server-only", "nnnn-n", ["C4"]),
    ("self-signed", "nnnn-n", ["C5"]),
    ("unknown-authority", "nnnn-n", ["C1"]),
    ("prod-on-test", "nnnn-n", ["C1"]),
    ("client-only", "YYYY-Y", []),
    ("no-san", "YYYY-Y", []),
    ("wrong-host", "YYYY-Y", []),
    ("cn-only", "YYYY-Y", []),
    ("sha1", "YYYY-Y", ["S11"]),
    ("rsa1024", "YYYY-Y", ["S12"]),
    ("missing-intermediate", "YYYY-Y", ["C2"]),
    ("expires-soon", "YYYY-Y", ["P15"]),
]


@pytest.mark.parametrize(("profile", "cell", "found"), PROFILES, ids=[p[0] for p in PROFILES])
def test_each_kind_of_certificate_is_named(
    rehearsed: Rehearse, issued: Issue, profile: str, cell: str, found: list[str]
) -> None:
    files = issued(profile)
    rehearsal = rehearsed(steps=["igc"], certificate=files.certificate, key=files.key)
    assert cells(rehearsal) == [cell]
    assert codes(rehearsal) == [found]
    assert rehearsal.lost == ([CLIENT] if "n" in cell else [])


def test_a_revoked_certificate_is_c12(home: Path, issued: Issue, rehearsed: Rehearse) -> None:
    files = issued("client")
    (leaf, *_) = read_certificates(files.certificate, "")
    pki = open_pki(home / "certs")
    authority = next(
        name for name, one in pki.authorities.items() if one.subject == leaf.issuer
        and issued_by(leaf, one)
    )  # fmt: skip
    pki.additions.revoke(authority, leaf.serial_number, datetime.now(UTC))
    rehearsal = rehearsed(steps=["igc"], certificate=files.certificate, key=files.key)
    assert codes(rehearsal) == [["C12"]]
    assert rehearsal.lost == [CLIENT]


@pytest.mark.parametrize(
    ("name", "code"), [("nobody.test.example", "C7"), ("*.test.example", "C8")]
)
def test_a_name_that_nobody_has_is_refused_at_login(
    rehearsed: Rehearse, issued: Issue, name: str, code: str
) -> None:
    files = issued("nobody", name)
    rehearsal = rehearsed(steps=["igc"], certificate=files.certificate, key=files.key, clients=())
    assert cells(rehearsal)[0].startswith("Ynnn")
    assert codes(rehearsal)[0][0] == code
    assert "P8" in codes(rehearsal)[0]


def test_a_certificate_in_a_phase_that_does_not_trust_it(
    rehearsed: Rehearse, issued: Issue
) -> None:
    files = issued("expired")
    rehearsal = rehearsed(steps=["legacy"], certificate=files.certificate, key=files.key)
    assert codes(rehearsal) == [["C1", "C3"]]


def test_the_key_of_another_certificate_is_f1_at_every_step(rehearsed: Rehearse, pki: Pki) -> None:
    own, other = (pki.client_files(CLIENT, kind) for kind in ("igc", "legacy"))
    rehearsal = rehearsed(certificate=own.certificate, key=other.key)
    assert codes(rehearsal) == [["F1"], ["F1"], ["F1"]]
    assert rehearsal.lost == [CLIENT]


@pytest.fixture
def trust(pki: Pki, tmp_path: Path) -> Callable[[str], Path]:
    """A trust store of one kind."""

    def write(kind: str) -> Path:
        root, intermediate = pki.chains[pki.igc_chain].certificates
        kinds = {
            "root": [root],
            "intermediate": [intermediate],
            "legacy": list(pki.chains["legacy"].certificates),
            "leaf": [pki.shown()[-1]],
        }
        file = tmp_path / f"{kind}.pem"
        file.write_bytes(pem(kinds[kind]))
        return file

    return write


TRUST = [
    ("root", "YYYY-Y", []),
    ("intermediate", "nnnn-n", ["S3"]),
    ("legacy", "nnnn-n", ["S1", "P1"]),
    ("leaf", "YYYY-Y", ["P7"]),
]


@pytest.mark.parametrize(("kind", "cell", "found"), TRUST, ids=[one[0] for one in TRUST])
def test_each_kind_of_trust_store_is_named(
    rehearsed: Rehearse, pki: Pki, trust: Callable[[str], Path], kind: str, cell: str,
    found: list[str],
) -> None:  # fmt: skip
    files = pki.client_files(CLIENT, "igc")
    rehearsal = rehearsed(
        steps=["igc"], certificate=files.certificate, key=files.key, truststores=[trust(kind)]
    )
    assert cells(rehearsal) == [cell]
    assert codes(rehearsal) == [found]


def test_stores_of_java_are_read(rehearsed: Rehearse, pki: Pki) -> None:
    p12 = pki.client_files(CLIENT, "igc").certificate.with_suffix(".p12")
    for suffix in (".jks", ".p12"):
        rehearsal = rehearsed(
            steps=["dual", "igc"],
            p12=p12,
            passphrase=pki.passphrase,
            truststores=[pki.truststore(Phase.DUAL, suffix)],
        )
        assert cells(rehearsal) == ["YYYY-Y", "YYYYYY"]


def test_a_key_store_given_as_trust_store_is_f6(rehearsed: Rehearse, pki: Pki) -> None:
    p12 = pki.client_files(CLIENT, "igc").certificate.with_suffix(".p12")
    rehearsal = rehearsed(steps=["igc"], p12=p12, passphrase=pki.passphrase, truststores=[p12])
    assert codes(rehearsal) == [["S3", "F6"]]


def test_a_wrong_passphrase_is_unusable_input(rehearsed: Rehearse, pki: Pki) -> None:
    p12 = pki.client_files(CLIENT, "igc").certificate.with_suffix(".p12")
    with pytest.raises(InputError, match="F4"):
        rehearsed(p12=p12, passphrase="wrong")


def test_a_certificate_at_a_date(rehearsed: Rehearse, pki: Pki) -> None:
    ends = pki.identities()[0].not_after
    inside = rehearsed(steps=["igc"], at=ends - timedelta(days=2))
    beyond = rehearsed(steps=["igc"], at=ends + timedelta(days=2))
    assert (cells(inside), codes(inside)) == (["YYYY-Y"], [[]])
    assert codes(beyond) == [["C3"]]
    assert beyond.lost == [CLIENT]


def test_a_date_that_is_past_is_refused(rehearsed: Rehearse) -> None:
    with pytest.raises(InputError, match="past"):
        rehearsed(at=datetime.now(UTC) - timedelta(days=2))


def test_no_key_stays_behind(
    rehearsed: Rehearse, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    p12 = pki.client_files(CLIENT, "igc").certificate.with_suffix(".p12")
    rehearsed(steps=["igc"], p12=p12, passphrase=pki.passphrase)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_critical_extension_that_nobody_knows_is_c17(
    rehearsed: Rehearse, pki: Pki, tmp_path: Path
) -> None:
    files = pki.client_files(CLIENT, "igc")
    (old, *above) = read_certificates(files.certificate, "")
    issuer = pki.authority(pki.chains[pki.igc_chain])
    builder = (
        x509.CertificateBuilder(subject_name=old.subject, issuer_name=old.issuer)
        .public_key(old.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True
        )
    )
    new = tmp_path / "critical.crt"
    new.write_bytes(pem([builder.sign(issuer.key, hashes.SHA256()), *above]))
    rehearsal = rehearsed(steps=["igc"], certificate=new, key=files.key)
    assert cells(rehearsal) == ["nnnn-n"]
    assert codes(rehearsal)[0][0] == "C17"
