"""How a Hub is: what is missing until it is ready, and the state of each of its parts."""

from __future__ import annotations

from typing import Any

from hubemu.engines import Dispatching, Engine
from hubemu.journal import utc_text
from hubemu.supervision import Supervision

__all__ = ["components", "missing"]


def missing(
    engine: Engine | None,
    dispatcher: Dispatching | None,
    supervision: Supervision,
    *,
    announced: bool,
) -> list[str]:
    """What keeps these from working, each in a sentence; a part that is `None` is still to come.

    `announced` is whether others can know where the Hub is.
    """
    reasons = []
    fault = _fault(engine)
    if engine is None:
        reasons.append("the topology is not there yet")
    if engine is None or not engine.listening:
        reasons.append(fault or "no TLS listener is up")
    elif fault:
        reasons.append(fault)
    if dispatcher is None or not dispatcher.running:
        reasons.append("the dispatcher does not consume")
    if not announced:
        reasons.append("endpoints.json is not written yet")
    for one in supervision.troubles():
        reasons.append(f"{one.task}: ended by a fault at {utc_text(one.since)} ({one.why})")
    return reasons


def components(
    engine: Engine | None, dispatcher: Dispatching | None, supervision: Supervision
) -> dict[str, Any]:
    """The state of each part as the actuator of Spring shows it."""
    broker_up = engine is not None and engine.listening and not _fault(engine)
    shown: dict[str, Any] = {
        "broker": {"status": _status(broker_up)},
        "dispatcher": {"status": _status(dispatcher is not None and dispatcher.running)},
    }
    if engine is not None:
        shown["broker"]["details"] = engine.details()
    if dispatcher is not None:
        shown["dispatcher"]["details"] = dispatcher.health()
    if troubles := supervision.troubles():
        told = {one.task: {"fault": one.why, "since": utc_text(one.since)} for one in troubles}
        shown["tasks"] = {"status": _status(False), "details": told}
    return shown


def _fault(engine: Engine | None) -> str | None:
    """What the engine says is wrong with it."""
    return engine.details().get("fault") if engine is not None else None


def _status(up: bool) -> str:
    return "UP" if up else "DOWN"
