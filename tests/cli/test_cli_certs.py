"""`hubemu certs` without a Hub: what is changed acts on the Hub that starts later."""

from __future__ import annotations

import json
import ssl
import urllib.request
from pathlib import Path
from typing import Any

import pika
import pytest
from cryptography import x509

from hubemu.pki import open_pki
from tests.support.commands import hubemu, hubemu_here
from tests.support.kept_certificates import KEPT
from tests.support.live import LiveHub, live_hub

CN = "lrm.test.vendor.example"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with all its certificates, in which no Hub is up."""
    folder = tmp_path_factory.mktemp("certs")
    home = KEPT.given(folder / "home")
    done = hubemu("export", "rabbitmq", str(folder / "broker"), "--home", str(home))
    assert done.code == 0, done.err
    return home


def certs(home: Path, *words: str) -> Any:
    done = hubemu_here("certs", *words, "--home", str(home), "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_hub_that_starts_later_knows(home: Path, tmp_path: Path) -> None:
    good = certs(home, "issue", "--cn", CN, "--out", str(tmp_path / "good"))
    bad = certs(home, "issue", "--cn", CN, "--out", str(tmp_path / "bad"), "--profile", "revoked")
    far = certs(home, "issue", "--cn", CN, "--out", str(tmp_path), "--profile", "unknown-authority")
    bound = certs(home, "bind", "--cn", CN, "--client", "fr.health.samuA")
    assert bound == {"commonName": CN, "clients": ["fr.health.samuA"]}
    trusted = certs(home, "trust", far["authority"])
    assert (len(trusted["trusted"]), trusted["phase"], trusted["lacksRoot"]) == (1, None, False)
    (told,) = certs(home, "inspect", good["certificate"], "--key", good["key"])
    assert told["keyMatches"] is True
    assert told["clients"] == ["fr.health.samuA"]
    with live_hub(home) as hub:
        assert let_in(hub, good)
        assert let_in(hub, far)
        assert not let_in(hub, bad)
        leaf = x509.load_pem_x509_certificate(Path(bad["certificate"]).read_bytes())
        # Issued before the Hub had a port: its list is at the one that the Hub has now.
        with urllib.request.urlopen(f"{hub.endpoints['http']}/crl/igc-test-organisations.crl") as a:
            listed = [one.serial_number for one in x509.load_der_x509_crl(a.read())]
        assert leaf.serial_number in listed
        first = (open_pki(hub.certs).base, hub.endpoints["http"])
        assert first[0] == first[1].replace("localhost", "127.0.0.1")
        shown = (hub.certs / "server/igc.crt").read_bytes()
    with live_hub(home) as hub:
        assert open_pki(hub.certs).base == hub.endpoints["http"].replace("localhost", "127.0.0.1")
        if hub.endpoints["http"] == first[1]:  # unless somebody took the port meanwhile
            assert (hub.certs / "server/igc.crt").read_bytes() == shown


def let_in(hub: LiveHub, issued: dict[str, str]) -> bool:
    context = ssl.create_default_context(cafile=str(hub.certs / "ca/igc-test.pem"))
    context.load_cert_chain(issued["certificate"], issued["key"])
    try:
        pika.BlockingConnection(hub.parameters("15-15_v2.0", context)).close()
    except (pika.exceptions.AMQPError, OSError):
        return False
    return True


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["issue"], "--cn"),
        (["issue", "--cn", "x", "--profile", "expred"], "did you mean expired"),
        (["issue", "--cn", "x", "--san", "a b"], "neither a host name"),
        (["issue", "--cn", "x" * 65], "shorten"),
        (["bind", "--cn", "x"], "--client"),
        (["bind", "--cn", "x", "--client", "fr.health.samu"], "did you mean"),
        (["inspect", "no/such/file"], "no such file"),
        (["inspect", "{here}"], "neither a certificate"),
        (["revoke", "{here}"], "neither a certificate"),
        (["trust", "{here}"], "neither a certificate"),
        (["inspect", "{p12}", "--passphrase-file", "{here}"], "F4"),
        (["inspect", "{p12}", "--at", "tomorrow"], "is no date"),
        (["inspect", "{p12}", "--key", "{crt}"], "no private key"),
    ],
)
def test_mistakes_are_told_in_one_line(
    home: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    (tmp_path / "p").write_bytes((home / "certs/clients/fr.health.samuA/igc.p12").read_bytes())
    places = {
        "here": __file__,
        "p12": str(tmp_path / "p"),
        "crt": str(home / "certs/clients/fr.health.samuA/igc.crt"),
    }
    done = hubemu_here("certs", *(one.format(**places) for one in words), "--home", str(home))
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err


def test_what_needs_a_hub_says_so(home: Path) -> None:
    for words in (["certs", "crl", "--state", "good"], ["phase", "dual"]):
        done = hubemu_here(*words, "--home", str(home))
        assert done.code == 3
        assert "no Hub is up" in done.err


def test_without_a_home_files_can_be_inspected(home: Path, tmp_path: Path) -> None:
    file = str(home / "certs/ca/legacy.pem")
    done = hubemu_here("certs", "inspect", file, "--home", str(tmp_path / "none"), "--json")
    assert done.code == 0
    (told,) = json.loads(done.out)
    assert told["kind"] == "certificate"
    done = hubemu_here("certs", "issue", "--cn", "x", "--home", str(tmp_path / "none"))
    assert done.code == 2
    assert "`hubemu up` makes them" in done.err


def test_a_store_of_the_home_opens_by_itself(home: Path) -> None:
    (told,) = certs(home, "inspect", str(home / "certs/clients/fr.health.samuA/igc.jks"))
    assert (told["kind"], told["keyMatches"]) == ("jks", True)
