"""Looks at the Hub that is up in the home, if one is."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

from hubemu.address import reachable_name
from hubemu.client.control import ControlClient
from hubemu.doctor.finding import MachineFinding
from hubemu.doctor.patient import Patient
from hubemu.errors import HubemuError
from hubemu.version import __version__

__all__ = ["running_hub"]

_PATIENCE = 5.0
"""Seconds for one answer."""


def running_hub(patient: Patient) -> Iterator[MachineFinding]:
    """Whether it answers, is well, and can be reached by clients."""
    endpoints = patient.home.endpoints()
    if endpoints is None:
        yield MachineFinding(
            "Hub", "ok", f"none is up in {patient.home.path}: hubemu up starts one"
        )
        return
    control = ControlClient(endpoints["http"], patient.home.token())
    try:
        yield from _asked(control)
    except HubemuError as error:
        mend = "look at its terminal or `hubemu logs`; `hubemu down` and `hubemu up` start it anew"
        yield MachineFinding("Hub", "problem", str(error), mend)
        return
    yield _listener(endpoints["amqps"])


def _asked(control: ControlClient) -> Iterator[MachineFinding]:
    _, health = control.call("GET", "/health", timeout=_PATIENCE)
    _, ready = control.call("GET", "/ready", timeout=_PATIENCE)
    version = control.get("/version", timeout=_PATIENCE).get("version")
    clock = control.get("/api/v1/clock", timeout=_PATIENCE)
    if health["status"] == "UP" and ready.get("ready", True):
        yield MachineFinding("Hub", "ok", f"up and well, hubemu {version}")
    else:
        reasons = "; ".join(ready.get("reasons", ())) or "see /health"
        yield MachineFinding(
            "Hub", "problem", f"up, but not well: {reasons}", "hubemu health says more"
        )
    if version != __version__:
        told = f"the Hub is hubemu {version}, this command {__version__}"
        yield MachineFinding("Hub", "warning", told, "start it anew with this version")
    if clock.get("stands") or clock.get("begins"):
        goes = "stands" if clock["stands"] else "goes on from where it was begun,"
        told = f"its clock {goes} at {clock['now']} (--now, --clock): messages see that time"
        yield MachineFinding("Hub", "ok", told)
    elif clock.get("offset"):
        told = f"its clock is {clock['offset']:g} s ahead: messages and certificates see that time"
        yield MachineFinding("Hub", "warning", told, "hubemu reset brings it back")


def _listener(amqps: dict[str, Any]) -> MachineFinding:
    """Whether clients reach it; nothing is said there, so that no refusal is left behind."""
    host, port = reachable_name(amqps["host"]), amqps["port"]
    try:
        with socket.create_connection((host, port), _PATIENCE):
            return MachineFinding("AMQPS", "ok", f"{host}:{port} can be reached")
    except OSError as error:
        mend = "a firewall, or a Hub that is stopping: hubemu status"
        return MachineFinding("AMQPS", "problem", f"{host}:{port}: {error}", mend)
