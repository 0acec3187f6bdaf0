"""Our own clients against every bad certificate: what each prints is explained with its code.

OpenSSL, Python, Node, Java, Ruby, Go, PHP, curl and Erlang meet the same servers, and a Hub meets
their certificates. What is not installed is skipped.
Each program runs once for all. Where words do not tell two causes apart, both must be among what
is explained, the likelier first. What versions differ in is said where it is expected.
"""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubemu.explain import explain
from hubemu.pki import Pki, open_pki
from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate, write_issued
from hubemu.pki.stores import pem
from tests.support.live import LiveHub, live_hub

PROGRAMS = Path(__file__).with_name("programs")
CLIENT = "fr.health.samuA"
ACCEPTED = "accepted"


@dataclass(frozen=True)
class Case:
    """One connection: the port, whom the client trusts, what it shows (`-`: nothing)."""

    name: str
    port: int
    ca: Path
    certificate: str = "-"
    key: str = "-"

    @property
    def line(self) -> str:
        return "\t".join((self.name, str(self.port), str(self.ca), self.certificate, self.key))


def openssl(cases: list[Case]) -> dict[str, str]:
    found = {}
    for case in cases:
        own = () if case.certificate == "-" else ("-cert", case.certificate, "-key", case.key)
        command = ("openssl", "s_client", "-connect", f"127.0.0.1:{case.port}", "-tls1_2",
                   "-CAfile", str(case.ca), "-verify_return_error", "-verify_hostname",
                   "localhost", "-servername", "localhost", *own)  # fmt: skip
        if case.certificate != "-" and Path(case.certificate).read_text().count("BEGIN CERT") > 1:
            command += ("-cert_chain", case.certificate)
        done = subprocess.run(
            command, input="", capture_output=True, text=True, timeout=60, check=False
        )
        refused = done.returncode or "alert" in done.stderr
        found[case.name] = done.stderr if refused else ACCEPTED
    return found


def python(cases: list[Case]) -> dict[str, str]:
    return {case.name: _python(case) for case in cases}


def _python(case: Case) -> str:
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(case.ca)
        if case.certificate != "-":
            context.load_cert_chain(case.certificate, case.key)
        with (
            socket.create_connection(("127.0.0.1", case.port), timeout=10) as end,
            context.wrap_socket(end, server_hostname="localhost"),
        ):
            return ACCEPTED
    except OSError as error:
        return f"{type(error).__name__}: {error}"


def curl(cases: list[Case]) -> dict[str, str]:
    return {case.name: _curl(case) for case in cases}


def _curl(case: Case) -> str:
    """TLS comes about before curl waits for an answer in HTTP, which never comes."""
    own = () if case.certificate == "-" else ("--cert", case.certificate, "--key", case.key)
    command = ("curl", "-sSv", "--max-time", "10", "--tls-max", "1.2", "--cacert", str(case.ca),
               "--noproxy", "*", *own, f"https://localhost:{case.port}/")  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    met = done.returncode in _AFTER_TLS and "SSL connection using" in done.stderr
    return ACCEPTED if met else done.stderr


_AFTER_TLS = (0, 1, 28, 52, 56)
"""curl's exit codes when TLS came about and no HTTP followed."""


def _program(*command: str) -> Callable[[list[Case]], dict[str, str]]:
    def run(cases: list[Case]) -> dict[str, str]:
        text = "".join(f"{case.line}\n" for case in cases)
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=110, check=False
        )
        rows = (line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
        found = {name: words.replace(" | ", "\n") for name, words in rows}
        assert len(found) == len(cases), done.stderr + done.stdout
        return found

    return run


JAVA = ("java", "-Duser.language=en", "-XX:TieredStopAtLevel=1")
STACKS: dict[str, tuple[str, Callable[[list[Case]], dict[str, str]]]] = {
    "openssl": ("openssl", openssl),
    "python": (sys.executable, python),
    "node": ("node", _program("node", str(PROGRAMS / "probe.js"))),
    "java": ("javac", _program(*JAVA, str(PROGRAMS / "Probe.java"))),
    "ruby": ("ruby", _program("ruby", str(PROGRAMS / "probe.rb"))),
    "go": ("go", _program("go", "run", str(PROGRAMS / "probe.go"))),
    "php": ("php", _program("php", str(PROGRAMS / "probe.php"))),
    "curl": ("curl", curl),
    "erlang": ("escript", _program("escript", str(PROGRAMS / "probe.escript"))),
}


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[int]:
    """A server that shakes hands with whoever comes, or answers in plain AMQP; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                end, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=_meet, args=(end, context), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def _meet(end: socket.socket, context: ssl.SSLContext | None) -> None:
    with end:
        end.settimeout(10)
        try:
            if context is None:
                end.sendall(b"AMQP\x00\x00\x09\x01")
                end.recv(1024)
                return
            with context.wrap_socket(end, server_side=True) as tls:
                tls.recv(1)
        except OSError:
            pass  # the client's words are what is looked at


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    with live_hub(tmp_path_factory.mktemp("matrix") / "home") as live:
        yield live


@pytest.fixture(scope="module")
def pki(hub: LiveHub) -> Pki:
    return open_pki(hub.certs)


def _context(pki: Pki, profile: str, folder: Path) -> ssl.SSLContext:
    order = IssueOrder(common_name="localhost", profile=profile)
    files = write_issued(issue_certificate(pki, order, datetime.now(UTC)), folder / profile, "word")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(files.certificate, files.key)
    return context


SERVERS = {
    "good": ("server", "root"), "S1": ("server", "legacy"), "S2": ("missing-intermediate", "root"),
    "S3": ("server", "intermediate"), "S4": ("expired", "root"), "S5": ("not-yet-valid", "root"),
    "S6": ("wrong-host", "root"), "S8": ("client-only", "root"), "S9": ("self-signed", "root"),
    "S11": ("sha1", "root"), "S12": ("rsa1024", "root"), "S13": ("old", "root"),
    "S14": ("plain", "root"),
}  # fmt: skip


@pytest.fixture(scope="module")
def servers(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Case]]:
    """A server for every S that a certificate or a port can provoke."""
    folder = tmp_path_factory.mktemp("servers")
    root, intermediate = pki.chains[pki.igc_chain].certificates
    trust = {"root": [root], "intermediate": [intermediate],
             "legacy": list(pki.chains["legacy"].certificates)}  # fmt: skip
    for name, certificates in trust.items():
        (folder / f"{name}.pem").write_bytes(pem(certificates))
    contexts: dict[str, ssl.SSLContext | None] = {"plain": None}
    with ExitStack() as stack:
        cases = []
        for name, (profile, trusted) in SERVERS.items():
            if profile == "old":
                context = _context(pki, "server", folder)
                context.minimum_version = ssl.TLSVersion.TLSv1_3
                contexts[profile] = context
            elif profile not in contexts:
                contexts[profile] = _context(pki, profile, folder)
            port = stack.enter_context(serving(contexts[profile]))
            cases.append(Case(name, port, folder / f"{trusted}.pem"))
        yield cases


def said(stack: str, cases: list[Case]) -> dict[str, str]:
    """What a stack prints for each case; the test is skipped where it is not installed."""
    tool, run = STACKS[stack]
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} on this machine")
    return run(cases)


FIRST_OF_SERVERS: dict[str, dict[str, str]] = {
    "openssl": {"S2": "S1"},
    "python": {"S2": "S1"},
    "node": {"S12": ACCEPTED},
    "java": {"S2": "S1", "S3": ACCEPTED, "S9": "S1", "S11": ACCEPTED, "S12": ACCEPTED},
    "ruby": {"S2": "S1"},
    "go": {"S2": "S1", "S3": ACCEPTED, "S9": "S1", "S12": ACCEPTED},
    "php": dict.fromkeys(("S2", "S3", "S4", "S5", "S8", "S9", "S11", "S12"), "S1"),
    "curl": {"S2": "S1", "S3": ACCEPTED},
    "erlang": {"S2": "S1", "S3": "S1", "S5": "S4", "S11": ACCEPTED, "S12": ACCEPTED},
}
"""Where it is another code than the case's own: words that two causes share, or no refusal.

PHP says of every certificate that it refuses the same words, but of a name. As OpenSSL 3.0, Python
3.11, Node 20, Java 17, Ruby 3.1, Go 1.19, PHP 8.2, curl 7.88 and OTP 25 are; see `_newer`.
"""


def _newer(stack: str, name: str) -> bool:
    """Whether a version here may do otherwise: newer ones refuse what these took (S11, S12), or
    say it in other words."""
    if stack == "erlang":
        release = "io:put_chars(erlang:system_info(otp_release)),halt()."
        return _version("erl", "-noshell", "-eval", release) > (25,)
    if stack == "java":
        return name in ("S11", "S12") and _version("java", "--version") >= (18,)
    if stack == "curl":
        return _version("curl", "--version") >= (8,)
    if stack == "go":
        return name in ("S11", "S12") and _version("go", "version") >= (1, 20)
    if stack == "node":
        return name in ("S11", "S12") and _version("node", "--version") >= (21,)
    return False


def _version(*command: str) -> tuple[int, ...]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = re.search(r"\d+(\.\d+)?", done.stdout)
    return tuple(map(int, found[0].split("."))) if found else (0,)


@pytest.mark.parametrize("stack", STACKS)
def test_what_a_client_says_of_a_bad_server_is_explained(stack: str, servers: list[Case]) -> None:
    found = said(stack, servers)
    assert found.pop("good") == ACCEPTED
    wrong = {}
    for name, words in found.items():
        if _newer(stack, name):
            continue
        first = FIRST_OF_SERVERS[stack].get(name, name)
        codes = [ACCEPTED] if words == ACCEPTED else [one.code for one in explain(words)]
        if codes[:1] != [first] or (first != ACCEPTED and name not in codes):
            wrong[name] = (codes, words)
    assert wrong == {}


CLIENTS = {
    "good": "client", "C1": "unknown-authority", "C3": "expired", "C4": "server-only",
    "C5": "self-signed", "C6": "-",
}  # fmt: skip


@pytest.fixture(scope="module")
def clients(hub: LiveHub, pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Bad certificates to show to a Hub."""
    folder = tmp_path_factory.mktemp("clients")
    ca = hub.certs / "truststores" / "igc.pem"
    name = next(cn for cn, client in pki.holders.items() if client == CLIENT and cn != CLIENT)
    cases = []
    for code, profile in CLIENTS.items():
        if profile == "-":
            cases.append(Case(code, hub.port, ca))
            continue
        issued = issue_certificate(
            pki, IssueOrder(common_name=name, profile=profile), datetime.now(UTC)
        )
        files = write_issued(issued, folder / profile, "word")
        cases.append(Case(code, hub.port, ca, str(files.certificate), str(files.key)))
    return cases


FIRST_OF_CLIENTS: dict[str, dict[str, str]] = {
    "openssl": {"C4": "C6"},
    "python": {"C4": "C6"},
    "node": {"C4": "C6"},
    "java": {"C1": "C6", "C4": "C6", "C5": "C6"},
    "ruby": {"C4": "C6"},
    "go": {"C1": "C6", "C4": "C6", "C5": "C6"},
    "php": {"C4": "C6"},
    "curl": {"C4": "C6"},
    "erlang": {"C4": "C6"},
}
"""Alert 40 says no more than that the handshake failed; Java and Go send no certificate of a
stranger."""


@pytest.mark.parametrize("stack", STACKS)
def test_what_a_client_says_of_its_own_refusal_is_explained(
    stack: str, clients: list[Case]
) -> None:
    found = said(stack, clients)
    assert found.pop("good") == ACCEPTED
    wrong = {}
    for name, words in found.items():
        first = FIRST_OF_CLIENTS[stack].get(name, name)
        codes = [one.code for one in explain(words)] if words != ACCEPTED else [ACCEPTED]
        if codes[:1] != [first] or name not in codes:
            wrong[name] = (codes, words)
    assert wrong == {}
