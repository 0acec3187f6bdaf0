"""A home made once, and real TLS handshakes without sockets."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubemu.pki import IdentityRequest, Pki, ensure_pki
from hubemu.settings import Environment

SAMU_A = IdentityRequest("fr.health.samuA", "fr.health.samuA", "samua.test.hubemu.example")
EDITOR = IdentityRequest("fr.health.test.exos", "fr.health.test.exos", "*.test.editeur.fr")

Ensure = Callable[..., Pki]


def ensure(
    folder: Path,
    *,
    clients: Sequence[IdentityRequest] = (SAMU_A, EDITOR),
    environment: Environment = Environment.SANDBOX,
    sans: Sequence[str] = (),
    now: datetime | None = None,
    base: str | None = None,
) -> Pki:
    when = now or datetime.now(UTC)
    return ensure_pki(
        folder, environment=environment, clients=clients, sans=sans, now=when, base=base
    )


@pytest.fixture(scope="session", name="ensure")
def ensure_fixture() -> Ensure:
    """`ensure_pki` with two clients and today's date unless told otherwise."""
    return ensure


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """A home that no test may change."""
    return ensure(tmp_path_factory.mktemp("home") / "certs")


@pytest.fixture
def folder(pki: Pki, tmp_path: Path) -> Path:
    """A copy of it that the test may spoil."""
    return Path(shutil.copytree(pki.folder, tmp_path / "certs"))


@pytest.fixture(scope="session")
def other_home(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """A home of the PROD chain, with authorities of its own."""
    folder = tmp_path_factory.mktemp("other") / "certs"
    return ensure(folder, clients=[SAMU_A], environment=Environment.PROD)


@dataclass(frozen=True)
class Outcome:
    """How a handshake ended on each side; `None` means well."""

    server_error: ssl.SSLError | None
    client_error: ssl.SSLError | None
    version: str | None
    session: ssl.SSLSession | None
    resumed: bool | None

    @property
    def accepted(self) -> bool:
        return self.server_error is None and self.client_error is None


class _Side:
    def __init__(
        self,
        context: ssl.SSLContext,
        host: str | None = None,
        session: ssl.SSLSession | None = None,
    ) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self.incoming,
            self.outgoing,
            server_side=host is None,
            server_hostname=host,
            session=session,
        )
        self.done = False
        self.error: ssl.SSLError | None = None

    def step(self) -> bytes:
        """Go on as far as possible; gives what is to be sent."""
        try:
            if self.error is None and not self.done:
                self.tls.do_handshake()
                self.done = True
            elif self.error is None:
                self.tls.read(1)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.error = error
        return self.outgoing.read()


def handshake(
    server: ssl.SSLContext,
    client: ssl.SSLContext,
    host: str = "localhost",
    session: ssl.SSLSession | None = None,
) -> Outcome:
    """A handshake in memory, carried on until both sides have nothing more to say."""
    ends = _Side(server), _Side(client, host, session)
    silent = 0
    while silent < 2:
        for this, other in (ends, ends[::-1]):
            sent = this.step()
            other.incoming.write(sent)
            silent = 0 if sent else silent + 1
    tls = ends[1].tls
    session = tls.session if ends[1].done else None
    return Outcome(ends[0].error, ends[1].error, tls.version(), session, tls.session_reused)


@pytest.fixture(scope="session", name="handshake")
def handshake_fixture() -> Callable[..., Outcome]:
    """The function `handshake(server context, client context, host) -> Outcome`."""
    return handshake
