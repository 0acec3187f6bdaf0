"""Throw noise at connections for a while: `python -m tests.broker.protocol.fuzz --seconds 60`.

Each round is made from a seed of its own; a round that breaks something prints the seed that
repeats it with `--seed`.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time

from tests.support.amqp_noise import converse, noise


def main() -> int:
    """Run until the time is over; 1 if a round broke something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="repeat this round only")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.seed is not None:
        one_round(options.seed)
        return 0
    seed = start = random.SystemRandom().randrange(2**32)
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        try:
            one_round(seed)
        except Exception:
            sys.stderr.write(f"broken by --seed {seed}\n")
            raise
        seed += 1
    sys.stdout.write(f"{seed - start} rounds from --seed {start}: nothing broke\n")
    return 0


def one_round(seed: int) -> None:
    """One conversation of noise."""
    chance = random.Random(seed)
    data = noise(chance, chance.randrange(1, 60))
    cuts = sorted(chance.sample(range(len(data)), min(len(data), chance.randrange(6))))
    converse(data, cuts, opened=chance.random() < 0.9)


if __name__ == "__main__":
    sys.exit(main())
