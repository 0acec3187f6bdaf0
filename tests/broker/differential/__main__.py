"""Play random dialogues on both brokers: `python -m tests.broker.differential --seconds 60`.

Each dialogue is made from a seed of its own. One that differs is made as short as it can be and
printed as JSON, which `--replay` plays again; one of which docs/fidelity.md tells is only named.
`--cut` needs no RabbitMQ: it compares the embedded broker with itself, all bytes at once and in
pieces.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.rabbitmq import plain_rabbitmq
from hubemu.broker.wire.errors import MalformedTextError
from tests.broker.differential.comparing import Difference, compare, compare_whole_with_cut, shrink
from tests.broker.differential.generating import Dialogue, dialogue
from tests.broker.differential.known import why_known


def main() -> int:
    """Run until the time is over; 1 if something differs that is not known."""
    options = _options()
    logging.disable(logging.WARNING)
    if options.cut:
        return _run(options, None)
    with _node(options.port) as port:
        return _replay(options.replay, port) if options.replay else _run(options, port)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.broker.differential")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, help="begin with it; by default with any")
    parser.add_argument("--count", type=int, help="as many dialogues at most")
    parser.add_argument("--port", type=int, help="of a RabbitMQ on 127.0.0.1; else one is started")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="a dialogue as it was printed")
    parser.add_argument("--cut", action="store_true", help="whole and cut, without RabbitMQ")
    return parser.parse_args()


@contextmanager
def _node(port: int | None) -> Iterator[int]:
    if port is not None:
        yield port
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        plain_rabbitmq(Path(folder) / "rabbitmq") as (_, own),
    ):
        yield own


def _differ(steps: Dialogue, port: int | None) -> Difference | None:
    if port is None:
        return compare_whole_with_cut(steps, random.Random(len(steps)))
    return compare(steps, port)


def _replay(file: Path, port: int) -> int:
    difference = _differ(json.loads(file.read_text()), port)
    sys.stdout.write(f"{difference or 'no difference'}\n")
    return 1 if difference else 0


def _run(options: argparse.Namespace, port: int | None) -> int:
    first = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    end = time.monotonic() + options.seconds
    seed, steps, differences = first, 0, 0
    while time.monotonic() < end and (options.count is None or seed - first < options.count):
        played = dialogue(seed)
        steps += len(played)
        differences += _differs(seed, played, port)
        seed += 1
    sys.stdout.write(
        f"{seed - first} dialogues of {steps} steps from --seed {first}: {differences} differ\n"
    )
    return 1 if differences else 0


def _differs(seed: int, played: Dialogue, port: int | None) -> bool:
    try:
        return _tell(seed, played, port)
    except MalformedTextError:
        # A text in which RabbitMQ quotes what a client sent, cut in the midst of a character.
        sys.stdout.write(f"--seed {seed}: a text that is no UTF-8\n")
        return False
    except ConnectionError as lost:
        # A node's queue that crashes takes with it whoever asks about it.
        sys.stdout.write(f"--seed {seed}: {lost}\n")
        return True


def _tell(seed: int, played: Dialogue, port: int | None) -> bool:
    difference = _differ(played, port)
    if difference is None:
        return False
    if line := why_known(difference):
        sys.stdout.write(f"--seed {seed} known: {line}\n")
        return False
    shortest = shrink(difference, lambda some: _differ(some, port))
    sys.stdout.write(f"--seed {seed} differs\n{shortest}\n\n")
    sys.stdout.flush()
    return True


if __name__ == "__main__":
    sys.exit(main())
