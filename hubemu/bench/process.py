"""A Hub as a process of its own: load and Hub must not share an event loop."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from hubemu.client.control import ControlClient
from hubemu.client.facts import HubFacts, ask_hub, reachable_url
from hubemu.errors import StartError
from hubemu.home import Home

__all__ = ["hub_process"]

_POLL = 0.02
_STOP_SECONDS = 20.0
_LAST_WORDS = 2_000
"""Characters told of what a Hub said that did not start."""


@asynccontextmanager
async def hub_process(
    arguments: Sequence[str], began: Callable[[int], None] = lambda _: None
) -> AsyncIterator[HubFacts]:
    """A Hub on free ports in a temporary home, for as long as the context is open.

    Args:
        arguments: further ones of `hubemu up`.
        began: is told the number of the process.

    Raises:
        StartError: it does not start; with its last words.
    """
    with tempfile.TemporaryDirectory(prefix="hubemu-bench-") as folder:
        home = Home(Path(folder) / "home")
        log = Path(folder) / "log"
        command = [sys.executable, "-P", "-m", "hubemu", "up", "--port", "0", "--http-port", "0"]
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                *arguments,
                *("--quiet", "--home", str(home.path)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={name: value for name, value in os.environ.items() if name != "HUBEMU_HOME"},
            )
        began(process.pid)
        try:
            yield await _ready(process, home, log)
        finally:
            await _stopped(process)


async def _ready(process: asyncio.subprocess.Process, home: Home, log: Path) -> HubFacts:
    while (endpoints := home.endpoints()) is None:
        if process.returncode is not None:
            said = log.read_text("utf-8", "replace").strip()[-_LAST_WORDS:]
            raise StartError(said or f"the Hub ended with {process.returncode}")
        await asyncio.sleep(_POLL)
    control = ControlClient(reachable_url(endpoints["http"]), home.token())
    return await asyncio.to_thread(ask_hub, control)


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
