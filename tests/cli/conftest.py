"""One home for the whole area: its certificates are what takes the time."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which tests start and stop Hubs, one after the other."""
    return tmp_path_factory.mktemp("commands") / "home"
