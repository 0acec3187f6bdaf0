"""Steps of any migration on a Hub that is up: new connections meet them, the API tells them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.pki import open_pki
from hubemu.pki.issued_on_demand import IssuedFiles, IssueOrder, issue_certificate, write_issued
from hubemu.pki.layout import read_certificates
from tests.support.live import LiveHub, live_hub

CLIENT = "fr.health.samuA"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("migrations") / "home") as live:
        yield live


@pytest.fixture(autouse=True)
def _at_start(hub: LiveHub) -> Iterator[None]:
    yield
    httpx.post(f"{url(hub)}/api/v1/reset", json={}, timeout=30).raise_for_status()


def url(hub: LiveHub) -> str:
    return str(hub.endpoints["http"])


def go(hub: LiveHub, **step: Any) -> httpx.Response:
    return httpx.put(f"{url(hub)}/api/v1/phase", json=step, timeout=60)


def shown(hub: LiveHub, certs: Path) -> bytes:
    """The certificate that a client with the files of a step meets, and trusts."""
    context = ssl.create_default_context(cafile=str(certs / "truststores" / "igc.pem"))
    own = certs / "clients" / CLIENT / "igc"
    context.load_cert_chain(f"{own}.crt", f"{own}.key")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", hub.port), timeout=10) as end,
        context.wrap_socket(end, server_hostname="localhost") as tls,
    ):
        return tls.getpeercert(binary_form=True) or b""


def test_the_migrations_are_listed(hub: LiveHub) -> None:
    rows = httpx.get(f"{url(hub)}/api/v1/migrations").json()["migrations"]
    found = {row["name"]: row["steps"] for row in rows}
    assert found["igc-sante"] == ["legacy", "dual", "igc"]
    assert found["new-root"] == ["before", "both", "after"]
    assert all(row["title"]["fr"] for row in rows)


@pytest.mark.parametrize(
    ("migration", "step"),
    [("renewal", "renewed"), ("new-intermediate", "after"), ("new-root", "after")],
)
def test_new_connections_meet_the_step(hub: LiveHub, migration: str, step: str) -> None:
    before = shown(hub, hub.certs)
    answer = go(hub, migration=migration, step=step).json()
    assert (answer["step"], answer["disconnected"]) == (step, 0)
    certs = Path(answer["certs"])
    after = shown(hub, certs)
    assert after != before
    (leaf, *_) = read_certificates(certs / "server" / "igc.crt", "")
    assert leaf.public_bytes(Encoding.DER) == after


def test_both_steps_of_a_new_root_have_the_same_one(hub: LiveHub) -> None:
    both = Path(go(hub, migration="new-root", step="both").json()["certs"])
    after = Path(go(hub, migration="new-root", step="after").json()["certs"])
    name = "ca/igc-test.pem"
    assert (both / name).read_bytes() == (after / name).read_bytes()


def test_who_has_the_old_files_is_refused_after_a_new_root(hub: LiveHub) -> None:
    go(hub, migration="new-root", step="after").raise_for_status()
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(hub, hub.certs)


def test_a_phase_brings_the_home_back(hub: LiveHub) -> None:
    go(hub, migration="renewal", step="renewed").raise_for_status()
    answer = go(hub, phase="igc").json()
    at = {"phase": "igc", "step": "igc", "migration": None}
    assert answer == at | {"certs": str(hub.certs), "disconnected": 0}
    assert shown(hub, hub.certs)


# What is changed while the Hub is at a step


def test_what_a_step_revokes_is_on_the_list_that_clients_fetch(hub: LiveHub) -> None:
    at_step = Path(go(hub, migration="revocation", step="revoked").json()["certs"])
    (leaf, *_) = read_certificates(at_step / "server" / "igc.crt", "")
    assert leaf.serial_number in revoked_serials(hub)
    go(hub, phase="igc").raise_for_status()
    assert leaf.serial_number not in revoked_serials(hub)


def revoked_serials(hub: LiveHub) -> set[int]:
    answer = httpx.get(f"{url(hub)}/crl/igc-test-organisations.crl").raise_for_status()
    return {one.serial_number for one in x509.load_der_x509_crl(answer.content)}


@pytest.mark.parametrize(
    ("migration", "step"), [("renewal", "renewed"), ("new-intermediate", "both")]
)
def test_who_is_revoked_while_the_hub_is_at_a_step_is_out_at_once(
    hub: LiveHub, tmp_path: Path, migration: str, step: str
) -> None:
    """Whoever the home issued to, wherever the Hub is; the twin beside it stays."""
    certs = Path(go(hub, migration=migration, step=step).json()["certs"])
    one, other = (issued(hub, tmp_path / name) for name in ("one", "other"))
    assert [gets_in(hub, certs, each) for each in (one, other)] == [True, True]
    tell(hub, "revoke", one.certificate)
    assert [gets_in(hub, certs, each) for each in (one, other)] == [False, True]
    go(hub, phase="igc").raise_for_status()
    assert [gets_in(hub, hub.certs, each) for each in (one, other)] == [False, True]


def test_whom_the_hub_is_told_to_trust_at_a_step_gets_in_there(
    hub: LiveHub, tmp_path: Path
) -> None:
    """At once, and at a step that was made before."""
    after = Path(go(hub, migration="new-root", step="after").json()["certs"])
    at = Path(go(hub, migration="renewal", step="renewed").json()["certs"])
    foreign = issued(hub, tmp_path, "unknown-authority")
    assert not gets_in(hub, at, foreign)
    tell(hub, "trust", next(tmp_path.glob("*.authority.crt")))
    assert gets_in(hub, at, foreign)
    go(hub, migration="new-root", step="after").raise_for_status()
    assert gets_in(hub, after, foreign)


def issued(hub: LiveHub, folder: Path, profile: str = "client") -> IssuedFiles:
    """A certificate of the client by an authority of the home, made at run time."""
    pki = open_pki(hub.certs)
    cn = next(cn for cn, client in pki.holders.items() if client == CLIENT and cn != CLIENT)
    made = issue_certificate(pki, IssueOrder(common_name=cn, profile=profile), datetime.now(UTC))
    return write_issued(made, folder, pki.passphrase)


def tell(hub: LiveHub, what: str, file: Path) -> None:
    """As `hubemu certs trust` and `revoke` do."""
    body = {"file": file.read_text()}
    httpx.post(f"{url(hub)}/api/v1/certs/{what}", json=body, timeout=30).raise_for_status()


def gets_in(hub: LiveHub, certs: Path, files: IssuedFiles) -> bool:
    """Whether TLS comes about with a certificate, for a client that trusts what a step shows."""
    context = ssl.create_default_context(cafile=str(certs / "truststores" / "igc.pem"))
    context.load_cert_chain(files.certificate, files.key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with (
            socket.create_connection(("127.0.0.1", hub.port), timeout=10) as end,
            context.wrap_socket(end, server_hostname="localhost"),
        ):
            return True
    except ssl.SSLError:
        return False


MISTAKES: list[dict[str, Any]] = [
    {"migration": "renewals", "step": "renewed"},
    {"migration": "renewal", "step": "nowhere"},
    {"migration": "renewal"},
    {"step": "dual"},
    {"phase": "dual", "migration": "renewal", "step": "renewed"},
    {},
    {"migration": "/etc/passwd", "step": "x"},
]


@pytest.mark.parametrize("body", MISTAKES, ids=range(len(MISTAKES)))
def test_what_cannot_be_gone_to_is_422(hub: LiveHub, body: dict[str, Any]) -> None:
    answer = go(hub, **body)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_the_end_of_clients_certificates_is_not_a_step_of_the_hub(hub: LiveHub) -> None:
    answer = go(hub, migration="expiry", step="day after")
    assert answer.status_code == 409
    assert "hubemu rehearse" in answer.json()["detail"]
