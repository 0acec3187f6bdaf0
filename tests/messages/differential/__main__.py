"""Feed random bodies to Jackson and to hubemu: `python -m tests.messages.differential`.

Each body is made from a seed of its own. What differs is printed; of a difference that
docs/fidelity.md tells only how often it came.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.messages.differential.comparing import WISHES, differences
from tests.messages.differential.jackson import Jackson, jackson, why_without_jackson
from tests.messages.differential.known import why_known


def main() -> int:
    """Compare as many bodies of each format as wanted; 1 if something differs without a reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.messages.differential")
    parser.add_argument("--count", type=int, default=10_000, help="bodies of each format")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    options = parser.parse_args()
    if why := why_without_jackson():
        sys.stderr.write(f"{why}\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, jackson(Path(folder)) as asked:
        unexplained = sum(
            _compare(asked, written, options.seed, options.count) for written in WISHES
        )
    return 1 if unexplained else 0


def _compare(asked: Jackson, written: str, seed: int, count: int) -> int:
    known: Counter[str] = Counter()
    unexplained = 0
    for found in differences(asked, written, seed, count):
        if why := why_known(found):
            known[why] += 1
            continue
        unexplained += 1
        _tell(f"{found.wanted} {found.body!r}\n  Jackson {found.theirs}\n  hubemu  {found.ours}")
    _tell(f"{written}: {count} bodies, {unexplained} differences without a reason")
    for why, times in known.most_common():
        _tell(f"  {times} {why}")
    return unexplained


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
