"""Which RabbitMQ can carry a Hub."""

from __future__ import annotations

from hubemu.amqp.failures import too_old
from hubemu.errors import StartError

__all__ = ["check_version"]


def check_version(version: str, what: str) -> None:
    """See that a version of RabbitMQ can carry a Hub; one that cannot be read is let through.

    Raises:
        StartError: it is too old; `what` has it.
    """
    if too_old(version):
        raise StartError(f"{what} is RabbitMQ {version}: hubemu needs 3.10 or later")
