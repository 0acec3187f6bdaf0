"""Fixtures for pytest: a Hub for the session, as new for each test.

Nothing of hubemu is imported before a test asks for a Hub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hubemu.testing.client import Client
    from hubemu.testing.controls import Clock, Faults, Journal
    from hubemu.testing.hub import Hub

__all__ = ["hub", "hub_client", "hub_clock", "hub_faults", "hub_journal"]

_ENGINES = ("embedded", "rabbitmq")
_THE_HUB: pytest.StashKey[Hub] = pytest.StashKey()
_DEFAULT_VHOST = "15-15_v2.0"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the Hub that tests get."""
    group = parser.getgroup("hubemu", "the Hub Santé for tests")
    group.addoption("--hub-engine", default="embedded", help="its broker: embedded or rabbitmq")
    group.addoption("--hub-routing", metavar="DIR", help="its routing tables")
    group.addoption("--hub-now", metavar="INSTANT", help="where its clock stands at the start")
    group.addoption("--hub-seed", metavar="N", type=int, help="of its random choices and ids")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse values that no Hub can be started with, before any test runs."""
    engine = config.getoption("--hub-engine")
    if engine not in _ENGINES:
        raise pytest.UsageError(f"--hub-engine: {engine!r}: use {' or '.join(_ENGINES)}")
    if (now := config.getoption("--hub-now")) is not None:
        from hubemu.errors import InputError
        from hubemu.settings import begin_of

        try:
            begin_of("--hub-now", now)
        except InputError as error:
            raise pytest.UsageError(str(error)) from None
        if engine == "rabbitmq":
            raise pytest.UsageError("--hub-now: the clock of RabbitMQ cannot be stopped")
    if (routing := config.getoption("--hub-routing")) is not None:
        from hubemu.errors import InputError
        from hubemu.routing import load_routing

        try:
            load_routing(Path(routing))
        except InputError as error:
            raise pytest.UsageError(f"--hub-routing: {error}") from None


@pytest.fixture(scope="session")
def hub(pytestconfig: pytest.Config) -> Iterator[Hub]:
    """The Hub of the session, on free ports, in a temporary home."""
    from hubemu.testing import Hub

    engine = pytestconfig.getoption("--hub-engine")
    routing = pytestconfig.getoption("--hub-routing")
    now, seed = pytestconfig.getoption("--hub-now"), pytestconfig.getoption("--hub-seed")
    with Hub(engine=engine, routing=routing, now=now, seed=seed) as started:
        pytestconfig.stash[_THE_HUB] = started
        try:
            yield started
        finally:
            del pytestconfig.stash[_THE_HUB]


@pytest.fixture
def hub_client(hub: Hub) -> Iterator[Callable[..., Client]]:
    """Connects clients, which leave after the test."""

    def connect(client: str, vhost: str = _DEFAULT_VHOST) -> Client:
        __tracebackhide__ = True
        return hub.client(client, vhost)

    yield connect
    hub.close_clients()


@pytest.fixture
def hub_faults(hub: Hub) -> Faults:
    """The fault rules of the Hub."""
    return hub.faults


@pytest.fixture
def hub_clock(hub: Hub) -> Clock:
    """The clock of the Hub."""
    return hub.clock


@pytest.fixture
def hub_journal(hub: Hub) -> Journal:
    """What became of each message of the test."""
    return hub.journal


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have the Hub as new for a test that uses it."""
    if (started := _used(item)) is not None:
        started.reset()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Show the journal of its messages with a test that failed."""
    report = yield
    if report.failed and report.when != "teardown" and (started := _used(item)) is not None:
        report.sections.append(("messages of the Hub", started.journal.text()))
    return report


def _used(item: pytest.Item) -> Hub | None:
    """The Hub, if it is up and this test uses it."""
    if "hub" not in getattr(item, "fixturenames", ()):
        return None
    return item.config.stash.get(_THE_HUB, None)
