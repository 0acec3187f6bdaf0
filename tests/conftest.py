"""Fixtures every part of the suite may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def official_library() -> Path | None:
    """The folder of official schemas and samples, one sub-folder a release, where there is one."""
    named = os.environ.get("HUBEMU_OFFICIAL")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "official"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def official() -> Path:
    """The official library's folder, or a skip that says what is not tested without it."""
    folder = official_library()
    if folder is None:
        pytest.skip("agreement with the official library: set HUBEMU_OFFICIAL to its folder")
    return folder
