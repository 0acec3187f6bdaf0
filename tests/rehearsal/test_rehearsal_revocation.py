"""S10 and P10 by a real try: clients that look into revocation lists, and those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.errors import InputError
from hubemu.pki import Pki
from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate, write_issued
from hubemu.pki.issuing import Authority
from hubemu.settings import Phase
from tests.rehearsal.conftest import Rehearse, cells, codes
from tests.support.commands import hubemu


@pytest.mark.parametrize(
    ("checks", "cell", "found"),
    [(True, ["YYYY-Y", "nnnnYn", "YYYYYY"], ["S10", "P6"]), (False, None, ["S10"])],
    ids=["looks into lists", "does not"],
)
def test_a_hub_whose_certificate_is_revoked_is_s10(
    rehearsed: Rehearse, checks: bool, cell: list[str] | None, found: list[str]
) -> None:
    rehearsal = rehearsed(migration="revocation", checks_revocation=checks)
    assert cells(rehearsal) == (cell or ["YYYY-Y", "YYYYYY", "YYYYYY"])
    assert codes(rehearsal) == [[], found, []]
    (first, *_) = rehearsal.clients[0].results[1].findings
    assert "certificate revoked" in first.detail
    assert first.blocks is checks


@pytest.mark.parametrize("name", ["igc-sante", "new-intermediate"])
def test_a_client_that_looks_into_lists_comes_through_where_nothing_it_is_shown_is_revoked(
    rehearsed: Rehearse, name: str
) -> None:
    rehearsal = rehearsed(migration=name, checks_revocation=True)
    assert cells(rehearsal) == ["YYYY-Y", "YYYYYY", "YYYYYY"]
    assert codes(rehearsal) == [[], [], []]


def test_an_intermediate_that_is_revoked_too_early_is_s10(
    rehearsed: Rehearse, tmp_path: Path
) -> None:
    """The list of the root counts as well as that of the authority that issued the leaf."""
    file = tmp_path / "early.yaml"
    file.write_text(
        "title: {en: Early, fr: Tôt}\n"
        "steps: [{name: early, shows: igc, trusts: [igc], revokes: [igc]}]\n"
    )
    assert "S10" in codes(rehearsed(migration=str(file), checks_revocation=True))[0]


def test_a_certificate_of_the_hub_revoked_by_command(
    home: Path, pki: Pki, rehearsed: Rehearse, tmp_path: Path
) -> None:
    """As a file that a step shows; the good twin of it is not told."""
    for name in ("good", "bad"):
        order = IssueOrder(common_name="localhost", profile="server")
        made = issue_certificate(pki, order, datetime.now(UTC))
        files = write_issued(made, tmp_path / name, pki.passphrase)
        (tmp_path / f"{name}.yaml").write_text(
            "title: {en: Own, fr: Propre}\nsteps:\n"
            f"  - {{name: own, certificate: {name}/{files.certificate.name}, "
            f"key: {name}/{files.key.name}, trusts: [igc]}}\n"
        )
        if name == "bad":
            done = hubemu("certs", "revoke", str(files.certificate), "--home", str(home))
            assert done.code == 0, done.err
    good, bad = (
        rehearsed(migration=str(tmp_path / f"{one}.yaml"), checks_revocation=True)
        for one in ("good", "bad")
    )
    assert (cells(good), codes(good)) == (["YYYY-Y"], [[]])
    assert (cells(bad), codes(bad)) == (["nnnn-n"], [["S10"]])


# Lists that a client was given


def made_list(authority: Authority, serials: Sequence[int], *, ended: bool = False) -> bytes:
    now = datetime.now(UTC)
    starts, ends = now - timedelta(days=3), now + timedelta(days=-1 if ended else 7)
    builder = x509.CertificateRevocationListBuilder(authority.certificate.subject, starts, ends)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, starts).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.PEM)


KINDS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("good", {}, []),
    ("revoked", {"revokes": True}, ["S10"]),
    ("ended", {"ended": True}, ["P10"]),
    ("of one authority only", {"only_root": True}, ["P10"]),
]


@pytest.mark.parametrize(("kind", "how", "found"), KINDS, ids=[one[0] for one in KINDS])
def test_lists_of_its_own(
    pki: Pki, rehearsed: Rehearse, tmp_path: Path, kind: str, how: dict[str, Any], found: list[str]
) -> None:
    root, below = (pki.authority_named(one.name) for one in pki.definitions.chains[pki.igc_chain])
    shown = pki.shown()[-1]
    files = [tmp_path / "root.crl", tmp_path / "below.crl"]
    files[0].write_bytes(made_list(root, []))
    serials = [shown.serial_number] if how.get("revokes") else []
    files[1].write_bytes(made_list(below, serials, ended=how.get("ended", False)))
    given = files[:1] if how.get("only_root") else files
    rehearsal = rehearsed(steps=["igc"], revocation_lists=given)
    assert cells(rehearsal) == ["nnnn-n" if found else "YYYY-Y"]
    assert codes(rehearsal) == [found]


def test_what_is_no_list_is_refused(rehearsed: Rehearse, pki: Pki) -> None:
    with pytest.raises(InputError, match="no revocation list"):
        rehearsed(steps=["igc"], revocation_lists=[pki.truststore(Phase.IGC)])


def test_the_old_certificate_of_the_hub_revoked_is_named_in_its_phase(
    rehearsed: Rehearse, tmp_path: Path
) -> None:
    """`revokes: [hub]` finds who issued what is shown, in whatever chain."""
    file = tmp_path / "old.yaml"
    file.write_text(
        "title: {en: Old, fr: Ancien}\n"
        "steps: [{name: old, shows: legacy, trusts: [legacy], revokes: [hub]}]\n"
    )
    rehearsal = rehearsed(migration=str(file), checks_revocation=True)
    assert codes(rehearsal) == [["S10"]]
