"""A Hub that misbehaves on demand, told so over HTTP as anybody would."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.support.live import LiveHub

__all__ = ["InForce", "fault"]


class InForce:
    """A rule that is in force on a Hub."""

    def __init__(self, hub: LiveHub, rule: dict[str, Any]) -> None:
        self.hub = hub
        self.id: str = rule["id"]
        self.added = rule

    @property
    def strikes(self) -> int:
        """How often it has struck."""
        rules = self.hub.http("GET", "/api/v1/faults")["faults"]
        return next(int(rule["strikes"]) for rule in rules if rule["id"] == self.id)

    def clear(self) -> None:
        """Take it away."""
        self.hub.http("DELETE", f"/api/v1/faults/{self.id}")


@contextmanager
def fault(hub: LiveHub, effect: str, where: str, **rule: Any) -> Iterator[InForce]:
    """A rule for as long as the block lasts, unless it is cleared before.

    Args:
        hub: on which.
        effect: what it does.
        where: its family.
        rule: what else it says, as `POST /api/v1/faults` takes it.
    """
    given = {"effect": effect, "where": where, **rule}
    force = InForce(hub, _added(hub, given))
    try:
        yield force
    finally:
        if any(one["id"] == force.id for one in hub.http("GET", "/api/v1/faults")["faults"]):
            force.clear()


def _added(hub: LiveHub, rule: dict[str, Any]) -> dict[str, Any]:
    """The rule as the Hub took it; a Hub of somebody else's may have a broker that cannot."""
    try:
        added: dict[str, Any] = hub.http("POST", "/api/v1/faults", rule)
    except HTTPError as error:
        if error.code == HTTPStatus.CONFLICT and os.environ.get("HUBEMU_TEST_HOME"):
            pytest.skip(json.load(error)["detail"])
        raise
    return added
