"""The command, and its reports: JSON, JUnit, HTML."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hubemu.pki import Pki
from tests.rehearsal.conftest import CLIENT
from tests.support.commands import hubemu_here

COLUMNS = ["connects", "logsIn", "publishes", "consumes", "survives", "reconnects"]


def hubemu(home: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hubemu", "rehearse", "--home", str(home), *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "HUBEMU_HOME"}
    return subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=250, check=False,
        env=environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def reports(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a rehearsal with a client that is lost writes."""
    folder = tmp_path_factory.mktemp("reports")
    html, junit = folder / "report.html", folder / "report.xml"
    done = hubemu(
        home, "--client", CLIENT, "--identity", "legacy", "--json",
        "--html", str(html), "--junit", str(junit),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    return {"json": done.stdout, "html": html.read_text("utf-8"), "junit": junit.read_text("utf-8")}


def test_json_is_what_the_interface_says(reports: dict[str, str]) -> None:
    told = json.loads(reports["json"])
    assert {"environment", "engine", "at", "steps", "clients", "lost"} == set(told)
    assert (told["environment"], told["engine"]) == ("bac-a-sable", "embedded")
    assert told["steps"] == ["legacy", "dual", "igc"]
    assert told["lost"] == [CLIENT]
    (client,) = told["clients"]
    assert client["client"] == CLIENT
    assert set(client["certificate"]) == {"subject", "issuer", "notAfter"}
    for result in client["results"]:
        assert list(result) == ["step", *COLUMNS, "findings"]
        for finding in result["findings"]:
            assert {"code", "text", "seenByTheHub", "clientPrints", "mend"} <= set(finding)
            prints = {"openssl", "java", "node", "dotnet", "erlang"}
            assert prints <= set(finding["clientPrints"])
    assert client["results"][0]["survives"] is None
    (dual, *_) = client["results"][1]["findings"]
    assert dual["code"] == "S1"
    assert "PKIX" in dual["clientPrints"]["java"]
    assert "does not trust" in dual["seenByTheHub"]


def test_junit_tells_the_whole_story_in_the_body(reports: dict[str, str]) -> None:
    root = ElementTree.fromstring(reports["junit"])
    cases = root.findall(".//testcase")
    assert [case.get("name") for case in cases] == ["legacy", "dual", "igc"]
    failures = root.findall(".//failure")
    assert [one.get("type") for one in failures] == ["S1", "S1, C1"]
    body = failures[1].text or ""
    for part in ("S1", "C1", "the Hub saw:", "java prints:", "mend:", "keytool -importcert"):
        assert part in body
    assert (root.get("tests"), root.get("failures")) == ("3", "2")


class _Links(HTMLParser):
    """What a page asks for, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.wanted: list[str] = []
        self.anchors: set[str] = set()
        self.languages: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "action", "srcset"):
                self.wanted.append(value or "")
            if name == "id":
                self.anchors.add(f"#{value}")
            if name == "lang":
                self.languages.add(value or "")


def test_html_asks_nothing_of_the_network_and_speaks_both_languages(
    reports: dict[str, str],
) -> None:
    page = _Links()
    page.feed(reports["html"])
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert page.wanted
    assert set(page.wanted) <= page.anchors
    assert page.languages == {"en", "fr"}
    assert not re.search(r"@import|url\(", reports["html"])
    assert "@media print" in reports["html"]
    for part in ("Ajouter la racine", "Add the root", "keytool", "PKIX", "does not trust"):
        assert part in reports["html"]
    assert reports["html"].count('<span lang="fr">') == reports["html"].count('<span lang="en">')


def test_html_escapes_what_comes_from_certificates(home: Path, pki: Pki, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate, write_issued

    order = IssueOrder(common_name="<script>alert(1)</script>", profile="nobody")
    made = write_issued(issue_certificate(pki, order, datetime.now(UTC)), tmp_path, "word")
    html, junit = tmp_path / "r.html", tmp_path / "r.xml"
    done = hubemu(
        home, "--client-cert", str(made.certificate), "--client-key", str(made.key),
        "--steps", "igc", "--html", str(html), "--junit", str(junit),
    )  # fmt: skip
    assert done.returncode == 1
    assert "C7" in done.stdout
    assert "<script" not in html.read_text("utf-8")
    ElementTree.parse(junit)


def test_the_table_names_what_is_lost(home: Path) -> None:
    done = hubemu(home, "--client", CLIENT, "--identity", "legacy", "--steps", "igc")
    assert done.returncode == 1
    assert "S1   The client does not trust the authority of the Hub's certificate" in done.stdout
    assert f"without access after igc: {CLIENT}" in done.stdout


def test_the_vendors_own_command_runs_at_each_step(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = (
        "import os, ssl, socket, sys\n"
        "c = ssl.create_default_context(cafile=os.environ['HUBEMU_CA'])\n"
        "c.load_cert_chain(os.environ['HUBEMU_CERT'], os.environ['HUBEMU_KEY'])\n"
        "c.maximum_version = ssl.TLSVersion.TLSv1_2\n"
        f"open({str(log)!r}, 'a').write(os.environ['HUBEMU_STEP'] + ' ')\n"
        "s = socket.create_connection((os.environ['HUB_HOSTNAME'], int(os.environ['HUB_PORT'])))\n"
        "try: c.wrap_socket(s, server_hostname='localhost')\n"
        "except ssl.SSLError: sys.exit(7)\n"
    )
    script = tmp_path / "client.py"
    script.write_text(program)
    done = hubemu(
        home, "--client", CLIENT, "--identity", "legacy", "--json",
        "--exec", f"{sys.executable} {script}",
    )  # fmt: skip
    results = json.loads(done.stdout)["clients"][0]["results"]
    assert [one["exec"] for one in results] == [0, 7, 7]
    assert log.read_text() == "legacy dual igc "


def test_a_step_is_held_until_enter(home: Path) -> None:
    done = hubemu(home, "--client", CLIENT, "--steps", "dual,igc", "--hold", "enter", text="\n\n")
    assert done.returncode == 0
    assert done.stderr.count("press Enter") == 2
    assert "step igc: connect your software to amqps://" in done.stderr


WRONG = [
    (["--steps", "legacy,nowhere"], "nowhere"),
    (["--client", "fr.health.samuX"], "fr.health.samuX"),
    (["--client-cert", "/nowhere.pem", "--client-key", "/nowhere.key"], "/nowhere.pem"),
    (["--client-cert", "x"], "--client-key"),
    (["--truststore", "/nowhere.pem"], "/nowhere.pem"),
    (["--migration", "nowhere"], "nowhere"),
    (["--hold", "long"], "--hold"),
    (["--at", "soon"], "--at"),
    (["--html", "/nowhere/r.html"], "--html"),
    (["--vhost", "15-15"], "--vhost"),
    (["--engine", "rabbitmq", "--rabbitmq", "amqps://x"], "--rabbitmq"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=[one[1] for one in WRONG])
def test_what_cannot_be_used_is_one_line_and_2(home: Path, arguments: list[str], said: str) -> None:
    done = hubemu_here("rehearse", *arguments, home=home)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_the_home_is_left_as_it_was(home: Path) -> None:
    before = sorted(str(path) for path in home.rglob("*"))
    hubemu(home, "--client", CLIENT, "--migration", "new-root")
    assert sorted(str(path) for path in home.rglob("*")) == before
