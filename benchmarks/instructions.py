"""Instructions of one message through a whole Hub, here and in another state of hubemu.

    python benchmarks/instructions.py /path/of/another/state
    python benchmarks/instructions.py /path/of/another/state --route xml-json

Counted by valgrind, so that neighbours on the machine do not move them, where they move times by
half. What is counted is what `hub_core.py` measures, without the collector; the system's part and
waiting for memory are not in it. The benchmark is that of this state, as in `pairs.py`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.hub_core import ROUTES

HERE = Path(__file__).parent.parent
_MESSAGES = 200
_VALGRIND = ("valgrind", "--tool=callgrind", "--instr-atstart=no")


def main() -> int:
    """Count and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("other", type=Path, help="root folder of the other state")
    parser.add_argument("--route", action="append", choices=ROUTES, help="may be repeated")
    parser.add_argument("--bodies", type=int, default=1, help="different ones, sent in turn")
    options = parser.parse_args()
    print("| route | other | here | here / other |\n|---|---|---|---|")
    for route in options.route or ROUTES:
        other, here = (
            instructions(state, route, options.bodies) for state in (options.other, HERE)
        )
        print(f"| {route} | {other:,} | {here:,} | {here / other:.2f} |", flush=True)
    return 0


def instructions(state: Path, route: str, bodies: int = 1) -> int:
    """What a message takes in a state, told by a process of its own."""
    command = [*_VALGRIND, "--callgrind-out-file=/dev/null", sys.executable]
    command += [str(HERE / "benchmarks" / "hub_core.py"), "--route", route]
    command += ["--count", str(_MESSAGES), "--counted", "--bodies", str(bodies)]
    environment = {**os.environ, "PYTHONPATH": str(state), "PYTHONHASHSEED": "0"}
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return int(re.findall(r"Collected : (\d+)", told.stderr)[-1]) // _MESSAGES


if __name__ == "__main__":
    sys.exit(main())
