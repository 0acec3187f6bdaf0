"""The JDK's XSD validator as a process that answers, and messages to ask it about."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from typing import Any, Self

from lxml import etree

from hubemu.messages import Release, UnwritableMessage, example_tree
from hubemu.messages.releases.release import ReleaseFiles
from hubemu.messages.schemas.layout import BARE_XSD, ENVELOPE_XSD, FULL_XSD

__all__ = ["SCHEMAS", "XercesOracle", "originals"]

SCHEMAS = (FULL_XSD, BARE_XSD, ENVELOPE_XSD)
_SOURCE = Path(__file__).parent / "java" / "XercesOracle.java"


class XercesOracle:
    """One JVM for many questions; `java` is its command."""

    def __init__(self, java: str = "java") -> None:
        command = [java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", str(_SOURCE)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._process.communicate()

    def ask(self, schema: Path, body: bytes) -> list[str]:
        """What it says against a document, in its order; what is fatal begins with `FATAL`."""
        sent, received = self._process.stdin, self._process.stdout
        if sent is None or received is None:
            raise RuntimeError("not started with pipes")
        for part in (str(schema).encode(), body):
            sent.write(struct.pack(">i", len(part)) + part)
        sent.flush()
        return [self._text(received) for _ in range(self._number(received))]

    def _text(self, received: Any) -> str:
        read: bytes = received.read(self._number(received))
        return read.decode()

    def _number(self, received: Any) -> int:
        return int(struct.unpack(">i", received.read(4))[0])


def originals(files: ReleaseFiles) -> list[etree._Element]:
    """Valid messages of every type of a release, from bare ones to full ones."""
    release = Release(files, frozenset())
    found = []
    for name in release.types:
        for seed in range(2):
            for extent in ("minimal", "random", "full"):
                try:
                    tree = example_tree(name, release, seed=seed, extent=extent)
                    found.append(etree.fromstring(release.write_tree(tree, "xml")))
                except UnwritableMessage:
                    continue
    return found
