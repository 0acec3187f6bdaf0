"""AMQP clients of other languages: what each needs on a machine, and the command to run it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LANGUAGES", "ClientMissing", "Language", "java_classpath", "java_compiled"]

PROGRAMS = Path(__file__).resolve().parent.parent / "clients"
_QUICK_START = "-XX:TieredStopAtLevel=1"
_JARS = Path("/usr/share/java")
_CLIENT_JARS = ("amqp-client", "slf4j-api", "slf4j-nop")
_JUNIT = ("console", "commons", "engine", "launcher", "reporting")
_JUNIT_JARS = (
    *("junit-jupiter-api", "junit-jupiter-engine", *(f"junit-platform-{one}" for one in _JUNIT)),
    *("opentest4j", "apiguardian-api", "picocli", "univocity-parsers"),
)
_VERIFYING = "enableHostnameVerification"
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


def java_classpath(*, junit: bool = False) -> str:
    """Java's client: `CLASSPATH`, or Debian's librabbitmq-client-java, libslf4j-java and junit5."""
    _need("java", "javac")
    if given := os.environ.get("CLASSPATH"):
        return given
    names = (*_CLIENT_JARS, *(_JUNIT_JARS if junit else ()))
    jars = [_JARS / f"{name}.jar" for name in names]
    _need_files(*jars)
    return os.pathsep.join(map(str, jars))


def java_compiled(sources: Sequence[Path], folder: Path, classpath: str) -> None:
    """Compile programs into a folder; those of clients must be right, whatever is installed.

    Debian's client (5.0) cannot verify the name in a certificate: that line is left out for it.
    """
    api = subprocess.run(
        ["javap", "-cp", classpath, "com.rabbitmq.client.ConnectionFactory"],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    ).stdout
    files = []
    for source in sources:
        lines = source.read_text().splitlines(keepends=True)
        kept = [line for line in lines if _VERIFYING in api or _VERIFYING not in line]
        files.append(folder / source.name)
        files[-1].write_text("".join(kept))
    _compiled(["javac", "-cp", classpath, "-d", str(folder), *map(str, files)])


def _java(source: Path, folder: Path) -> list[str]:
    classpath = java_classpath()
    java_compiled([source], folder, classpath)
    return ["java", _QUICK_START, "-cp", f"{folder}{os.pathsep}{classpath}", source.stem]


def _go(source: Path, folder: Path) -> list[str]:
    _need("go")
    _need_files(_GO_PACKAGES / "src/github.com/rabbitmq/amqp091-go")
    program = folder / "hub_client"
    settings = {
        "GO111MODULE": "off", "GOPATH": str(_GO_PACKAGES), "GOCACHE": str(folder / "cache"),
    }  # fmt: skip
    _compiled(["go", "build", "-o", str(program), str(source)], settings)
    return [str(program)]


def _c(source: Path, folder: Path) -> list[str]:
    _need("cc")
    _need_files(Path("/usr/include/amqp_ssl_socket.h"))
    program = folder / "hub_client"
    _compiled(["cc", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source), "-lrabbitmq"])
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


def _run(command: list[str]) -> None:
    """Look for a library; what is said when it is not there."""
    done = _ended(command)
    if done.returncode:
        raise ClientMissing(f"{' '.join(command[:3])}: {(done.stdout + done.stderr)[-400:]}")


def _compiled(command: list[str], settings: dict[str, str] | None = None) -> None:
    """Compile; a program that cannot be is a failure, not something that is missing."""
    done = _ended(command, settings)
    assert done.returncode == 0, f"{' '.join(command[:3])}: {done.stdout}{done.stderr}"


def _ended(
    command: list[str], settings: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=os.environ | (settings or {}),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


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
