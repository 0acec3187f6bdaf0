"""Who is rehearsed, and what each has at each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509

from hubemu.errors import InputError
from hubemu.hub import Hub
from hubemu.pki import Pki
from hubemu.pki.definitions import IdentityKind
from hubemu.pki.layout import read_certificates
from hubemu.pki.migration import MigrationStage, MigrationStep, StageMaker
from hubemu.rehearsal.kit import Kit
from hubemu.rehearsal.results import StepFinding
from hubemu.rehearsal.vendor_material import OwnMaterial
from hubemu.settings import Phase
from hubemu.suggestions import did_you_mean

__all__ = ["Identity", "Leg", "RehearsedClient", "candidates_of", "ends_of"]

Identity = Literal["legacy", "igc", "as-is"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One step on the way: its definition and its stage.

    `ahead` is how far it lies in the future where the broker's clock cannot go there.
    """

    step: MigrationStep
    stage: MigrationStage
    ahead: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class RehearsedClient:
    """A client, the id it publishes and reads with, and its kit at the step of a number.

    `noticed` is told of its files at every step; `host` names the place they are of.
    """

    client: str
    own_id: str
    kit: Callable[[int], Kit]
    noticed: Sequence[StepFinding] = ()
    host: str = ""


def candidates_of(
    hub: Hub,
    legs: Sequence[Leg],
    maker: StageMaker,
    wanted: Sequence[str],
    identity: Identity | None,
    own: OwnMaterial | None,
) -> list[RehearsedClient]:
    """The clients wanted, by default all of the Hub; with a vendor's own material, one.

    Raises:
        InputError: there is no such client.
    """
    known = hub.tables.clients
    for one in wanted:
        if own is None and one not in known:
            raise InputError(
                "--client",
                f"{one!r} is no client of this Hub: {did_you_mean(one, known)}see "
                "`hubemu certs list`",
            )
    if own is not None and own.leaf is not None:
        return [_vendor(hub, legs, maker, wanted, own)]
    ids = dict.fromkeys(wanted) if wanted else known
    return [
        RehearsedClient(one, known[one].own_ids[0], _kits(one, legs, maker, identity, own))
        for one in ids
    ]


def _vendor(
    hub: Hub, legs: Sequence[Leg], maker: StageMaker, wanted: Sequence[str], own: OwnMaterial
) -> RehearsedClient:
    holders = hub.pki.clients_of(own.common_name)
    client = next(iter([*wanted, *holders]), own.common_name or "client")
    known = hub.tables.clients
    own_id = known[client].own_ids[0] if client in known else client
    trusted = own.trusted or _all_trusted(legs, maker)
    kit = own.kit(trusted)
    return RehearsedClient(client, own_id, lambda _: kit)


def _kits(
    client: str,
    legs: Sequence[Leg],
    maker: StageMaker,
    identity: Identity | None,
    own: OwnMaterial | None,
) -> Callable[[int], Kit]:
    if identity in ("legacy", "igc"):
        fixed = _of_home(maker.pki, client, "legacy" if identity == "legacy" else "igc")
    elif identity == "as-is":
        fixed = _careful(client, legs[0], tuple(maker.trusted(legs[0].step).values()))
    else:
        trusted = own.trusted if own is not None else _all_trusted(legs, maker)
        return lambda number: _careful(client, legs[number], trusted)
    if own is not None:
        fixed = Kit(fixed.chain, fixed.file, fixed.key, own.trusted)
    return lambda _: fixed


def _of_home(pki: Pki, client: str, kind: IdentityKind) -> Kit:
    """What a client has that stays with one identity: the certificate, and its phase's trust."""
    files = pki.client_files(client, kind)
    phase = Phase.LEGACY if kind == "legacy" else Phase.IGC
    trusted = read_certificates(pki.truststore(phase), "")
    chain = read_certificates(files.certificate, "")
    return Kit(chain, files.certificate, files.key, trusted)


def _careful(client: str, leg: Leg, trusted: tuple[x509.Certificate, ...]) -> Kit:
    kind: IdentityKind = "legacy" if leg.step.clients_issuer == "legacy" else "igc"
    files = leg.stage.pki.client_files(client, kind)
    chain = read_certificates(files.certificate, "")
    return Kit(chain, files.certificate, files.key, trusted)


def _all_trusted(legs: Sequence[Leg], maker: StageMaker) -> tuple[x509.Certificate, ...]:
    """What a careful vendor trusts all along: whatever any step trusts."""
    found = [one for leg in legs for one in maker.trusted(leg.step).values()]
    return tuple(dict.fromkeys(found))


def ends_of(
    pki: Pki, clients: Sequence[str], kind: IdentityKind, own: OwnMaterial | None
) -> Mapping[datetime, str]:
    """When certificates of the clients end, and whose; those of the home's authorities are renewed
    with the Hub and left out."""
    if own is not None and own.leaf is not None:
        found = [*own.chain, *own.trusted]
    else:
        files = [pki.client_files(one, kind).certificate for one in clients]
        found = [one for file in files for one in read_certificates(file, "")]
    authorities = set(pki.authorities.values())
    ends: dict[datetime, str] = {}
    for one in found:
        if one not in authorities:
            day = one.not_valid_after_utc.replace(hour=12, minute=0, second=0, microsecond=0)
            ends.setdefault(day, one.subject.rfc4514_string())
    return dict(sorted(ends.items()))
