"""What a vendor's own software is seen to do at a step, each with its positive twin."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hubemu.pki import Pki
from hubemu.pki.stores import pem
from tests.rehearsal.conftest import CLIENT
from tests.support.commands import hubemu

PROGRAM = """\
import os, ssl, sys, time
import pika

def connect(verify=True, certificate=True, plain=False, vhost="15-15_v2.0", name="localhost"):
    context = ssl.create_default_context(cafile=os.environ["HUBEMU_CA"])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(os.environ["HUBEMU_CERT"], os.environ["HUBEMU_KEY"])
    login = pika.PlainCredentials("a", "b") if plain else pika.credentials.ExternalCredentials()
    host, port = os.environ["HUB_HOSTNAME"], int(os.environ["HUB_PORT"])
    return pika.BlockingConnection(pika.ConnectionParameters(
        host, port, vhost, login, ssl_options=pika.SSLOptions(context, name)))

def refused(**how):
    try:
        connect(**how).close()
    except Exception:
        return True
    return False
"""

KINDS = {
    "good": ("connect().close()", []),
    "verifies nothing": ("connect(verify=False).close()", []),
    "no certificate": ("refused(certificate=False)", ["C6"]),
    "plain": ("refused(plain=True)", ["C9"]),
    "no such vHost": ("refused(vhost='15-15_v9.9')", ["C10"]),
    "another's queue": (
        "try:\n    connect().channel().basic_get('fr.health.samuB.message')\n"
        "except pika.exceptions.ChannelClosedByBroker:\n    pass",
        ["C11"],
    ),
    "no back-off": ("[refused(certificate=False) for _ in range(8)]", ["P13", "C6"]),
    "expects another name": ("refused(name='elsewhere.example')", ["S6"]),
    "gives up": ("[refused(certificate=False) for _ in range(3)]", ["C6"]),
}
"""What software does at a step at which all is well, and what is told of it."""


def rehearsed(home: Path, tmp_path: Path, act: str, *words: str) -> list[list[str]]:
    """The codes of each step, while a program acts."""
    script = tmp_path / "software.py"
    script.write_text(PROGRAM + act + "\n")
    done = hubemu(
        "rehearse", "--home", str(home), "--client", CLIENT, "--json",
        "--exec", f"{sys.executable} -P {script}", *words,
    )  # fmt: skip
    assert done.code in (0, 1), done.err
    results = json.loads(done.out)["clients"][0]["results"]
    return [[one["code"] for one in result["findings"]] for result in results]


@pytest.mark.parametrize("kind", KINDS)
def test_what_software_does_is_named(home: Path, tmp_path: Path, kind: str) -> None:
    act, found = KINDS[kind]
    assert rehearsed(home, tmp_path, act, "--steps", "igc") == [found]


@pytest.mark.parametrize(
    ("act", "found"),
    [("connect(verify=False).close()", ["S1", "S18"]), ("refused()", ["S1"])],
    ids=["verifies nothing", "verifies"],
)
def test_software_that_verifies_nothing_is_s18(
    home: Path, pki: Pki, tmp_path: Path, act: str, found: list[str]
) -> None:
    """Where a careful client with the same store stays out, it gets in."""
    own = pki.client_files(CLIENT, "igc")
    trust = tmp_path / "old.pem"
    trust.write_bytes(pem(pki.chains["legacy"].certificates))
    told = rehearsed(
        home, tmp_path, act, "--steps", "igc", "--truststore", str(trust),
        "--client-cert", str(own.certificate), "--client-key", str(own.key),
    )  # fmt: skip
    assert [one for one in told[0] if one[0] == "S"] == found


MESSAGES = """\
channel = connect().channel()
channel.confirm_delivery()
channel.basic_qos(prefetch_count=1)
import datetime, json, uuid
def message(to, seconds):
    now = datetime.datetime.now().astimezone().replace(microsecond=0)
    one = "fr.health.samuA_" + str(uuid.uuid4())
    return {
        "distributionID": one, "senderID": "fr.health.samuA", "dateTimeSent": now.isoformat(),
        "dateTimeExpires": (now + datetime.timedelta(seconds=seconds)).isoformat(),
        "distributionStatus": "Actual", "distributionKind": "Report",
        "descriptor": {"language": "fr-FR", "explicitAddress": {
            "explicitAddressScheme": "hubex", "explicitAddressValue": to}},
        "content": [{"jsonContent": {"embeddedJsonContent": {"message": {"customContent": {}}}}}],
    }
def send(to, seconds):
    channel.basic_publish("hubsante", "fr.health.samuA", json.dumps(message(to, seconds)),
        pika.BasicProperties(content_type="application/json", delivery_mode=2))
def take(acknowledge):
    for method, _, body in channel.consume("fr.health.samuA.message", inactivity_timeout=10):
        if acknowledge:
            channel.basic_ack(method.delivery_tag)
        break
"""


IN_FLIGHT = [
    ("too late", "send('fr.health.samuB', -5); time.sleep(0.3)", ["P14"]),
    ("in time", "send('fr.health.samuB', 60); time.sleep(0.3)", []),
    ("taken", "send('fr.health.samuA', 60); take(True)", []),
    ("not acknowledged", "send('fr.health.samuA', 60); take(False); os._exit(0)", ["P14"]),
]


@pytest.mark.parametrize(("kind", "act", "found"), IN_FLIGHT, ids=[one[0] for one in IN_FLIGHT])
def test_messages_that_have_to_come_again_are_p14(
    home: Path, tmp_path: Path, kind: str, act: str, found: list[str]
) -> None:
    assert rehearsed(home, tmp_path, MESSAGES + act + "\n", "--steps", "igc") == [found]


@pytest.mark.parametrize(
    ("act", "found"),
    [
        ("send('fr.health.samuB', 60); time.sleep(0.3)", [[], ["P14"]]),
        ("send('fr.health.samuA', 60); take(True)", [[], []]),
    ],
    ids=["nobody takes it", "taken"],
)
def test_what_outlives_its_time_in_a_queue_is_p14(
    home: Path, tmp_path: Path, act: str, found: list[list[str]]
) -> None:
    """Its recipient is away for two days: it waits in the queue, until its time is over."""
    first = "if os.environ['HUBEMU_STEP'] != 'today':\n    sys.exit()\n" + MESSAGES
    assert rehearsed(home, tmp_path, first + act, "--migration", str(later(tmp_path))) == found


def test_software_whose_clock_stays_behind_the_hubs_is_s5(home: Path, tmp_path: Path) -> None:
    told = rehearsed(home, tmp_path, "refused()", "--migration", str(later(tmp_path)))
    assert told == [[], ["S5"]]


def later(tmp_path: Path) -> Path:
    """A migration whose second step is in two days."""
    file = tmp_path / "later.yaml"
    file.write_text(
        "title: {en: Later, fr: Plus tard}\nsteps:\n"
        "  - {name: today, shows: igc, trusts: [igc]}\n"
        "  - {name: later, shows: igc, trusts: [igc], "
        f"at: {datetime.now(UTC).date() + timedelta(days=2)}}}\n"
    )
    return file
