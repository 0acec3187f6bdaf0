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
from hypothesis import settings

from tests.support.nodejs import NodeMissing, node_modules

REPOSITORY = Path(__file__).resolve().parent.parent

LONG = (
    "rehearsal", "engines", "examples", "scenarios", "clients", "cli", "page", "control", "faults",
    "pki", "demo", "bench", "doctor", "explain", "testing", "test_bundle.py", "test_packages.py",
    "test_readme.py", "hub",
)  # fmt: skip
"""Folders, and files beside them, that take seconds because they start processes. Workers get
them before all others, so that none is left when the last files are given out; `hub` after the
rest of them, because its nodes stay up to the end."""


def missing(what: str, reason: str) -> NoReturn:
    """Skip for want of `what`, or fail where it is required."""
    if what in os.environ.get("HUBEMU_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here: {reason}", pytrace=False)
    pytest.skip(reason)


settings.register_profile("suite", deadline=None)  # no test depends on a machine's speed
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the order stays as it was within a folder."""
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(_folder(item), len(LONG)))


def _folder(item: pytest.Item) -> str:
    here = REPOSITORY / "tests"
    return item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""


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
