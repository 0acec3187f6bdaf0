"""What a Hub says of itself, and the environment made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hubemu.client.control import ControlClient
from hubemu.client.environment import client_environment
from hubemu.client.facts import HubFacts, ask_hub
from hubemu.errors import InputError, StartError

NAMES = (
    "HUB_HOSTNAME HUB_PORT VHOST EXCHANGE_NAME CERTIFICATE_PATH KEY_PASSPHRASE "
    "TRUST_STORE_PATH TRUST_STORE_PASSWORD HUB_URL LRM_PASSPHRASE CLIENT_MAP VHOSTS "
    "NUXT_PUBLIC_CLIENT_MAP NUXT_PUBLIC_VHOST_MAP NUXT_PUBLIC_BACKEND_LRM_SERVER "
    "HUBEMU_HOME HUBEMU_HTTP HUBEMU_AMQPS_URL HUBEMU_CERT HUBEMU_KEY HUBEMU_CA"
)


def client(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "actsFor": [name], "writesAs": [], "readsAs": [], "useXML": False} | more


def description(certs: Path, **changed: Any) -> dict[str, Any]:
    return {
        "amqps": {"host": "127.0.0.1", "port": 5671},
        "http": "http://127.0.0.1:8671",
        "certs": str(certs),
        "phase": "igc",
        "seed": 7,
        "clients": [
            client("fr.health.samuA"),
            client("fr.fire.sdis", writesAs=["partage-affaire"], readsAs=["fr.health.fire"]),
            client("local.test", actsFor=["fr.health.samuA", "fr.health.test.x"]),
        ],
        "vhosts": [{"name": "15-15_v2.0", "model": "2.0.0"}, {"name": "gps", "model": "1.0"}],
    } | changed


@pytest.fixture
def certs(tmp_path: Path) -> Path:
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "passphrase.txt").write_text("secret words\n")
    return folder


@pytest.mark.parametrize(
    ("bound", "reached"),
    [
        ("127.0.0.1", {"localhost", "127.0.0.1"}),
        ("0.0.0.0", {"localhost", "127.0.0.1"}),
        ("::1", {"localhost", "::1"}),
        ("192.0.2.7", {"192.0.2.7"}),
        ("hub.example", {"hub.example"}),
    ],
)
def test_the_host_to_reach_a_listener_by(certs: Path, bound: str, reached: set[str]) -> None:
    facts = HubFacts.of(description(certs, amqps={"host": bound, "port": 1}))
    assert facts.host in reached


@pytest.mark.parametrize(
    ("http", "reached"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://0.0.0.0:1", "http://127.0.0.1:1"),
        ("http://[::]:1", "http://[::1]:1"),
    ],
)
def test_the_url_to_reach_the_control_api_by(certs: Path, http: str, reached: str) -> None:
    assert HubFacts.of(description(certs, http=http)).http == reached


@pytest.mark.parametrize(
    ("phase", "identity"), [("legacy", "legacy"), ("dual", "igc"), ("igc", "igc")]
)
def test_the_identity_follows_the_phase(certs: Path, phase: str, identity: str) -> None:
    assert HubFacts.of(description(certs, phase=phase)).identity == identity


@pytest.mark.parametrize(
    ("acting", "holder"),
    [
        ("fr.health.samuA", "fr.health.samuA"),
        ("fr.health.test.x", "local.test"),
        ("partage-affaire", "fr.fire.sdis"),
        ("fr.health.fire", "fr.fire.sdis"),
    ],
)
def test_whose_certificate_may_act_as_an_id(certs: Path, acting: str, holder: str) -> None:
    assert HubFacts.of(description(certs)).holder(acting) == holder


def test_an_unknown_client_gets_a_hint(certs: Path) -> None:
    facts = HubFacts.of(description(certs))
    with pytest.raises(InputError, match=r"did you mean fr\.health\.samuA"):
        facts.holder("fr.health.samua")


def test_the_environment_of_the_official_kits(certs: Path) -> None:
    facts = HubFacts.of(description(certs))
    variables = client_environment(facts, certs.parent, "fr.health.samuA", "15-15_v2.0")
    assert " ".join(variables) == NAMES
    own = str(certs / "clients/fr.health.samuA/igc")
    assert variables["CERTIFICATE_PATH"] == own + ".p12"
    assert (variables["HUBEMU_CERT"], variables["HUBEMU_KEY"]) == (own + ".crt", own + ".key")
    assert variables["TRUST_STORE_PATH"] == str(certs / "truststores/igc.jks")
    assert variables["KEY_PASSPHRASE"] == variables["LRM_PASSPHRASE"] == "secret words"
    assert variables["HUBEMU_AMQPS_URL"] == variables["HUB_URL"] + "/15-15_v2.0"
    assert json.loads(variables["VHOSTS"]) == {"15-15_v2.0": "2.0.0", "gps": "1.0"}


def test_the_client_map_lists_whom_each_own_id_may_write_to(certs: Path) -> None:
    facts = HubFacts.of(description(certs))
    variables = client_environment(facts, certs.parent, "local.test", "gps")
    assert json.loads(variables["CLIENT_MAP"]) == [
        ["fr.health.samuA", ["fr.fire.sdis", "fr.health.test.x"]],
        ["fr.health.test.x", ["fr.health.samuA", "fr.fire.sdis"]],
    ]


def test_nobody_who_prefers_xml_is_in_the_map_of_the_test_lrm(
    certs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUXT_PUBLIC_BACKEND_LRM_SERVER", raising=False)
    a, b, c = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
    fire = "fr.fire.nexsis.sdisZ"
    clients = [client(a), client(b, useXML=True), client(c), client("lrm", actsFor=[a, b, c, fire])]
    facts = HubFacts.of(description(certs, clients=clients))
    variables = client_environment(facts, certs.parent, "lrm", "gps")
    assert json.loads(variables["CLIENT_MAP"]) == [[a, [c, fire]], [c, [a, fire]]]
    assert variables["NUXT_PUBLIC_CLIENT_MAP"] == variables["CLIENT_MAP"]
    assert variables["NUXT_PUBLIC_VHOST_MAP"] == variables["VHOSTS"]
    assert variables["NUXT_PUBLIC_BACKEND_LRM_SERVER"] == "localhost:8081"


def test_an_unknown_vhost_names_those_there_are(certs: Path) -> None:
    facts = HubFacts.of(description(certs))
    with pytest.raises(InputError, match=r"did you mean 15-15_v2\.0\? use one of 15-15_v2\.0, gps"):
        client_environment(facts, certs.parent, "fr.health.samuA", "15-15_v9")


def test_a_hub_that_does_not_answer() -> None:
    with pytest.raises(StartError, match="does not answer"):
        ask_hub(ControlClient("http://127.0.0.1:1"))
