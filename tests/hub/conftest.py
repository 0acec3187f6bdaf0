"""The behaviour suite speaks only AMQPS and HTTP to a Hub of its own, one for the whole suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.live import LiveHub, live_hub


@pytest.fixture(scope="session")
def the_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    """One Hub for all tests of the suite."""
    with live_hub(tmp_path_factory.mktemp("hub") / "home") as hub:
        yield hub


@pytest.fixture
def hub(the_hub: LiveHub) -> LiveHub:
    """The Hub, as at its start."""
    the_hub.http("POST", "/api/v1/reset")
    return the_hub
