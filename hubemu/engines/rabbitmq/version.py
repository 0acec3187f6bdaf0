"""Which RabbitMQ can carry a Hub."""

from __future__ import annotations

import re

from hubemu.errors import StartError

__all__ = ["check_version"]

_OLDEST = (3, 10)


def check_version(version: str, what: str) -> None:
    """See that a version of RabbitMQ can carry a Hub; one that cannot be read is let through.

    Raises:
        StartError: it is too old; `what` has it.
    """
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is not None and (int(numbers[1]), int(numbers[2])) < _OLDEST:
        raise StartError(f"{what} is RabbitMQ {version}: hubemu needs 3.10 or later")
