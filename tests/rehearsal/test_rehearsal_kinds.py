"""Kinds of trouble that need more than one file: each provoked, named, and with its positive twin.

Names, depth, usages and rights of a vendor's own chain (C10, C11, C16, C18); what the Hub shows and
only other stacks refuse (S7, S15, S16, S17); what only the course of the steps shows (P3, P9).
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from hubemu.errors import InputError
from hubemu.hub import Hub
from hubemu.pki import Pki, open_pki
from hubemu.pki.migration import load_migration
from hubemu.pki.stores import pem
from hubemu.rehearsal import Rehearsal, RehearsalOrder, rehearse
from hubemu.rehearsal.rehearsing import AfterStep
from hubemu.rehearsal.vendor_material import OwnMaterial
from hubemu.settings import Phase, Settings
from tests.rehearsal.conftest import CLIENT, Rehearse, cells, codes, nothing
from tests.support.chain_making import CLIENT as FOR_CLIENTS
from tests.support.chain_making import HOST, SERVER, Certificate, below, leaf, root

OTHER = "fr.health.samuB"
LOCALHOST = (x509.DNSName("localhost"),)


# A vendor's own chain


@pytest.fixture
def tried(home: Path, tmp_path: Path) -> Callable[[Sequence[Certificate]], Rehearsal]:
    """Rehearses a chain, root first, which a home trusts and whose name it knows."""

    def carry_out(chain: Sequence[Certificate]) -> Rehearsal:
        own = tmp_path / "home"
        shutil.copytree(home, own)
        additions = open_pki(own / "certs").additions
        additions.trust([chain[0].certificate], None)
        additions.bind(HOST, [CLIENT])
        sent = [one.certificate for one in reversed(chain[1:])]
        certificate, key = tmp_path / "own.crt", tmp_path / "own.key"
        certificate.write_bytes(pem(sent))
        key.write_bytes(chain[-1].key_pem)
        order = RehearsalOrder(
            settings=Settings(home=own, port=0, http_port=0),
            migration=load_migration("igc-sante"),
            vhost="15-15_v2.0",
            steps=["igc"],
            certificate=certificate,
            key=key,
        )
        return asyncio.run(rehearse(order, nothing))

    return carry_out


def chain(*between: dict[str, Any]) -> list[Certificate]:
    """A root, intermediates that differ as said, and a client's certificate below them."""
    made = [root("own root", **identified())]
    for number, differently in enumerate(between):
        made.append(below(made[-1], f"own middle {number}", **(identified() | differently)))
    return [*made, leaf(made[-1], **identified())]


def identified() -> dict[str, Any]:
    """A key and its identifier, which strict clients want in a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return {"key": key, "extra": ((identifier, False),)}


def deep(number: int) -> list[Certificate]:
    return chain(*({} for _ in range(number)))


CHAINS: list[tuple[str, list[Certificate], list[str]]] = [
    ("usual", deep(1), []),
    ("intermediate for clients", chain({"purposes": [FOR_CLIENTS]}), []),
    ("intermediate for servers", chain({"purposes": [SERVER]}), ["C16"]),
    ("two intermediates", deep(2), []),
    ("too deep", deep(4), ["C18"]),
    ("path length passed", chain({"path_length": 0}, {}), ["C18"]),
    ("intermediate that is none", chain({"ca": False}), ["C18"]),
    ("intermediate that may not sign", chain({"usage": ("crl_sign",)}), ["C18"]),
]


@pytest.mark.parametrize(("name", "sent", "found"), CHAINS, ids=[one[0] for one in CHAINS])
def test_each_kind_of_chain_is_named(
    tried: Callable[[Sequence[Certificate]], Rehearsal],
    name: str,
    sent: list[Certificate],
    found: list[str],
) -> None:
    rehearsal = tried(sent)
    blocking = [one.code for one in rehearsal.clients[0].results[0].findings if one.blocks]
    assert blocking == found
    assert cells(rehearsal) == ["nnnn-n" if found else "YYYY-Y"]


# Rights


def test_the_id_of_another_client_is_c11(rehearsed: Rehearse, pki: Pki) -> None:
    files = pki.client_files(CLIENT, "igc")
    given: dict[str, Any] = {"steps": ["igc"], "certificate": files.certificate, "key": files.key}
    assert codes(rehearsed(clients=(CLIENT,), **given)) == [[]]
    wrong = rehearsed(clients=(OTHER,), **given)
    assert cells(wrong) == ["YYnn-Y"]
    assert codes(wrong) == [["C11", "P8"]]


def test_a_name_without_rights_on_the_vhost_is_c10(home: Path) -> None:
    """Every client of the tables is on every vHost: the right is taken from the broker."""
    order = RehearsalOrder(
        settings=Settings(home=home, port=0, http_port=0),
        migration=load_migration("igc-sante"),
        vhost="15-15_v2.0",
        steps=["igc"],
        clients=(CLIENT, OTHER),
    )

    def without_rights(hub: Hub, own: OwnMaterial | None) -> AfterStep:
        broker = hub.engine.broker  # type: ignore[attr-defined]  # the embedded engine's
        for user, client in hub.topology.users.items():
            if client == CLIENT:
                del broker.users[user].access["15-15_v2.0"]
        return nothing(hub, own)

    rehearsal = asyncio.run(rehearse(order, without_rights))
    refused, let_in = rehearsal.clients
    assert cells(rehearsal) == ["YYnn-n"]
    assert [one.code for one in refused.results[0].findings] == ["C10", "P8"]
    assert [one.code for one in let_in.results[0].findings] == []


# What the Hub shows


@pytest.fixture
def showing(pki: Pki, tmp_path: Path) -> Callable[..., Path]:
    """A migration file that shows chains, root first, one a step; the first may be the home's."""

    def write(*chains: Sequence[Certificate] | None, key: Certificate | None = None) -> Path:
        lines = ["title: {en: Other, fr: Autre}", "steps:"]
        for number, one in enumerate(chains):
            if one is None:
                lines.append(f"  - {{name: step {number}, shows: igc, trusts: [igc]}}")
                continue
            sent = [certificate.certificate for certificate in reversed(one[1:])]
            (tmp_path / f"{number}.crt").write_bytes(pem(sent))
            (tmp_path / f"{number}.key").write_bytes((key or one[-1]).key_pem)
            (tmp_path / f"{number}.root").write_bytes(pem([one[0].certificate]))
            lines.append(
                f"  - {{name: step {number}, certificate: {number}.crt, key: {number}.key, "
                f"trusts: [igc, {number}.root]}}"
            )
        file = tmp_path / "showing.yaml"
        file.write_text("\n".join(lines))
        return file

    return write


def hub_chain(*between: dict[str, Any], **own: Any) -> list[Certificate]:
    """A chain of the Hub: its last one is for `localhost`."""
    made = chain(*between)[:-1]
    return [*made, leaf(made[-1], **({"names": LOCALHOST} | identified() | own))]


SHOWN: list[tuple[str, list[Certificate], list[str]]] = [
    ("as IGC Santé", hub_chain({}), []),
    ("no names", hub_chain({}, names=()), ["S6", "S7"]),
    ("three intermediates", hub_chain({}, {}, {}), ["S15"]),
    ("no authority key identifier", hub_chain({}, authority_key=False), ["S17"]),
    ("intermediate without one", hub_chain({"authority_key": False}), ["S17"]),
]


@pytest.mark.parametrize(("name", "sent", "found"), SHOWN, ids=[one[0] for one in SHOWN])
def test_what_other_stacks_refuse_is_said(
    rehearsed: Rehearse,
    showing: Callable[..., Path],
    name: str,
    sent: list[Certificate],
    found: list[str],
) -> None:
    rehearsal = rehearsed(migration=str(showing(sent)))
    assert [one for one in codes(rehearsal)[0] if one[0] == "S"] == found
    # This stack takes all of it but a wrong name.
    assert cells(rehearsal) == ["nnnn-n" if "S6" in found else "YYYY-Y"]


def test_a_key_that_is_not_the_hubs_is_told_before_it_is_shown(
    rehearsed: Rehearse, showing: Callable[..., Path]
) -> None:
    sent = hub_chain({})
    with pytest.raises(InputError, match=r"is not the key of .* \(S16\)"):
        rehearsed(migration=str(showing(sent, key=leaf(sent[1]))))


# The course of the steps


def test_an_authority_that_goes_before_its_client_changed_is_p3(
    rehearsed: Rehearse, pki: Pki
) -> None:
    files = pki.client_files(CLIENT, "legacy")
    given: dict[str, Any] = {"key": files.key, "truststores": [pki.truststore(Phase.DUAL)]}
    rehearsal = rehearsed(certificate=files.certificate, **given)
    assert cells(rehearsal) == ["YYYY-Y", "YYYYYY", "nnnnYn"]
    assert codes(rehearsal) == [[], [], ["C1", "P6", "P3"]]
    stays = rehearsed(steps=["legacy", "dual"], certificate=files.certificate, **given)
    assert codes(stays) == [[], []]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (hub_chain({}), []),
        (hub_chain({}, names=(x509.DNSName("elsewhere.example"),)), ["S6", "P6", "P9"]),
        (hub_chain({}, {}, {}), ["S15", "P9"]),
    ],
    ids=["same profile", "another name", "deeper"],
)
def test_another_profile_than_before_is_p9(
    rehearsed: Rehearse, showing: Callable[..., Path], sent: list[Certificate], found: list[str]
) -> None:
    assert codes(rehearsed(migration=str(showing(None, sent)))) == [[], found]
