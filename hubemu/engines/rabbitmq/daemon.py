"""The docker daemon: reached, its images had, its refusals told in one line with the mend."""

from __future__ import annotations

import logging
import os
import shlex
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from hubemu.engines.rabbitmq.version import check_version
from hubemu.errors import StartError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image

__all__ = ["check_image", "image_for", "reach_docker", "reason_of", "why_no_docker"]

_LOG = logging.getLogger(__name__)
_SOCKET = "unix:///var/run/docker.sock"
_ANSWER_SECONDS = 3
_WORK_SECONDS = 60
_MENDS = (
    ("Permission denied", "add yourself to the group docker and log in again, or use sudo"),
    ("paramiko", "hubemu does not reach docker by ssh: use a daemon of this machine"),
)
_NO_DAEMON = "start it, set DOCKER_HOST, or use --rabbitmq native"


def reach_docker() -> DockerClient:
    """A client of the daemon that the environment names.

    Raises:
        StartError: none answers this user, or docker's Python client is not installed.
    """
    try:
        import docker
        from docker.errors import DockerException
    except ImportError:
        raise StartError(
            "docker's Python client is not installed: "
            f"{shlex.join([sys.executable, '-m', 'pip', 'install', 'docker'])}, "
            "or use --rabbitmq native"
        ) from None
    try:
        client = docker.from_env(timeout=_ANSWER_SECONDS)
    except (DockerException, OSError, ValueError) as error:
        raise StartError(_unreachable(error)) from None
    try:
        client.ping()
    except (DockerException, OSError) as error:
        client.close()
        raise StartError(_unreachable(error)) from None
    client.api.timeout = _WORK_SECONDS
    return client


def why_no_docker() -> str | None:
    """What keeps this user from a docker daemon; `None`: one answers."""
    try:
        _knock()
        reach_docker().close()
    except StartError as refused:
        return str(refused)
    except OSError as error:
        return _unreachable(error)
    return None


def _knock() -> None:
    """See that somebody listens: docker's client leaves its socket open when nobody does.

    Raises:
        OSError: nobody does, or not for this user.
    """
    host = os.environ.get("DOCKER_HOST") or _SOCKET
    if host.startswith("unix:///") and sys.platform != "win32":
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(_ANSWER_SECONDS)
            knocking.connect(host.removeprefix("unix://"))


def _unreachable(error: Exception) -> str:
    host = os.environ.get("DOCKER_HOST")
    where = f" at {host} (DOCKER_HOST)" if host else ""
    for sign, mend in _MENDS:
        if sign in str(error):
            return f"docker{where} is not for this user: {mend}"
    return f"no docker daemon answers{where}: {_NO_DAEMON}"


def image_for(client: DockerClient, name: str, stopped: Callable[[], bool]) -> Image:
    """An image, pulled if it is not here; given up as soon as `stopped` says so.

    Raises:
        StartError: it cannot be had.
    """
    from docker.errors import DockerException, ImageNotFound

    try:
        try:
            return client.images.get(name)
        except ImageNotFound:
            _pull(client, name, stopped)
            return client.images.get(name)
    except (DockerException, OSError) as error:
        raise StartError(
            f"docker has no image {name} and cannot pull it ({reason_of(error)}): pull it where "
            "there is a network, or name one that is here in HUBEMU_RABBITMQ_IMAGE"
        ) from None


def _pull(client: DockerClient, name: str, stopped: Callable[[], bool]) -> None:
    from docker.errors import APIError
    from docker.utils import parse_repository_tag

    repository, tag = parse_repository_tag(name)
    progress = client.api.pull(repository, tag=tag or "latest", stream=True, decode=True)
    told = False
    for line in progress:
        if stopped():
            raise StartError(f"stopped while {name} was pulled")
        if "error" in line:
            raise APIError(line["error"], explanation=line["error"])
        if not told:
            _LOG.warning("docker pulls %s, which is not here yet", name)
            told = True


def reason_of(error: Exception) -> str:
    """What the daemon said, on one line."""
    return " ".join(str(getattr(error, "explanation", None) or error).split())


def check_image(image: Image, name: str) -> None:
    """See that an image which tells its RabbitMQ's version, as the official ones do, is no old one.

    Raises:
        StartError: it is.
    """
    variables = image.attrs.get("Config", {}).get("Env") or []
    for variable in variables:
        key, _, value = variable.partition("=")
        if key == "RABBITMQ_VERSION":
            check_version(value, f"the image {name}")
