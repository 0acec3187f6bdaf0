"""What a vendor's own software is seen to do at a step, each with its positive twin."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hubemu.pki import Pki
from hubemu.pki.stores import pem
from tests.rehearsal.conftest import CLIENT
from tests.support.commands import hubemu

PROGRAM = """\
import os, ssl, sys, time
import pika

def connect(verify=True, certificate=True, plain=False):
    context = ssl.create_default_context(cafile=os.environ["HUBEMU_CA"])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(os.environ["HUBEMU_CERT"], os.environ["HUBEMU_KEY"])
    login = pika.PlainCredentials("a", "b") if plain else pika.credentials.ExternalCredentials()
    host, port = os.environ["HUB_HOSTNAME"], int(os.environ["HUB_PORT"])
    return pika.BlockingConnection(pika.ConnectionParameters(
        host, port, "15-15_v2.0", login, ssl_options=pika.SSLOptions(context, "localhost")))

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
    "no back-off": ("[refused(certificate=False) for _ in range(8)]", ["P13", "C6"]),
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


LATE = """\
channel = connect().channel()
channel.basic_qos(prefetch_count=1)
import datetime, uuid
def message(seconds):
    now = datetime.datetime.now().astimezone().replace(microsecond=0)
    one = "fr.health.samuA_" + str(uuid.uuid4())
    return {
        "distributionID": one, "senderID": "fr.health.samuA", "dateTimeSent": now.isoformat(),
        "dateTimeExpires": (now + datetime.timedelta(seconds=seconds)).isoformat(),
        "distributionStatus": "Actual", "distributionKind": "Report",
        "descriptor": {"language": "fr-FR", "explicitAddress": {
            "explicitAddressScheme": "hubex", "explicitAddressValue": "fr.health.samuB"}},
        "content": [{"jsonContent": {"embeddedJsonContent": {"message": {"customContent": {}}}}}],
    }
"""


@pytest.mark.parametrize(("seconds", "found"), [(-5, ["P14"]), (60, [])], ids=["late", "in time"])
def test_a_message_that_outlived_its_time_is_p14(
    home: Path, tmp_path: Path, seconds: int, found: list[str]
) -> None:
    act = LATE + (
        "import json\n"
        "channel.confirm_delivery()\n"
        f"channel.basic_publish('hubsante', 'fr.health.samuA', json.dumps(message({seconds})),\n"
        "    pika.BasicProperties(content_type='application/json', delivery_mode=2))\n"
        "time.sleep(0.3)\n"
    )
    assert rehearsed(home, tmp_path, act, "--steps", "igc") == [found]
