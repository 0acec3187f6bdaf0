"""The authorities that the Hub names to its clients, as openssl reads them off the wire."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hubemu.interpreter import TRIED
from hubemu.pki import Pki
from hubemu.settings import Phase
from tests.conftest import missing
from tests.pki.conftest import handshake

NAMED = {
    Phase.LEGACY: ["Hub Sant"],
    Phase.DUAL: ["Hub Sant", "AC IGC-SANTE ELEMENTAIRE", "AC RACINE IGC-SANTE"],
    Phase.IGC: ["AC IGC-SANTE ELEMENTAIRE", "AC RACINE IGC-SANTE"],
}
another_python = pytest.mark.parametrize(
    "version", [(3, 10), (3, 14), (4, 0)], ids=lambda version: f"{version[0]}.{version[1]}"
)


@pytest.fixture(scope="module")
def openssl() -> str:
    found = shutil.which("openssl")
    return found or missing("openssl", "no openssl command")


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[int]:
    """The port of a server of one handshake, however that ends."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError), context.wrap_socket(connection, server_side=True):
            pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)


def authorities(openssl: str, context: ssl.SSLContext, version: str) -> list[str]:
    """The names under openssl's heading, in the order sent."""
    with serving(context) as port:
        command = [openssl, "s_client", "-connect", f"127.0.0.1:{port}", version]
        told = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        ).stdout.decode()
    if "No client certificate CA names sent" in told:
        return []
    listed = re.search(
        r"^Acceptable client certificate CA names\n(.*?)^(?=Requested|Client)", told, re.M | re.S
    )
    assert listed, told
    return listed[1].splitlines()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("phase", NAMED)
def test_openssl_is_told_the_authorities_of_the_phase(
    pki: Pki, openssl: str, phase: Phase, version: str
) -> None:
    named = authorities(openssl, pki.server_context(phase), version)
    assert len(named) == len(NAMED[phase])
    for part in NAMED[phase]:
        assert any(part in one for one in named), named


@another_python
def test_a_python_not_tried_names_none_and_judges_as_ever(
    pki: Pki,
    openssl: str,
    other_home: Pki,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int],
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    server = pki.server_context(Phase.IGC)
    good = pki.client_context("fr.health.samuA", "igc", Phase.IGC)
    bad = other_home.client_context("fr.health.samuA", "igc", Phase.IGC)
    bad.check_hostname, bad.verify_mode = False, ssl.CERT_NONE
    accepted = handshake(server, good).accepted
    refused = handshake(server, bad).server_error
    monkeypatch.undo()
    assert accepted
    assert refused is not None
    assert authorities(openssl, server, "-tls1_3") == []


def test_this_python_is_one_that_was_tried() -> None:
    """Who adds a version to CI adds it there, once these tests hold on it."""
    assert sys.version_info[:2] in TRIED


def test_what_was_tried_is_what_is_announced() -> None:
    pyproject = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    announced = re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', pyproject)
    assert [(3, int(minor)) for minor in announced] == list(TRIED)
