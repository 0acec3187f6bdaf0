"""How long one message costs: validation, reading, conversion, and getting the models ready.

    python benchmarks/validation.py [--check]

Prints microseconds for a full RS-EDA of release 2.0.0 against the targets, and with `--check` ends
with 1 if one is missed. Times are the best of several rounds: the machine's noise only adds.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from hubemu.messages import (
    Envelope,
    InvalidMessage,
    Release,
    builtin_releases,
    example_message,
    load_release,
)
from hubemu.messages.releases.examples import Extent

NOW = datetime(2026, 5, 15, 8, tzinfo=UTC)
TARGETS = {"validate JSON": 60.0, "parse XML": 300.0, "releases ready": 300_000.0}
"""Microseconds; `parse XML` is validation and conversion to JSON form."""
SIZE = 3_000
"""Bytes of the message aimed at."""


def microseconds(action: Callable[[], object], rounds: int = 7, number: int = 300) -> float:
    action()
    return min(timeit.repeat(action, repeat=rounds, number=number)) / number * 1e6


def message(release: Release) -> bytes:
    """The drawn RS-EDA whose size is nearest to `SIZE`."""
    extents: tuple[Extent, ...] = ("random", "full")
    drawn = (
        example_message("RS-EDA", release, seed=seed, extent=extent, now=NOW)
        for seed in range(40)
        for extent in extents
    )
    return min(drawn, key=lambda body: abs(len(body) - SIZE))


def steps(release: Release, body: bytes) -> dict[str, float]:
    envelope: Envelope = release.parse(body, "json")
    xml = release.write(envelope, "xml")
    bad = body.replace(b'"creation"', b'"creatoin"', 1)

    def refuse() -> None:
        with suppress(InvalidMessage):
            release.validate(bad, "json")

    return {
        "validate JSON": microseconds(lambda: release.validate(body, "json")),
        "parse JSON": microseconds(lambda: release.parse(body, "json")),
        "write JSON": microseconds(lambda: release.write(envelope, "json")),
        "write XML": microseconds(lambda: release.write(envelope, "xml")),
        "validate XML": microseconds(lambda: release.validate(xml, "xml")),
        "parse XML": microseconds(lambda: release.parse(xml, "xml")),
        "refuse JSON": microseconds(refuse, number=50),
    }


def ready(cache: Path) -> float:
    """Microseconds to load every built-in release in a process of its own, imports apart."""
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from hubemu.messages import load_release\n"
        "started = time.perf_counter()\n"
        f"for name in {builtin_releases()!r}: load_release(name, cache=Path(sys.argv[1]))\n"
        "print((time.perf_counter() - started) * 1e6)\n"
    )
    command = [sys.executable, "-c", code, str(cache)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    release = load_release("2.0.0")
    body = message(release)
    print(f"RS-EDA 2.0.0, {len(body)} bytes of JSON")
    figures = steps(release, body)
    with tempfile.TemporaryDirectory() as folder:
        figures["releases compiled"] = ready(Path(folder))
        figures["releases ready"] = min(ready(Path(folder)) for _ in range(3))
    for name, figure in figures.items():
        target = TARGETS.get(name)
        ratio = f"  {figure / target:5.2f} of the {target:,.0f} allowed" if target else ""
        print(f"{name:20}{figure:12,.1f} µs{ratio}")
    missed = [name for name, target in TARGETS.items() if figures[name] > target]
    return 1 if missed and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
