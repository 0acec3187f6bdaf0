"""Fault rules given to a Hub over its API, and what is told of them."""

from __future__ import annotations

from typing import Any

from tests.support.live import LiveHub

__all__ = ["FAULTS", "A", "C", "Message", "add", "error", "steps", "strikes"]

A, C = "fr.health.samuA", "fr.health.samuC"
FAULTS = "/api/v1/faults"
Message = dict[str, Any]


def add(hub: LiveHub, effect: str, *, times: int | None = None, **parameters: Any) -> Message:
    """A rule on what samuA sends to samuC."""
    rule = {"effect": effect, "name": f"{effect}-a", "match": {"sender": A, "recipient": C}}
    added = hub.http("POST", FAULTS, rule | {"parameters": parameters, "times": times})
    assert added["strikes"] == 0
    return dict(added)


def strikes(hub: LiveHub) -> int:
    """How often the first rule struck."""
    return int(hub.http("GET", FAULTS)["faults"][0]["strikes"])


def steps(hub: LiveHub, message: Message) -> list[str]:
    """What the faults did to a message, as its trace says."""
    path = f"/api/v1/messages?q={message['distributionID']}&wait=10"
    (row,) = hub.http("GET", path)["messages"][:1]
    detail = hub.http("GET", f"/api/v1/messages/{row['id']}")
    return [one["detail"] for one in detail["trace"] if one["step"] == "fault"]


def error(report: Message) -> tuple[int, str, str]:
    """Code, name and cause that a report tells."""
    content = report["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["error"]
    code = content["errorCode"]
    return code["statusCode"], code["statusString"], content["errorCause"]
