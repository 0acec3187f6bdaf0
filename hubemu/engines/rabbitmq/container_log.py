"""The log of a container of ours as a file, as a node on this machine writes it."""

from __future__ import annotations

import logging
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hubemu.engines.rabbitmq.daemon import reason_of
from hubemu.supervision import Supervision

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["copy_log"]

_LOG = logging.getLogger(__name__)


def copy_log(container: Container, file: Path, supervision: Supervision) -> None:
    """Copy what a container says into `file`, in a thread that ends with the container."""
    file.write_bytes(b"")
    work = partial(
        supervision.guard,
        "copying the log of RabbitMQ's container",
        partial(_copy, container, file),
    )
    threading.Thread(target=work, name="hubemu-container-log", daemon=True).start()


def _copy(container: Container, file: Path) -> None:
    from docker.errors import DockerException

    try:
        with file.open("ab", buffering=0) as log:
            for portion in container.logs(stream=True, follow=True):
                log.write(portion)
    except (DockerException, OSError) as error:
        _LOG.warning("the log of RabbitMQ's container is read no more: %s", reason_of(error))
