"""Processor time of one message here and in another state of hubemu, route by route, in turns.

    python benchmarks/pairs.py /path/of/another/state
    python benchmarks/pairs.py /path/of/another/state --route xml-json --route json-xml

Each turn is `hub_core.py` in a process of its own, once with each state; of several turns the best
counts for each. The benchmark is that of this state, so what is measured is the same.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.hub_core import ROUTES

HERE = Path(__file__).parent.parent


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("other", type=Path, help="root folder of the other state")
    parser.add_argument("--route", action="append", choices=ROUTES, help="may be repeated")
    parser.add_argument("--state", choices=("memory", "disk"), default="memory")
    parser.add_argument("--bodies", type=int, default=1, help="different ones, sent in turn")
    parser.add_argument("--count", type=int, default=200, help="messages a round")
    parser.add_argument("--rounds", type=int, default=10, help="in each process")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    print("| route | other | here | here / other |\n|---|---|---|---|")
    for route in options.route or ROUTES:
        other, here = compared(options, route)
        print(f"| {route} | {other:.1f} us | {here:.1f} us | {here / other:.2f} |", flush=True)
    return 0


def compared(options: argparse.Namespace, route: str) -> list[float]:
    """The best microseconds of the other state, and of this one."""
    best = [float("inf")] * 2
    for _ in range(options.turns):
        for number, state in enumerate((options.other, HERE)):
            best[number] = min(best[number], microseconds(state, route, options))
    return best


def microseconds(state: Path, route: str, options: argparse.Namespace) -> float:
    """What a message costs in a state, told by a process of its own."""
    command = [sys.executable, str(HERE / "benchmarks" / "hub_core.py"), "--route", route]
    command += ["--count", str(options.count), "--rounds", str(options.rounds)]
    command += ["--state", options.state, "--bodies", str(options.bodies)]
    environment = {**os.environ, "PYTHONPATH": str(state)}
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(told.stdout.rpartition(": ")[2].split()[0])


if __name__ == "__main__":
    sys.exit(main())
