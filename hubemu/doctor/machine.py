"""Looks at the machine: ports, names, limits, clock, proxies, brokers."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from hubemu.doctor.finding import MachineFinding
from hubemu.doctor.patient import Patient
from hubemu.openfiles import most_open_files

__all__ = ["clock", "name_resolution", "open_files", "ports", "proxies", "rabbitmq"]

_LOCAL = "127.0.0.1"
_FEW_FILES = 4_096
_EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""Before this hubemu did not exist: a clock that says so is wrong."""


def ports(patient: Patient) -> Iterator[MachineFinding]:
    """Whether the default ports are free."""
    endpoints = patient.home.endpoints()
    ours = set()
    if endpoints is not None:
        ours = {endpoints["amqps"]["port"], int(endpoints["http"].rpartition(":")[2])}
    for name, port in (("--port", patient.port), ("--http-port", patient.http_port)):
        if port in ours:
            yield MachineFinding("ports", "ok", f"{port} is taken by the Hub of this home")
        elif port == 0 or _is_free(port):
            yield MachineFinding("ports", "ok", f"{port or 'any'} ({name}) is free")
        else:
            told = f"{port} is taken by another program"
            mend = f"stop it, or start with {name} 0 (any free port)"
            yield MachineFinding("ports", "warning", told, mend)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOCAL, port))
        except OSError:
            return False
    return True


def name_resolution(patient: Patient) -> Iterator[MachineFinding]:
    """Whether `localhost` is this machine: the certificate and the samples say it."""
    try:
        found = {str(place[4][0]) for place in socket.getaddrinfo("localhost", None)}
    except OSError as error:
        told = f"localhost cannot be resolved: {error.strerror}"
        yield MachineFinding(
            "names", "problem", told, "add `127.0.0.1 localhost` to the hosts file"
        )
        return
    told = f"localhost is {', '.join(sorted(found))}"
    if _LOCAL in found:
        yield MachineFinding("names", "ok", told)
    else:
        mend = "use 127.0.0.1 in your client's settings: the Hub listens there"
        yield MachineFinding("names", "warning", told, mend)


def open_files(patient: Patient) -> Iterator[MachineFinding]:
    """How many connections are possible."""
    allowed = most_open_files()
    if allowed is None:
        return
    told = f"{allowed:,} open files are allowed at most"
    if allowed < _FEW_FILES:
        yield MachineFinding("open files", "warning", told, "for more clients raise `ulimit -Hn`")
    else:
        yield MachineFinding("open files", "ok", told)


def clock(patient: Patient) -> Iterator[MachineFinding]:
    """Whether the time can be right: certificates and messages have dates."""
    now = datetime.now(UTC)
    told = f"{now:%Y-%m-%d %H:%M:%S} UTC, local time zone {time.strftime('%z') or 'unknown'}"
    if now < _EARLIEST:
        mend = "set the clock: certificates and messages would be refused for their dates"
        yield MachineFinding("clock", "problem", told, mend)
    else:
        yield MachineFinding("clock", "ok", told)


def proxies(patient: Patient) -> Iterator[MachineFinding]:
    """Whether other programs would look for the control API behind a proxy."""
    names = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    named = [name for name in names if patient.environment.get(name)]
    if not named:
        yield MachineFinding("proxies", "ok", "none is set")
        return
    spared = patient.environment.get("no_proxy") or patient.environment.get("NO_PROXY") or ""
    if {"localhost", _LOCAL, "*"} & {name.strip() for name in spared.split(",")}:
        yield MachineFinding("proxies", "ok", f"{named[0]} is set, and this machine is spared")
    else:
        told = f"{named[0]} is set: curl and your client may look for the Hub behind the proxy"
        yield MachineFinding("proxies", "warning", told, "export NO_PROXY=localhost,127.0.0.1")


def rabbitmq(patient: Patient) -> Iterator[MachineFinding]:
    """Which brokers `--engine rabbitmq` could use here: those that would really start."""
    from hubemu.engines.rabbitmq.daemon import why_no_docker
    from hubemu.engines.rabbitmq.process import server_is_there

    lacking = why_no_docker()
    there = ["rabbitmq-server is installed"] if server_is_there() else []
    there += ["a docker daemon answers"] if lacking is None else []
    if there:
        told = f"{' and '.join(there)}: --engine rabbitmq can be tried"
        yield MachineFinding("RabbitMQ", "ok", told)
    else:
        told = "no rabbitmq-server: the embedded broker, the default, needs none"
        yield MachineFinding("RabbitMQ", "ok", told)
    if lacking is not None and _docker_is_meant(patient):
        yield MachineFinding("docker", "warning", *_and_mend(lacking))


def _docker_is_meant(patient: Patient) -> bool:
    """Whether somebody here would expect docker to work."""
    path = patient.environment.get("PATH")
    return "DOCKER_HOST" in patient.environment or shutil.which("docker", path=path) is not None


def _and_mend(told: str) -> tuple[str, str]:
    """A sentence of the engine's, at its colon."""
    what, _, mend = told.rpartition(": ")
    return what, mend
