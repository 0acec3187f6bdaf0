"""AMQP clients of other languages: what each needs on a machine, and the command to run it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LANGUAGES", "ClientMissing", "Language", "java_classpath"]

PROGRAMS = Path(__file__).resolve().parent.parent / "clients"
_QUICK_START = "-XX:TieredStopAtLevel=1"
_JARS = Path("/usr/share/java")
_GO_PACKAGES = Path("/usr/share/gocode")
_ERLANG_LIBRARIES = Path("/usr/lib/rabbitmq/lib")


class ClientMissing(Exception):
    """A compiler or library is not on this machine; the text says which."""


@dataclass(frozen=True, slots=True)
class Language:
    """A client library; `compile` makes of a program, in a scratch folder, the command to run.

    `obeys_tls_version`: TLS can be held to 1.2. `filters`: it sends no certificate at all when the
    Hub does not name its authority. `vhost_refusal`: its words for a vHost that is not there.
    `verifies_late`: it looks at the Hub's certificate only after the handshake.
    """

    name: str
    source: str
    compile: Callable[[Path, Path], list[str]]
    vhost_refusal: str = "NOT_ALLOWED - vhost nowhere not found"
    obeys_tls_version: bool = True
    filters: bool = False
    verifies_late: bool = False

    def build(self, folder: Path) -> list[str]:
        """The command of its program among the tests."""
        return self.compile(PROGRAMS / self.source, folder)


def java_classpath() -> str:
    """Java's client: `CLASSPATH`, or Debian's librabbitmq-client-java and libslf4j-java."""
    _need("java", "javac")
    if given := os.environ.get("CLASSPATH"):
        return given
    jars = [_JARS / name for name in ("amqp-client.jar", "slf4j-api.jar", "slf4j-nop.jar")]
    _need_files(*jars)
    return os.pathsep.join(map(str, jars))


def _java(source: Path, folder: Path) -> list[str]:
    classpath = java_classpath()
    _run(["javac", "-cp", classpath, "-d", str(folder), str(source)])
    return ["java", _QUICK_START, "-cp", f"{folder}{os.pathsep}{classpath}", source.stem]


def _go(source: Path, folder: Path) -> list[str]:
    _need("go")
    _need_files(_GO_PACKAGES / "src/github.com/rabbitmq/amqp091-go")
    program = folder / "hub_client"
    settings = {
        "GO111MODULE": "off", "GOPATH": str(_GO_PACKAGES), "GOCACHE": str(folder / "cache"),
    }  # fmt: skip
    _run(["go", "build", "-o", str(program), str(source)], settings)
    return [str(program)]


def _c(source: Path, folder: Path) -> list[str]:
    _need("cc")
    _need_files(Path("/usr/include/amqp_ssl_socket.h"))
    program = folder / "hub_client"
    _run(["cc", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source), "-lrabbitmq"])
    return [str(program)]


def _erlang(source: Path, folder: Path) -> list[str]:
    _need("escript")
    plugins = next(_ERLANG_LIBRARIES.glob("*/plugins"), None)
    if plugins is None:
        raise ClientMissing(f"no Erlang client below {_ERLANG_LIBRARIES}")
    return ["env", f"ERL_LIBS={plugins}", f"HOME={folder}", "escript", str(source)]


def _interpreted(program: str, *probe: str) -> Callable[[Path, Path], list[str]]:
    def command(source: Path, _: Path) -> list[str]:
        _need(program)
        _run([program, *probe])
        return [program, str(source)]

    return command


def _need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            raise ClientMissing(f"no {program} on this machine")


def _need_files(*files: Path) -> None:
    for file in files:
        if not file.exists():
            raise ClientMissing(f"no {file} on this machine")


def _run(command: list[str], settings: dict[str, str] | None = None) -> None:
    """Compile, or look for a library; its words when that fails."""
    done = subprocess.run(
        command,
        env=os.environ | (settings or {}),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if done.returncode:
        raise ClientMissing(f"{' '.join(command[:3])}: {(done.stdout + done.stderr)[-400:]}")


LANGUAGES = (
    Language("java", "java/HubClient.java", _java, filters=True),
    Language("go", "go/hub_client.go", _go, filters=True, vhost_refusal="no access to this vhost"),
    Language("c", "c/hub_client.c", _c, obeys_tls_version=False, verifies_late=True),
    Language("ruby", "ruby/hub_client.rb", _interpreted("ruby", "-e", "require 'bunny'")),
    Language(
        "php",
        "php/hub_client.php",
        _interpreted("php", "-r", "require 'PhpAmqpLib/autoload.php';"),
    ),
    Language(
        "perl",
        "perl/hub_client.pl",
        _interpreted("perl", "-MMojo::RabbitMQ::Client", "-MIO::Socket::SSL", "-e1"),
        vhost_refusal="disconnected",
        obeys_tls_version=False,
    ),
    Language("erlang", "erlang/hub_client.escript", _erlang, vhost_refusal="not_allowed"),
)
