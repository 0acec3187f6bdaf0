"""A home's PKI over its life: made, reused, completed, renewed, and refused when damaged."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from hubemu.errors import InputError
from hubemu.pki import IdentityRequest, Pki, open_pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.changes import trust
from hubemu.pki.distribution import distribution_base
from hubemu.pki.paths import PathFaultKind
from hubemu.settings import Environment, Phase

Ensure = Callable[..., Pki]
NOW = datetime.now(UTC)
NEW = IdentityRequest("fr.health.samuC", "fr.health.samuC", "samuc.test.hubemu.example")
SAMU_A = IdentityRequest("fr.health.samuA", "fr.health.samuA", "samua.test.hubemu.example")


def content(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def changed(folder: Path, before: dict[str, bytes]) -> set[str]:
    after = content(folder)
    return {name for name in before.keys() | after if before.get(name) != after.get(name)}


def leaf(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(path.read_bytes())[0]


def test_files_are_those_promised(pki: Pki) -> None:
    authorities = ["legacy", "igc-test-root", "igc-test-organisations"]
    authorities += ["igc-prod-root", "igc-prod-organisations"]
    expected = {"passphrase.txt", "ca/legacy.pem", "ca/igc-test.pem", "ca/igc-prod.pem"}
    expected |= {f"ca/private/{name}.key" for name in authorities}
    expected |= {
        f"truststores/{p}{s}" for p in ("legacy", "dual", "igc") for s in (".pem", ".p12", ".jks")
    }
    for kind in ("legacy", "igc"):
        expected |= {
            f"{who}/{kind}{s}" for who in ("server", "dispatcher") for s in (".crt", ".key")
        }
        for client in ("fr.health.samuA", "fr.health.test.exos"):
            suffixes = (".crt", ".key", ".p12", ".pfx", ".jks")
            expected |= {f"clients/{client}/{kind}{s}" for s in suffixes}
    assert content(pki.folder).keys() == expected


def test_secrets_are_for_their_owner(pki: Pki) -> None:
    for path in pki.folder.rglob("*"):
        secret = path.suffix == ".key" or path.name == "passphrase.txt"
        if secret or (path.suffix in (".p12", ".pfx", ".jks") and "clients" in path.parts):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_every_key_is_another(pki: Pki) -> None:
    keys = [path.read_bytes() for path in pki.folder.rglob("*.key")]
    assert len(set(keys)) == len(keys) == 5 + 2 + 2 + 4


def test_nothing_is_left_beside(pki: Pki) -> None:
    assert [path.name for path in pki.folder.parent.iterdir()] == ["certs"]


def test_second_start_changes_nothing(folder: Path, ensure: Ensure) -> None:
    before = content(folder)
    ensure(folder)
    assert not changed(folder, before)


def test_empty_folder_is_a_first_start(tmp_path: Path, ensure: Ensure) -> None:
    (tmp_path / "certs").mkdir()
    assert ensure(tmp_path / "certs", clients=[]).identities() == []


def test_new_client_gets_its_files_and_nobody_else(folder: Path, ensure: Ensure) -> None:
    before = content(folder)
    ensure(folder, clients=[SAMU_A, NEW])
    assert all(name.startswith("clients/fr.health.samuC/") for name in changed(folder, before))
    assert leaf(folder / "clients" / NEW.client_id / "igc.crt") != leaf(
        folder / "clients" / SAMU_A.client_id / "igc.crt"
    )


def test_further_name_renews_the_server_only(folder: Path, ensure: Ensure) -> None:
    before = content(folder)
    for _ in range(2):
        ensure(folder, sans=["hub.chu.example", "192.0.2.7"])
        assert changed(folder, before) == {"server/legacy.crt", "server/igc.crt"}
    names = leaf(folder / "server" / "igc.crt").extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert "hub.chu.example" in names.value.get_values_for_type(x509.DNSName)
    assert "192.0.2.7" in map(str, names.value.get_values_for_type(x509.IPAddress))


@pytest.mark.parametrize("san", ["", "a b", "amqps://hub", "hub:5671", "é.example"])
def test_name_that_is_none_is_refused(folder: Path, ensure: Ensure, san: str) -> None:
    with pytest.raises(InputError, match="neither a host name nor an IP address"):
        ensure(folder, sans=[san])


def test_too_long_a_client_name_is_refused(folder: Path, ensure: Ensure) -> None:
    long = IdentityRequest("x", "x" * 65, "x.example")
    with pytest.raises(InputError, match="shorten it"):
        ensure(folder, clients=[long])


def test_other_common_name_is_issued_with_the_same_key(folder: Path, ensure: Ensure) -> None:
    before = content(folder)
    ensure(folder, clients=[IdentityRequest(SAMU_A.client_id, SAMU_A.client_id, "b.example")])
    place = f"clients/{SAMU_A.client_id}/igc"
    stores = {f"{place}{suffix}" for suffix in (".p12", ".pfx", ".jks")}
    assert changed(folder, before) == {f"{place}.crt", *stores}


def test_near_their_end_leaves_are_renewed_with_their_keys(folder: Path, ensure: Ensure) -> None:
    before = content(folder)
    server, client = NOW + timedelta(days=370), NOW + timedelta(days=705)
    ensure(folder, now=server)
    assert changed(folder, before) == {"server/legacy.crt", "server/igc.crt"}
    ensure(folder, now=client)
    renewed = changed(folder, before)
    assert {"clients/fr.health.samuA/igc.crt", "dispatcher/igc.crt"} <= renewed
    assert not any(name.endswith(".key") or name.startswith("ca/") for name in renewed)


def test_near_their_end_authorities_are_renewed_with_their_keys(
    folder: Path, ensure: Ensure
) -> None:
    before = content(folder)
    late = NOW + timedelta(days=5475 - 1000)
    pki = ensure(folder, now=late)
    renewed = changed(folder, before)
    assert {"ca/igc-test.pem", "ca/legacy.pem", "truststores/igc.jks"} <= renewed
    assert not any(name.endswith(".key") for name in renewed)
    der = [leaf(folder / "clients/fr.health.samuA/igc.crt").public_bytes(Encoding.DER)]
    assert pki.judge(Phase.IGC).fault(der, late + timedelta(days=600)) is None
    before = content(folder)
    ensure(folder, now=late + timedelta(minutes=1))
    assert not changed(folder, before)


def test_moved_clock_is_told(pki: Pki) -> None:
    der = [leaf(pki.client_files(SAMU_A.client_id, "igc").certificate).public_bytes(Encoding.DER)]
    judge, late = pki.judge(Phase.IGC), NOW + timedelta(days=731)
    assert judge.fault(der, NOW) is None
    for when, told in ((late, "has expired"), (NOW - timedelta(days=3), "is not yet valid")):
        found = judge.fault(der, when)
        assert found is not None
        assert found.fault is PathFaultKind.DATES
        assert found.words(when) == f"certificate {told}"
    explained = pki.explain_refusal(der, Phase.IGC, late, "refused")
    assert explained.startswith("certificate 'samua.test.hubemu.example' expired on")
    assert explained.endswith("or reset the Hub's clock")


def test_lost_stores_are_made_again(folder: Path, ensure: Ensure) -> None:
    lost = [folder / "truststores/dual.jks", folder / "clients/fr.health.samuA/legacy.p12"]
    for path in lost:
        path.unlink()
    ensure(folder)
    assert all(path.exists() for path in lost)


def _unlink(path: Path) -> None:
    path.unlink()


def _garbage(path: Path) -> None:
    path.write_bytes(b"\x00garbage")


def _empty(path: Path) -> None:
    path.write_bytes(b"\n")


def _of_another(path: Path) -> None:
    path.write_bytes((path.parent.parent / "fr.health.test.exos" / path.name).read_bytes())


@pytest.mark.parametrize(
    ("name", "spoil", "told"),
    [
        ("ca/legacy.pem", _unlink, "is missing: restore it, or delete"),
        ("ca/igc-test.pem", _garbage, "holds no readable certificate"),
        ("passphrase.txt", _unlink, "is missing"),
        ("passphrase.txt", _empty, "holds no passphrase"),
        ("server/igc.key", _unlink, "is missing: delete"),
        ("server/legacy.crt", _unlink, "is missing: delete"),
        ("clients/fr.health.samuA/igc.key", _garbage, "holds no readable private key"),
        ("clients/fr.health.samuA/igc.key", _of_another, "is not the key of its certificate"),
        ("clients/fr.health.samuA/legacy.crt", _of_another, "is not the key of its certificate"),
        ("clients/fr.health.samuA/legacy.crt", _garbage, "holds no readable certificate"),
    ],
)
def test_damage_is_told(
    folder: Path, ensure: Ensure, name: str, spoil: Callable[[Path], None], told: str
) -> None:
    spoil(folder / name)
    with pytest.raises(InputError) as caught:
        ensure(folder)
    assert told in str(caught.value)
    assert "at the next start" in str(caught.value)


def test_mend_of_a_damaged_client_works(folder: Path, ensure: Ensure) -> None:
    damaged = folder / "clients/fr.health.samuA/igc"
    damaged.with_suffix(".key").unlink()
    with pytest.raises(InputError, match=r"delete .*igc\.crt and igc\.key"):
        ensure(folder)
    damaged.with_suffix(".crt").unlink()
    ensure(folder)
    assert damaged.with_suffix(".key").exists()


def test_authority_that_lost_its_key_cannot_issue(folder: Path, ensure: Ensure) -> None:
    (folder / "ca/private/legacy.key").unlink()
    ensure(folder)
    with pytest.raises(InputError, match=r"legacy\.key: is missing"):
        ensure(folder, clients=[NEW])


def test_certificate_of_another_home_is_told(folder: Path, other_home: Pki, ensure: Ensure) -> None:
    for suffix in (".crt", ".key"):
        name = f"clients/fr.health.samuA/legacy{suffix}"
        (folder / name).write_bytes((other_home.folder / name).read_bytes())
    with pytest.raises(InputError, match="no authority of this home issued it, but 'Hub Santé CA'"):
        ensure(folder)


def test_home_of_another_environment_is_told(folder: Path, ensure: Ensure) -> None:
    with pytest.raises(InputError, match=r"belongs to chain igc-test, not igc-prod: .*--home"):
        ensure(folder, environment=Environment.PRE_PROD)


def test_folder_that_cannot_be_made_is_told(tmp_path: Path, ensure: Ensure) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot keep certificates here: Not a directory"):
        ensure(tmp_path / "file" / "certs")


def test_opening_makes_nothing(pki: Pki, other_home: Pki, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`hubemu up` makes them"):
        open_pki(tmp_path / "certs")
    assert open_pki(pki.folder).igc_chain == "igc-test"
    assert open_pki(other_home.folder).igc_chain == "igc-prod"


def test_identities_are_listed(pki: Pki) -> None:
    listed = [(i.client, i.identity, i.common_name) for i in pki.identities()]
    assert listed == [
        ("fr.health.samuA", "legacy", "fr.health.samuA"),
        ("fr.health.samuA", "igc", "samua.test.hubemu.example"),
        ("fr.health.test.exos", "legacy", "fr.health.test.exos"),
        ("fr.health.test.exos", "igc", "*.test.editeur.fr"),
    ]
    first = pki.identities()[0]
    assert first.issuer == "CN=Hub Santé CA,OU=EMULATOR - DO NOT TRUST,O=Hub Santé,C=FR"
    assert first.file == pki.folder / "clients/fr.health.samuA/legacy.crt"


def test_client_without_certificate_is_told(pki: Pki) -> None:
    with pytest.raises(InputError, match="no certificate for client 'nobody'"):
        pki.client_files("nobody", "igc")


def test_keys_are_whole(pki: Pki) -> None:
    """The primality checks that a start skips for speed."""
    key = pki.client_files(SAMU_A.client_id, "igc").key
    assert load_pem_private_key(key.read_bytes(), None)


def test_no_symbolic_link_is_followed(folder: Path, ensure: Ensure, tmp_path: Path) -> None:
    pki = ensure(folder)
    own = folder / f"clients/{SAMU_A.client_id}"
    elsewhere = tmp_path / "elsewhere"
    own.rename(elsewhere)
    own.symlink_to(elsewhere)
    before = content(elsewhere)
    with pytest.raises(InputError, match="symbolic link"):
        pki.client_context(SAMU_A.client_id, "igc", Phase.IGC)
    (own / "igc.p12").unlink()
    with pytest.raises(InputError, match="symbolic link"):
        ensure(folder)
    assert changed(elsewhere, before) == {"igc.p12"}  # which was taken away
    own.unlink()
    elsewhere.rename(own)
    (own / "igc.key").rename(tmp_path / "key")
    (own / "igc.key").symlink_to(tmp_path / "key")
    with pytest.raises(InputError, match="symbolic link"):
        ensure(folder)


def test_additions_follow_no_symbolic_link(folder: Path, ensure: Ensure, tmp_path: Path) -> None:
    pki = ensure(folder)
    (tmp_path / "elsewhere").mkdir()
    (folder / "trusted").symlink_to(tmp_path / "elsewhere")
    material = read_material(pki.folder / "ca/legacy.pem")
    with pytest.raises(InputError, match="symbolic link"):
        trust(pki, material, "x", None, NOW)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_another_place_of_revocation_changes_no_key_and_no_root(
    folder: Path, ensure: Ensure
) -> None:
    before = content(folder)
    roots = [chain.certificates[0] for chain in ensure(folder).chains.values()]
    pki = ensure(folder, base="http://localhost:1234")
    assert pki.base == "http://localhost:1234"
    assert not any(name.endswith(".key") for name in changed(folder, before))
    assert [chain.certificates[0] for chain in pki.chains.values()] == roots
    for certificate in (*pki.chains["igc-test"].certificates[1:], *pki.shown()):
        assert distribution_base(certificate) == pki.base
    before = content(folder)
    assert ensure(folder).base == "http://localhost:1234"
    assert not changed(folder, before)
