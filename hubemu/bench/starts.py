"""How long commands take from nothing to their end, and a Hub until it is ready."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubemu.bench.consumption import processor_seconds
from hubemu.errors import StartError
from hubemu.messages import example_message

__all__ = ["measure_starts"]

_HUBEMU = (sys.executable, "-P", "-m", "hubemu")
_NOTHING = (sys.executable, "-S", "-E", "-c", "")
"""A command that does nothing, on every system."""


@dataclass(frozen=True, slots=True)
class _Start:
    """`processor` is the time of a processor in seconds, where the system tells it."""

    seconds: float
    processor: float | None


def measure_starts(rounds: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """What `hubemu bench --starts` tells of each: medians of so many rounds.

    The first time is that of a user who has no caches yet.

    Raises:
        StartError: one fails.
    """
    with tempfile.TemporaryDirectory(prefix="hubemu-bench-") as name:
        folder = Path(name)
        message = folder / "message.json"
        message.write_bytes(example_message("RS-EDA", "2.0.0", sender=_A, recipient=_B))
        run = ("run", "--", *_NOTHING)
        check = ("check", str(message), "--vhost", "15-15_v2.0")
        wanted: dict[str, Callable[[int], _Start]] = {
            "run, the first time": lambda number: _command(run, folder / f"cache-{number}"),
            "run": lambda _: _command(run, folder / "cache-0"),
            "up, home there": lambda _: _ready(folder / "home", folder / "cache-0"),
            "up, no home": lambda number: _ready(folder / f"home-{number}", folder / f"c-{number}"),
            "check of one file": lambda _: _command(check, folder / "cache-0"),
            "--help": lambda _: _command(("--help",), folder / "cache-0"),
        }
        _ready(folder / "home", folder / "cache-0")
        rows = []
        for what, once in wanted.items():
            say(f"{what} ...")
            rows.append(_row(what, [once(number + 1) for number in range(rounds)]))
            if what == "run, the first time":
                _command(run, folder / "cache-0")
        return rows


_A, _B = "fr.health.samuA", "fr.health.samuB"


def _row(what: str, starts: Sequence[_Start]) -> dict[str, Any]:
    spent = [one.processor for one in starts if one.processor is not None]
    return {
        "what": what,
        "seconds": round(statistics.median(one.seconds for one in starts), 2),
        "processorSeconds": round(statistics.median(spent), 2) if spent else None,
    }


def _environment(cache: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUBEMU_")}
    return kept | {"XDG_CACHE_HOME": str(cache)}


def _command(arguments: Sequence[str], cache: Path) -> _Start:
    """A command from its start to its end, with what it started itself."""
    before, began = os.times(), time.perf_counter()
    ended = subprocess.run(  # noqa: S603 (our own command, no shell)
        [*_HUBEMU, *arguments], env=_environment(cache), capture_output=True, check=False
    )
    seconds, after = time.perf_counter() - began, os.times()
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip()
        raise StartError(f"`hubemu {arguments[0]}` ended with {ended.returncode}: {said}")
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    return _Start(seconds, spent if os.name == "posix" else None)


def _ready(home: Path, cache: Path) -> _Start:
    """A Hub from its start until it says that it is ready."""
    up = ("up", "--port", "0", "--http-port", "0", "--json", "--home", str(home))
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (our own command, no shell)
        [*_HUBEMU, *up],
        env=_environment(cache),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as hub:
        try:
            said = hub.stdout.readline() if hub.stdout is not None else b""
            found = _Start(time.perf_counter() - began, processor_seconds(hub.pid))
        finally:
            hub.terminate()
    if not said:
        raise StartError(f"`hubemu up` ended with {hub.returncode}")
    return found
