"""Each built-in migration, and a vendor's own, from a careful and from a careless vendor's side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hubemu.errors import InputError
from hubemu.pki import Pki
from hubemu.pki.definitions import load_definitions
from hubemu.pki.issued_on_demand import IssuedFiles
from hubemu.pki.migration import load_migration, migration_names
from hubemu.pki.stores import pem
from hubemu.settings import Phase
from tests.rehearsal.conftest import CLIENT, Rehearse, cells, codes


def test_the_built_in_migrations_are_there() -> None:
    names = migration_names()
    chains = ["new-intermediate", "new-root"]
    assert names == ["expiry", "igc-sante", *chains, "renewal", "revocation"]
    for name in names:
        assert load_migration(name).title.fr


def test_the_steps_of_igc_sante_are_the_phases() -> None:
    phases = load_definitions().phases
    steps = load_migration("igc-sante").steps
    assert [step.name for step in steps] == [phase.value for phase in Phase]
    for step in steps:
        phase = phases[Phase(step.name)]
        assert (step.shows, set(step.trusts)) == (phase.shows, set(phase.trusts))


@pytest.mark.parametrize("name", ["renewal", "new-intermediate", "new-root"])
def test_a_careful_vendor_comes_through(rehearsed: Rehearse, name: str) -> None:
    rehearsal = rehearsed(migration=name)
    assert cells(rehearsal)[0] == "YYYY-Y"
    assert set(cells(rehearsal)[1:]) == {"YYYYYY"}
    assert rehearsal.lost == []


def test_who_pins_the_leaf_is_out_at_its_renewal(
    rehearsed: Rehearse, pki: Pki, tmp_path: Path
) -> None:
    pinned = tmp_path / "pinned.pem"
    pinned.write_bytes(pem([pki.shown()[-1]]))
    files = pki.client_files(CLIENT, "igc")
    rehearsal = rehearsed(
        migration="renewal", certificate=files.certificate, key=files.key, truststores=[pinned]
    )
    assert cells(rehearsal) == ["YYYY-Y", "nnnnYn"]
    assert codes(rehearsal) == [["P7"], ["P7", "P6"]]


def test_who_changes_nothing_is_out_at_a_new_root(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed(migration="new-root", identity="as-is")
    assert cells(rehearsal) == ["YYYY-Y", "nnnnYn", "nnnnYn"]
    assert codes(rehearsal) == [[], ["S1", "P6"], ["S1", "C1", "P6"]]


def test_who_sends_the_old_intermediate_is_out_when_it_is_revoked(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed(migration="new-intermediate", identity="as-is")
    assert cells(rehearsal) == ["YYYY-Y", "YYYYYY", "nnnnYn"]
    assert codes(rehearsal) == [[], [], ["C12", "P6"]]
    assert "ORGANISATIONS" in rehearsal.clients[0].results[2].findings[0].detail


def test_who_trusts_the_old_intermediate_is_out(
    rehearsed: Rehearse, pki: Pki, tmp_path: Path
) -> None:
    trust = tmp_path / "intermediate.pem"
    trust.write_bytes(pem([pki.chains[pki.igc_chain].issuing]))
    rehearsal = rehearsed(migration="new-intermediate", truststores=[trust], identity="as-is")
    assert "S3" in codes(rehearsal)[0]
    assert "S1" in codes(rehearsal)[1]


def test_the_end_of_certificates(rehearsed: Rehearse) -> None:
    rehearsal = rehearsed(migration="expiry")
    assert [step.partition(" ")[2] for step in rehearsal.steps] == [
        "",
        "(day before)",
        "(day after)",
    ]
    assert cells(rehearsal) == ["YYYY-Y", "YYYYYY", "nnnnYn"]
    assert codes(rehearsal)[2] == ["C3", "P6"]
    assert rehearsal.lost == [CLIENT]


OWN = """
title: {en: Our own, fr: La nôtre}
steps:
  - {name: today, shows: igc, trusts: [igc]}
  - {name: stranger, shows: igc, trusts: [stranger.pem]}
"""


def test_a_vendors_own_migration_with_a_file_of_its_own(
    rehearsed: Rehearse, issued: Callable[..., IssuedFiles], tmp_path: Path
) -> None:
    files = issued("unknown-authority")
    assert files.authority is not None
    (tmp_path / "stranger.pem").write_bytes(files.authority.read_bytes())
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    rehearsal = rehearsed(migration=str(file), certificate=files.certificate, key=files.key)
    assert codes(rehearsal)[0][0] == "C1"
    assert cells(rehearsal)[1] == "YYYY-Y"


MISTAKES = [
    ("title: {en: a, fr: b}\nsteps:\n  - {name: x, shwos: igc, trusts: [igc]}\n", ":3: ", "shwos"),
    ("title: {en: a, fr: b}\nsteps:\n  - {name: x, shows: igc}\n", ":3: ", "trusts"),
    ("title: {en: a, fr: b}\nsteps: []\n", ":1: ", "steps"),
    (
        "steps:\n- name: x\n  shows: nobody\n  trusts: [igc]\ntitle: {en: a, fr: b}\n",
        ":3: ",
        "shows",
    ),
    ("a: [1\n", ":2: ", "YAML"),
    (
        "title: {en: a, fr: b}\nsteps:\n- {name: x, shows: igc, trusts: [igc], at: 2027-13-40}\n",
        ":3: ",
        "2027-13-40",
    ),
    (
        "title: {en: a, fr: b}\nsteps: &s\n- {name: x, shows: igc, trusts: *s}\n",
        ":2: ",
        "stands within",
    ),
    ("title: {en: a, fr: b}\nsteps:\n- {name: x/y, shows: igc, trusts: [igc]}\n", ":3: ", "slash"),
]


@pytest.mark.parametrize(("text", "place", "said"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_file_and_line(
    text: str, place: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_migration(str(file))
    assert f"{file}{place}" in str(caught.value)
    assert said in str(caught.value)


HEAD = "title: {en: a, fr: b}\nsteps:\n  - {name: own, trusts: [igc], "
BAD_FILES = [
    ("shows: igc, at: 2020-01-01", "step 'own'.*past"),
    ("shows: igc, at: 9999-12-31", "step 'own'.*century"),
    ("certificate: own.crt, key: other.key", "S16"),
    ("certificate: own.crt, key: locked.key", "F8"),
    ("certificate: own.crt, key: own.der", "is not PEM"),
    ("certificate: own.crt, key: own.crt", "no private key"),
    ("certificate: own.key, key: own.key", "holds no certificate"),
    ("certificate: own.env, key: own.key", "F10"),
    ("certificate: empty, key: own.key", "is empty"),
]


@pytest.mark.parametrize(("step", "told"), BAD_FILES, ids=[one[0] for one in BAD_FILES])
def test_a_step_that_cannot_be_is_told(
    rehearsed: Rehearse, pki: Pki, tmp_path: Path, step: str, told: str
) -> None:
    own, other = (pki.client_files(CLIENT, kind) for kind in ("igc", "legacy"))
    key = load_pem_private_key(own.key.read_bytes(), None)
    locked = BestAvailableEncryption(b"word")
    contents = {
        "own.crt": own.certificate.read_bytes(),
        "own.key": own.key.read_bytes(),
        "other.key": other.key.read_bytes(),
        "own.env": own.certificate.read_bytes().replace(b"\n", rb"\n"),
        "own.der": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "locked.key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked),
        "empty": b"",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    file = tmp_path / "own.yaml"
    file.write_text(f"{HEAD}{step}}}\n")
    with pytest.raises(InputError, match=told):
        rehearsed(migration=str(file))


def test_authorities_may_be_named_in_der(rehearsed: Rehearse, pki: Pki, tmp_path: Path) -> None:
    root = pki.chains[pki.igc_chain].certificates[0]
    (tmp_path / "root.der").write_bytes(root.public_bytes(Encoding.DER))
    file = tmp_path / "own.yaml"
    file.write_text(f"{HEAD.replace('[igc]', '[root.der]')}shows: igc}}\n")
    assert cells(rehearsed(migration=str(file))) == ["YYYY-Y"]


def test_an_unknown_step_or_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean dual"):
        load_migration("igc-sante").step("dul")
    with pytest.raises(InputError, match="no such migration"):
        load_migration("nowhere")
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    with pytest.raises(InputError, match=r"stranger\.pem"):
        load_migration(str(file))
