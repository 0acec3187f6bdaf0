"""Jackson and the JDK's parser, asked what they make of a body (`Reader.java`)."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

__all__ = ["Answer", "Jackson", "jackson", "why_without_jackson"]

_PROGRAM = Path(__file__).with_name("Reader.java")
_JARS = Path("/usr/share/java")
_NEEDED = (
    "jackson-core",
    "jackson-databind",
    "jackson-annotations",
    "jackson-dataformat-xml",
    "woodstox-core",
    "stax2-api",
)
_PACKAGES = "libjackson2-databind-java libjackson2-dataformat-xml-java libwoodstox-java"
_HEAD = struct.Struct(">ci")


class Answer(NamedTuple):
    """What was read: `V` and the text of it, `M` if nothing was there, `E` and the refusal."""

    outcome: str
    text: bytes


def why_without_jackson() -> str:
    """Why Jackson cannot be asked here; empty if it can."""
    if not (shutil.which("java") and shutil.which("javac")):
        return "needs a JDK"
    if any(not (_JARS / f"{name}.jar").exists() for name in _NEEDED):
        return f"needs Jackson (Debian: apt-get install {_PACKAGES})"
    return ""


class Jackson:
    """A Java process that reads bodies."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, wanted: str, body: bytes) -> Answer:
        """What it makes of one body; the letters are told in `Reader.java`."""
        return self.ask_all([(wanted, body)])[0]

    def ask_all(self, wishes: Sequence[tuple[str, bytes]]) -> list[Answer]:
        """The same for several at once, which must fit into a pipe with their answers."""
        assert self._process.stdin
        asked = b"".join(_HEAD.pack(wanted.encode(), len(body)) + body for wanted, body in wishes)
        self._process.stdin.write(asked)
        self._process.stdin.flush()
        return [self._answer() for _ in wishes]

    def _answer(self) -> Answer:
        assert self._process.stdout
        outcome, size = cast(tuple[bytes, int], _HEAD.unpack(self._process.stdout.read(_HEAD.size)))
        return Answer(outcome.decode(), self._process.stdout.read(size))


@contextmanager
def jackson(folder: Path) -> Iterator[Jackson]:
    """The process, compiled into `folder`."""
    path = ":".join(str(_JARS / f"{name}.jar") for name in _NEEDED)
    subprocess.run(
        ["javac", "-cp", path, "-d", str(folder), str(_PROGRAM)], check=True, timeout=120
    )
    command = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss16m"]
    with subprocess.Popen(
        [*command, "-cp", f"{path}:{folder}", "Reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield Jackson(process)
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait(30)
