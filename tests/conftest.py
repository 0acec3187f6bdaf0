"""Fixtures every part of the suite may use.

What a machine lacks is skipped with a reason, unless `HUBEMU_REQUIRE` (a comma-separated list such
as `node,official`) names it: then it is a failure, so that CI cannot lose a part unseen.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.nodejs import NodeMissing, node_modules

REPOSITORY = Path(__file__).resolve().parent.parent


def missing(what: str, reason: str) -> NoReturn:
    """Skip for want of `what`, or fail where it is required."""
    if what in os.environ.get("HUBEMU_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here: {reason}", pytrace=False)
    pytest.skip(reason)


def pytest_configure() -> None:
    """Have Ctrl-C reach the programs that tests start, also where it was ignored (`nohup`, `&`)."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def official() -> Path:
    """The folder of official schemas and samples, one sub-folder a release."""
    named = os.environ.get("HUBEMU_OFFICIAL")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "official"
    if not folder.is_dir():
        missing("official", "no official model library: set HUBEMU_OFFICIAL to its folder")
    return folder


@pytest.fixture(scope="session")
def amqplib() -> Path:
    """A `node_modules` folder with Node's AMQP client."""
    try:
        return node_modules()
    except NodeMissing as reason:
        missing("node", str(reason))
