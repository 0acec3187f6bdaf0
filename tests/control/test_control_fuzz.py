"""Odd values in every place of every call: none is a fault of hubemu, and the Hub goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.control.fuzzing import play

REQUESTS = 250


def test_no_request_is_a_fault_of_the_hub(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = asyncio.run(play(tmp_path / "home", 1, REQUESTS))
    assert found == []
    assert "Traceback" not in caplog.text
