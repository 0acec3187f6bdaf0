"""The material of each step of a migration: the home's own where a phase of it will do, else a
folder like the home's `certs/` in which the step's certificates stand.

    <folder>/<step>/   ca/ server/ dispatcher/ clients/ truststores/ passphrase.txt ...
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from hubemu.common_name import common_name_of
from hubemu.errors import InputError
from hubemu.keys.rsa import key_pem, new_key
from hubemu.pki.certificate_files import read_material
from hubemu.pki.certificates import Pki
from hubemu.pki.layout import Layout, read_certificates, write_public, write_secret
from hubemu.pki.leaves import Issuer, WantedLeaf, issue, read_leaf
from hubemu.pki.migration.next_chains import NextAuthorities, next_authorities
from hubemu.pki.opening import key_octets
from hubemu.pki.revocation import authority_of
from hubemu.pki.steps import Issuer as IssuerName
from hubemu.pki.steps import MigrationStep
from hubemu.pki.stores import pem
from hubemu.pki.truststores import write_truststore
from hubemu.settings import Phase

__all__ = ["MigrationStage", "StageMaker"]


@dataclass(frozen=True, slots=True)
class MigrationStage:
    """A step that a Hub can be in: in `pki`, its phase `phase` shows and trusts what it should.

    `at` is where the Hub's clock stands; `None`: where it is.
    """

    name: str
    pki: Pki
    phase: Phase
    at: datetime | None = None


@dataclass(slots=True)
class StageMaker:
    """Makes the stages of migrations in one home.

    Args:
        pki: the home's certificates.
        leaves: every leaf of the home, as `wanted_leaves` gives them.
        folder: where the folders of the steps are made.
        now: the time that certificates are issued at.
    """

    pki: Pki
    leaves: Sequence[WantedLeaf]
    folder: Path
    now: datetime
    _made: dict[tuple[MigrationStep, datetime | None], MigrationStage] = field(default_factory=dict)
    _next: dict[IssuerName, NextAuthorities] = field(default_factory=dict)

    def stage(self, step: MigrationStep, at: datetime | None = None) -> MigrationStage:
        """The stage of a step, made once; `at` is where the clock is to stand in it.

        Raises:
            InputError: the home, or a file of the step, is damaged.
            OSError: a file cannot be written.
        """
        if (step, at) not in self._made:
            self._made[step, at] = self._make(step, at)
        return self._made[step, at]

    def add_clients(self, leaves: Sequence[WantedLeaf]) -> None:
        """Have leaves of clients that the home has since in the stages too, made or to come.

        Raises:
            InputError: the home is damaged.
            OSError: a file cannot be written.
        """
        known = {leaf.path: leaf for leaf in (*self.leaves, *leaves)}
        self.leaves = list(known.values())
        for (step, at), stage in self._made.items():
            if stage.pki.home is None:
                continue
            folder = stage.pki.folder
            for client in {leaf.path.parent for leaf in leaves}:
                there = folder / client.relative_to(self.pki.folder)
                shutil.copytree(client, there, dirs_exist_ok=True)
            self._issue(step, folder, at or self.now, leaves, renew_hub=False)

    def _make(self, step: MigrationStep, at: datetime | None) -> MigrationStage:
        phase = _phase_of(step)
        if self._is_of_the_home(step, phase) and at is None:
            return MigrationStage(step.name, self.pki, phase)
        return MigrationStage(step.name, self._own_folder(step, phase, at), phase, at)

    def _is_of_the_home(self, step: MigrationStep, phase: Phase) -> bool:
        known = self.pki.definitions.phases[phase]
        return (
            step.shows == known.shows
            and not step.renewed
            and not step.revokes
            and step.clients_issuer == known.shows
            and set(step.trusts) == set(known.trusts)
        )

    def _own_folder(self, step: MigrationStep, phase: Phase, at: datetime | None) -> Pki:
        folder = self.folder / "".join(one if one.isalnum() else "-" for one in step.name)
        shutil.copytree(self.pki.folder, folder, dirs_exist_ok=True)
        chains = dict(self.pki.chains)
        if step.shows in ("new-intermediate", "new-root"):
            chains[self.pki.igc_chain] = self._authorities(step.shows).issuer.chain
            self._write_authorities(step.shows, Layout(folder))
        pki = replace(
            self.pki,
            folder=folder,
            chains=chains,
            home=self.pki.folder,
            earlier=self.pki.authorities,
        )
        renewed = step.renewed or at is not None
        self._issue(step, folder, at or self.now, self.leaves, renew_hub=renewed)
        self._show_files(step, phase, Layout(folder))
        self._trust(step, phase, Layout(folder))
        self._revoke(step, phase, pki)
        return pki

    def _authorities(self, name: IssuerName) -> NextAuthorities:
        if name not in self._next:
            new_root = name == "new-root"
            self._next[name] = next_authorities(self.pki, new_root=new_root, now=self.now)
        return self._next[name]

    def _write_authorities(self, name: IssuerName, layout: Layout) -> None:
        made = self._authorities(name)
        write_public([(layout.chain(self.pki.igc_chain), pem(made.issuer.chain.certificates))])
        write_secret([(layout.authority_key(one), key_pem(key)) for one, key in made.keys.items()])

    def _issuer(self, name: IssuerName) -> Issuer:
        if name in ("new-intermediate", "new-root"):
            return self._authorities(name).issuer
        chain = self.pki.chains["legacy" if name == "legacy" else self.pki.igc_chain]
        return Issuer(chain, self.pki.authority(chain))

    def _issue(
        self,
        step: MigrationStep,
        folder: Path,
        now: datetime,
        leaves: Sequence[WantedLeaf],
        *,
        renew_hub: bool,
    ) -> None:
        """Issue what the step has otherwise than the home, of some leaves."""
        hub, clients = step.shows or "igc", step.clients_issuer
        for leaf in leaves:
            kind = leaf.path.name
            of_hub = not leaf.path.is_relative_to(self.pki.folder / "clients")
            wanted = hub if of_hub else clients
            if (kind == "legacy") is not (wanted == "legacy"):
                continue
            if wanted == kind and not (of_hub and renew_hub):
                continue
            found = read_leaf(leaf, self.pki.chains)
            there = replace(leaf, path=folder / leaf.path.relative_to(self.pki.folder))
            renewed_key = of_hub and step.renewed and leaf.path.parent.name == "server"
            keep = () if renewed_key else found
            issued = issue(there, keep, self._issuer(wanted), self.pki.passphrase, now, new_key)
            write_secret(issued.secret)
            write_public(issued.public)

    def _show_files(self, step: MigrationStep, phase: Phase, layout: Layout) -> None:
        if step.certificate is None or step.key is None:
            return
        shown = layout.server(self.pki.kind(phase))
        certificate = _certificates(step.certificate, "name the Hub's, leaf first")
        _see_that_they_match(step, certificate[0])
        write_public([(shown.with_name(f"{shown.name}.crt"), pem(certificate))])
        write_secret([(shown.with_name(f"{shown.name}.key"), step.key.read_bytes())])

    def _trust(self, step: MigrationStep, phase: Phase, layout: Layout) -> None:
        write_truststore(layout, phase, self.trusted(step), self.pki.passphrase, self.now)

    def trusted(self, step: MigrationStep) -> Mapping[str, x509.Certificate]:
        """What the Hub trusts at a step, by alias, with what was added to the home.

        Raises:
            InputError: a file of the step is no certificate.
        """
        found: list[x509.Certificate] = []
        for one in step.trusts:
            if isinstance(one, Path):
                found += _certificates(one, "name a file of authorities")
            else:
                found += self._issuer(one).chain.certificates
        found += self.pki.additions.trusted(_phase_of(step))
        return {f"trusted-{n}": one for n, one in enumerate(dict.fromkeys(found), start=1)}

    def _revoke(self, step: MigrationStep, phase: Phase, pki: Pki) -> None:
        for name in step.revokes:
            if name == "hub":
                (shown, *_) = read_certificates(pki.server_files(phase).certificate, "")
                issuer = authority_of(pki, shown, f"step {step.name!r}")
                pki.additions.revoke(issuer, shown.serial_number, self.now)
                continue
            root = self.pki.definitions.chains[self.pki.igc_chain][0].name
            old = self._issuer(name).chain.issuing
            pki.additions.revoke(root, old.serial_number, self.now)


def _certificates(file: Path, mend: str) -> list[x509.Certificate]:
    """Those in a file of any kind that needs no passphrase (InputError: there is none)."""
    found = read_material(file).certificates
    if not found:
        raise InputError(file, f"holds no certificate: {mend}")
    return found


def _see_that_they_match(step: MigrationStep, leaf: x509.Certificate) -> None:
    """RabbitMQ starts with a key that is another certificate's, and then nobody gets in (S16)."""
    assert step.key is not None  # noqa: S101 - its caller looked
    held = read_material(step.key, None)
    if held.locked:
        problem = "has a passphrase, and the Hub of a rehearsal asks for none (F8): give it without"
        raise InputError(step.key, f"{problem}: openssl pkey -in KEY -out PLAIN")
    if held.key is None:
        raise InputError(step.key, "holds no private key: name that of the certificate")
    if held.form != "pem":
        problem = "is not PEM, which the Hub reads: openssl pkey -inform der -in KEY -out KEY.pem"
        raise InputError(step.key, problem)
    if held.key != key_octets(leaf):
        name = common_name_of(leaf.subject)
        problem = f"is not the key of {name!r}: with it nobody would get in (S16)"
        raise InputError(step.key, problem)


def _phase_of(step: MigrationStep) -> Phase:
    """The phase under which a step's material stands."""
    if step.shows == "legacy":
        return Phase.LEGACY
    return Phase.DUAL if "legacy" in step.trusts else Phase.IGC
