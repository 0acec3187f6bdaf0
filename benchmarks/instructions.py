"""Instructions of one message through a whole Hub, here and in another state of hubemu.

    python benchmarks/instructions.py /path/of/another/state
    python benchmarks/instructions.py /path/of/another/state --route xml-json

Counted by valgrind, so that neighbours on the machine do not move them, where they move times by
half. What is counted is what `hub_core.py` measures, without the collector; the system's part and
waiting for memory are not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.hub_core import ROUTES, WINDOW, HubWithoutSockets

HERE = Path(__file__).parent.parent
_WARM, _COUNTED = 4, 2
"""Windows of messages."""


def main() -> int:
    """Count and print a table; or be what is counted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("other", type=Path, nargs="?", help="root folder of the other state")
    parser.add_argument("--route", action="append", choices=ROUTES, help="may be repeated")
    parser.add_argument("--counted", choices=ROUTES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.counted:
        asyncio.run(be_counted(options.counted))
    states = [state for state in (options.other, HERE) if state is not None]
    print(f"| route | {' | '.join(map(str, states))} |\n|{'---|' * (1 + len(states))}")
    for route in options.route or ROUTES:
        counts = [f"{instructions(state, route):,}" for state in states]
        print(f"| {route} | {' | '.join(counts)} |", flush=True)
    return 0


def instructions(state: Path, route: str) -> int:
    """What a message takes in a state."""
    command = [
        "valgrind",
        "--tool=callgrind",
        "--instr-atstart=no",
        "--callgrind-out-file=/dev/null",
    ]
    command += [sys.executable, __file__, "--counted", route]
    own = {"PYTHONPATH": os.pathsep.join(map(str, (state, HERE))), "PYTHONHASHSEED": "0"}
    told = subprocess.run(
        command, env={**os.environ, **own}, check=True, capture_output=True, text=True
    )
    found = re.findall(r"Collected : (\d+)", told.stderr)
    return int(found[-1]) // (_COUNTED * WINDOW)


async def be_counted(route: str) -> None:
    """Pass messages, of which valgrind counts the last ones; ends the process."""
    hub = HubWithoutSockets(route=ROUTES[route])
    await hub.pass_messages([hub.window() for _ in range(_WARM)])
    gc.collect()
    gc.disable()
    windows = [hub.window() for _ in range(_COUNTED)]
    count("on")
    await hub.pass_messages(windows)
    count("off")
    os._exit(0)


def count(switch: str) -> None:
    """Have valgrind begin or end."""
    subprocess.run(["callgrind_control", "-i", switch, str(os.getpid())], check=True)


if __name__ == "__main__":
    sys.exit(main())
