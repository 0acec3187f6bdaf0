"""A home made once, whose certificates the rehearsals of a test run take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from hubemu.hub import Hub
from hubemu.pki import Pki
from hubemu.pki.issued_on_demand import IssuedFiles, IssueOrder, issue_certificate, write_issued
from hubemu.pki.migration import load_migration
from hubemu.rehearsal import Outcome, Rehearsal, RehearsalOrder, rehearse
from hubemu.rehearsal.candidates import Leg
from hubemu.rehearsal.kit import Kit
from hubemu.rehearsal.rehearsing import AfterStep
from hubemu.rehearsal.vendor_material import OwnMaterial
from hubemu.settings import EngineKind, Settings
from tests.support.kept_certificates import KEPT

CLIENT = "fr.health.samuA"
Rehearse = Callable[..., Rehearsal]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with certificates, in which no Hub is up."""
    path = KEPT.given(tmp_path_factory.mktemp("rehearsal") / "home")
    hub = Hub(Settings(home=path))
    hub.home.claim(hub.settings.environment)
    try:
        hub.certificate_maker.make()
        KEPT.keep(path)
    finally:
        hub.home.release()
    return path


@pytest.fixture(scope="session")
def pki(home: Path) -> Pki:
    from hubemu.pki import open_pki

    return open_pki(home / "certs")


@pytest.fixture
def issued(pki: Pki, tmp_path: Path) -> Callable[..., IssuedFiles]:
    """Issues a certificate of a profile with samuA's own Common Name, made at run time."""
    from datetime import UTC, datetime

    def issue(profile: str = "client", name: str = "", **more: Any) -> IssuedFiles:
        known = next(cn for cn, client in pki.holders.items() if client == CLIENT and cn != CLIENT)
        order = IssueOrder(common_name=name or known, profile=profile, **more)
        made = issue_certificate(pki, order, datetime.now(UTC))
        return write_issued(made, tmp_path / f"issued-{profile}", pki.passphrase)

    return issue


@pytest.fixture
def rehearsed(home: Path) -> Rehearse:
    """Carries out a rehearsal of samuA, or of the clients given."""

    def carry_out(
        *,
        migration: str = "igc-sante",
        engine: EngineKind = EngineKind.EMBEDDED,
        clients: Sequence[str] = (CLIENT,),
        **more: Any,
    ) -> Rehearsal:
        settings = Settings(home=home, engine=engine, rabbitmq="auto", port=0, http_port=0)
        order = RehearsalOrder(
            settings=settings,
            migration=load_migration(migration),
            vhost="15-15_v2.0",
            clients=clients,
            **more,
        )
        return asyncio.run(rehearse(order, nothing))

    return carry_out


def nothing(hub: Hub, own: OwnMaterial | None) -> AfterStep:
    async def after_step(leg: Leg, outcomes: Sequence[Outcome], kits: Sequence[Kit]) -> None:
        pass

    return after_step


def cells(rehearsal: Rehearsal) -> list[str]:
    """The columns of the first client, a word a step: Y, n, or - for what was not tried."""
    marks = {True: "Y", False: "n", None: "-"}
    return [
        "".join(marks[one] for one in result.columns.values())
        for result in rehearsal.clients[0].results
    ]


def codes(rehearsal: Rehearsal) -> list[list[str]]:
    """The codes of the first client at each step."""
    return [[one.code for one in result.findings] for result in rehearsal.clients[0].results]
