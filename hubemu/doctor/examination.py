"""All looks, in the order in which a user would want to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hubemu.doctor.finding import MachineFinding
from hubemu.doctor.hub import running_hub
from hubemu.doctor.installation import command_on_path, libraries, python
from hubemu.doctor.machine import clock, name_resolution, open_files, ports, proxies, rabbitmq
from hubemu.doctor.patient import Patient
from hubemu.doctor.places import certificates, home, secrets

__all__ = ["Patient", "examine"]

Look = Callable[[Patient], Iterator[MachineFinding]]

LOOKS: tuple[Look, ...] = (
    python,
    libraries,
    command_on_path,
    home,
    secrets,
    certificates,
    ports,
    name_resolution,
    open_files,
    clock,
    proxies,
    rabbitmq,
    running_hub,
)


def examine(patient: Patient) -> Iterator[MachineFinding]:
    """Every finding, as it comes; a look that fails is one, too."""
    for look in LOOKS:
        try:
            yield from look(patient)
        except Exception as error:
            name = look.__name__.replace("_", " ")
            told = f"could not be looked at: {type(error).__name__}: {error}"
            yield MachineFinding(name, "warning", told, "tell the people who make hubemu")
