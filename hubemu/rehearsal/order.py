"""What is asked for, carried out: a Hub of its own from the home's certificates, the steps, the
report's facts."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from hubemu.errors import InputError
from hubemu.home import Home
from hubemu.hub import Hub
from hubemu.pki.definitions import IdentityKind
from hubemu.pki.migration import Migration, MigrationStep, StageMaker
from hubemu.rehearsal.candidates import Identity, Leg, RehearsedClient, candidates_of, ends_of
from hubemu.rehearsal.hosts import read_hosts
from hubemu.rehearsal.moved_dates import Redating
from hubemu.rehearsal.observations import file_findings
from hubemu.rehearsal.rehearsing import AfterStep, Rehearsing
from hubemu.rehearsal.results import ClientRehearsal, Rehearsal
from hubemu.rehearsal.revocation import RevocationLists, read_lists
from hubemu.rehearsal.revocation_reach import reach_findings
from hubemu.rehearsal.vendor_material import OwnMaterial, read_own
from hubemu.service import serve
from hubemu.settings import Settings
from hubemu.temporary_home import temporary_home

__all__ = ["RehearsalOrder", "rehearse"]

_DAY = timedelta(days=1)
_FARTHEST = 36_525 * _DAY
"""As far as the clock of a Hub goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOrder:
    """Everything a rehearsal is asked for.

    `settings` are those of its Hub, whose home is replaced by a temporary one with the
    certificates of `settings.home`, if it has any. `steps` are names in their order; empty: all.
    With `checks_revocation` clients look into revocation lists: into those in `revocation_lists`,
    or what the home's authorities publish.
    """

    settings: Settings
    migration: Migration
    vhost: str
    steps: Sequence[str] = ()
    clients: Sequence[str] = ()
    identity: Identity | None = None
    at: datetime | None = None
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    certificate: Path | None = None
    key: Path | None = None
    p12: Path | None = None
    truststores: Sequence[Path] = ()
    passphrase: str | None = None
    hosts: Path | None = None
    asks_revocation: bool = False
    checks_revocation: bool = False
    revocation_lists: Sequence[Path] = ()
    executes: bool = False


async def rehearse(
    order: RehearsalOrder, around: Callable[[Hub, OwnMaterial | None], AfterStep]
) -> Rehearsal:
    """Carry it out; `around` gives what is done after each step.

    Raises:
        InputError: a file, client, step or the home cannot be used.
        StartError: the Hub cannot start.
        CheckFailed: the engine cannot go to a step.
    """
    lacks_all = not Home(order.settings.home).certs.is_dir()
    with temporary_home("rehearsal-", ahead=lacks_all) as passing:
        scratch = passing.path
        given = _given(order, scratch)
        own = next(iter(given.values()))
        steps = [order.migration.step(one) for one in order.steps] or list(order.migration.steps)
        settings = _with_home(order.settings, scratch / "home")
        async with serve(settings, as_it_is=True, new_key=passing.new_key) as hub:
            if order.vhost not in hub.topology.vhosts:
                known = ", ".join(hub.topology.vhosts)
                raise InputError("--vhost", f"no vHost is called {order.vhost!r}: use {known}")
            maker = hub.steps.made_in(scratch / "steps")
            legs = _legs(hub, order, steps, maker, list(given.values()))
            return await _on(hub, order, legs, maker, given, around(hub, own))


def _authoritative(own: OwnMaterial | None) -> Sequence[x509.Certificate]:
    """Whose revocation is asked about (InputError: nothing of a vendor's was given)."""
    if own is None:
        problem = "needs your own files: give --client-cert and --client-key, --p12 or --hosts"
        raise InputError("--ask-revocation", problem)
    return tuple(dict.fromkeys([*own.chain, *own.trusted]))


def _given(order: RehearsalOrder, scratch: Path) -> Mapping[str, OwnMaterial | None]:
    """A vendor's own material by the name of the place it is of; one without a name by default."""
    files = (order.certificate, order.key, order.p12, *order.truststores)
    if order.hosts is not None:
        if any(files):
            raise InputError("--hosts", "names the files of each host: leave the other options out")
        return dict(read_hosts(order.hosts, scratch))
    own = read_own(
        scratch,
        certificate=order.certificate,
        key=order.key,
        p12=order.p12,
        truststores=order.truststores,
        passphrase=order.passphrase,
    )
    return {"": own}


async def _on(
    hub: Hub,
    order: RehearsalOrder,
    legs: Sequence[Leg],
    maker: StageMaker,
    given: Mapping[str, OwnMaterial | None],
    after_step: AfterStep,
) -> Rehearsal:
    at = order.at or hub.clock.datetime()
    candidates: list[RehearsedClient] = []
    for host, own in given.items():
        noticed = file_findings(own, hub.pki, at)
        if order.asks_revocation:
            noticed += await asyncio.to_thread(reach_findings, _authoritative(own))
        found = candidates_of(hub, legs, maker, order.clients, order.identity, own)
        candidates += [replace(one, host=host, noticed=noticed) for one in found]
    rehearsing = Rehearsing(
        hub=hub,
        legs=legs,
        candidates=candidates,
        redating=Redating(hub.pki, maker.folder.parent),
        lists=RevocationLists(maker.folder.parent, read_lists(order.revocation_lists)),
        checks_revocation=order.checks_revocation or bool(order.revocation_lists),
        vhost=order.vhost,
        newest=order.newest,
        at=order.at if hub.engine.clock_moves else None,
    )
    clients = await rehearsing.run(after_step)
    return _rehearsal(hub, order, legs, at, clients)


def _rehearsal(
    hub: Hub,
    order: RehearsalOrder,
    legs: Sequence[Leg],
    at: datetime,
    clients: list[ClientRehearsal],
) -> Rehearsal:
    """What came of it."""
    title = order.migration.title
    return Rehearsal(
        environment=hub.settings.environment.value,
        engine=hub.engine.name,
        at=at,
        migration={"en": title.en, "fr": title.fr},
        steps=[leg.stage.name for leg in legs],
        about={
            leg.stage.name: {"en": leg.step.about.en, "fr": leg.step.about.fr}
            for leg in legs
            if leg.step.about is not None
        },
        clients=clients,
        executed=order.executes,
    )


def _with_home(settings: Settings, temporary: Path) -> Settings:
    """The settings in a temporary home that has the certificates of the real one."""
    real = Home(settings.home)
    temporary.mkdir(mode=0o700)
    if real.certs.is_dir():
        shutil.copytree(real.certs, temporary / "certs")
        marker = real.path / "home.json"
        if marker.is_file():
            shutil.copy(marker, temporary / marker.name)
    return replace(settings, home=temporary)


def _legs(
    hub: Hub,
    order: RehearsalOrder,
    steps: Sequence[MigrationStep],
    maker: StageMaker,
    owns: Sequence[OwnMaterial | None],
) -> list[Leg]:
    legs = []
    for step in steps:
        for named, at in _times(hub, order, step, owns):
            legs.append(_leg(hub, maker, named, at))
    return sorted(
        legs,
        key=lambda leg: leg.stage.at.timestamp() if leg.stage.at else leg.ahead.total_seconds(),
    )


def _leg(hub: Hub, maker: StageMaker, step: MigrationStep, at: datetime | None) -> Leg:
    now = hub.clock.datetime()
    if at is None or abs(at - now) < _DAY / 24:
        return Leg(step, maker.stage(step))
    where = "--at" if step.at is None else f"step {step.name!r}"
    if at < now:
        raise InputError(where, f"{at:%Y-%m-%d} is past: the Hub's clock goes forward only")
    if at - now > _FARTHEST:
        raise InputError(where, f"{at:%Y-%m-%d} is more than a century ahead: name a nearer date")
    if not hub.engine.clock_moves:
        return Leg(step, maker.stage(step), at - now)
    return Leg(step, maker.stage(step, at))


def _times(
    hub: Hub, order: RehearsalOrder, step: MigrationStep, owns: Sequence[OwnMaterial | None]
) -> list[tuple[MigrationStep, datetime | None]]:
    """A step as it is; one around the end of certificates once for each end."""
    if step.around is None:
        if step.at is not None:
            return [(step, datetime(step.at.year, step.at.month, step.at.day, tzinfo=UTC))]
        return [(step, order.at)]
    kind: IdentityKind = "legacy" if step.clients_issuer == "legacy" else "igc"
    clients = order.clients or list(hub.tables.clients)
    away = -_DAY if step.around == "before" else _DAY
    found: list[tuple[MigrationStep, datetime | None]] = []
    ends = {end for own in owns for end in ends_of(hub.pki, clients, kind, own)}
    for end in sorted(ends):
        at = end + away
        if at > hub.clock.datetime():
            name = f"{at:%Y-%m-%d} ({step.name})"
            found.append((step.model_copy(update={"name": name}), at))
    return found
