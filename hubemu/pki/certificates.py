"""The PKI of a home as the other parts use it: TLS contexts, files, identities, verdicts."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509

from hubemu.errors import InputError
from hubemu.pki.additions import Additions
from hubemu.pki.chains import DEFAULT_BASE, Chain, issued_by, open_authority, read_chains
from hubemu.pki.client_judge import ClientJudge
from hubemu.pki.definitions import Definitions, IdentityKind, load_definitions
from hubemu.pki.distribution import distribution_base
from hubemu.pki.identities import Identity, identities_in
from hubemu.pki.issuing import Authority
from hubemu.pki.layout import (
    Layout,
    read_certificates,
    read_key,
    read_passphrase,
)
from hubemu.pki.refusal import Trust, explain
from hubemu.pki.tls_contexts import KeyPair, connecting_context, listening_context
from hubemu.pki.truststores import complete_truststore, write_truststores
from hubemu.settings import Phase

__all__ = ["Pki", "open_pki"]

_IGC_CHAINS = ("igc-test", "igc-prod")


@dataclass(frozen=True, slots=True)
class Pki:
    """The material of one home, complete at the time it was opened.

    `igc_chain` is the IGC Santé chain of its environment (`igc-test`, `igc-prod`), `holders` maps
    the Common Names of its clients' certificates to client ids; that of a Hub is live. A step of a
    change of certificates has a folder of its own: `home` is that of the home then, what is added
    there is added here, and `earlier` are the authorities of the home.
    """

    folder: Path
    igc_chain: str
    chains: Mapping[str, Chain]
    definitions: Definitions
    holders: dict[str, str]
    home: Path | None = None
    earlier: Mapping[str, x509.Certificate] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The URL that its certificates name for revocation: where its Hub is, or was last."""
        shown = read_certificates(self.server_files(Phase.IGC).certificate, "")
        return distribution_base(shown[0]) or DEFAULT_BASE

    def authority(self, chain: Chain) -> Authority:
        """The issuing authority of a chain with its key (InputError: the key is damaged)."""
        return open_authority(chain, self._layout, self.definitions, self.base)

    def authority_named(self, name: str) -> Authority:
        """Any authority of the home with its key, by its name (InputError: the key is damaged)."""
        key = read_key(
            self._layout.authority_key(name), self.authorities[name], self._layout.start_anew()
        )
        return Authority(self.authorities[name], key)

    def write_truststores(self, now: datetime) -> None:
        """Write the trust stores anew where something was added to them.

        Raises:
            InputError: the home is damaged.
            OSError: one cannot be written.
        """
        write_truststores(
            self._layout, self.definitions, self.chains, self.igc_chain, self.passphrase, now
        )

    def take_over(self, phase: Phase, now: datetime) -> None:
        """At a step: have its phase trust what was added to the home since the step was made.

        Raises:
            InputError: the home, or the step, is damaged.
            OSError: a trust store cannot be written.
        """
        if self.home is not None:
            added = self.additions.trusted(phase)
            complete_truststore(self._layout, phase, added, self.passphrase, now)

    @property
    def additions(self) -> Additions:
        """What was added to this home: trusted, revoked, bound."""
        return Additions(self.folder, self.home)

    @property
    def authorities(self) -> dict[str, x509.Certificate]:
        """Every authority of the home by the name of its key file and revocation list."""
        return {
            authority.name: certificate
            for name, chain in self.chains.items()
            for authority, certificate in zip(
                self.definitions.chains[name], chain.certificates, strict=True
            )
        }

    def judge(self, phase: Phase) -> ClientJudge:
        """What decides about clients in a phase, with what was added to the home until now.

        Raises:
            InputError: the trust store, or an addition, is damaged.
        """
        anchors = read_certificates(self.truststore(phase), self._layout.start_anew())
        revoked = {
            certificate: frozenset(one.serial for one in self.additions.revocations(name))
            for name, certificate in (*self.earlier.items(), *self.authorities.items())
        }
        return ClientJudge(anchors, revoked)

    def shown(self) -> list[x509.Certificate]:
        """The certificates its Hub shows, over all phases (InputError: one is damaged)."""
        files = dict.fromkeys(self.server_files(phase).certificate for phase in Phase)
        return [read_certificates(file, self._layout.start_anew())[0] for file in files]

    def root_shown(self, phase: Phase) -> x509.Certificate:
        """The root of what the Hub shows in a phase, which a client must trust."""
        chain = self.igc_chain if self.kind(phase) == "igc" else "legacy"
        return self.chains[chain].certificates[0]

    def clients_of(self, common_name: str) -> tuple[str, ...]:
        """The clients that a Common Name logs in as, none if the Hub knows it not.

        Raises:
            InputError: an addition is damaged.
        """
        bound = self.additions.bindings().get(common_name)
        if bound is not None:
            return bound
        holder = self.holders.get(common_name)
        return (holder,) if holder else ()

    @property
    def passphrase(self) -> str:
        """The passphrase of every `.p12` and `.jks` (InputError: it is missing)."""
        return read_passphrase(self._layout)

    def kind(self, phase: Phase) -> IdentityKind:
        """The identity the Hub shows in a phase, which every client can use there too."""
        return self.definitions.phases[phase].shows

    def truststore(self, phase: Phase, suffix: str = ".pem") -> Path:
        """What is trusted in a phase, as `.pem`, `.p12` or `.jks`."""
        return self._layout.truststore(phase, suffix)

    def server_files(self, phase: Phase) -> KeyPair:
        """What the Hub shows in a phase."""
        return _key_pair(self._layout.server(self.kind(phase)))

    def dispatcher_files(self, phase: Phase) -> KeyPair:
        """What the dispatcher shows to an engine it reaches over AMQP (CN `dispatcher`)."""
        return _key_pair(self._layout.dispatcher(self.kind(phase)))

    def client_files(self, client_id: str, identity: IdentityKind) -> KeyPair:
        """What a client shows.

        Raises:
            InputError: the home has no such client.
        """
        files = _key_pair(self._layout.client(client_id, identity))
        if not files.certificate.exists():
            raise InputError(
                files.certificate, f"no certificate for client {client_id!r}: see `certs list`"
            )
        return files

    def server_context(self, phase: Phase, shown: KeyPair | None = None) -> ssl.SSLContext:
        """TLS of the Hub's listener in a phase: TLS 1.2 or later, a client certificate required.

        Root and intermediate are trusted, so a client that sends its leaf alone is accepted.

        Args:
            phase: who is trusted.
            shown: a certificate instead of the Hub's, sent with what its file holds and no more.

        Raises:
            InputError: the files cannot be used.
        """
        files = shown or self.server_files(phase)
        return listening_context(files, self.truststore(phase), self.folder)

    def client_context(
        self, client_id: str, identity: IdentityKind, phase: Phase
    ) -> ssl.SSLContext:
        """TLS of a client that trusts what is safe in a phase and checks the host name.

        Raises:
            InputError: the home has no such client, or the files cannot be used.
        """
        return self._client_context(self.client_files(client_id, identity), phase)

    def dispatcher_context(self, phase: Phase) -> ssl.SSLContext:
        """The same for the dispatcher."""
        return self._client_context(self.dispatcher_files(phase), phase)

    def identities(self) -> list[Identity]:
        """Every identity of every client, by client id.

        Raises:
            InputError: a certificate cannot be read.
        """
        return identities_in(self.folder)

    def explain_refusal(
        self, chain: Sequence[bytes], phase: Phase, now: datetime, openssl_reason: str
    ) -> str:
        """Why a client was refused, in words for a person, with the mend.

        `chain` is what came (DER, leaf first; empty if none did), `openssl_reason` the words of
        the TLS library. Everything found is told, not just the first.
        """
        trust = Trust(
            chains=self.chains,
            trusted=self.definitions.trusted_chains(phase, self.igc_chain),
            phase=phase,
            igc_chain=self.igc_chain,
            use=self.kind(phase),
            mark=self.definitions.mark,
            holders=self.holders,
            judge=self.judge(phase),
        )
        return explain(chain, trust, now, openssl_reason)

    @property
    def _layout(self) -> Layout:
        return Layout(self.folder)

    def _client_context(self, files: KeyPair, phase: Phase) -> ssl.SSLContext:
        return connecting_context(files, self.truststore(phase), self.folder)


def open_pki(folder: Path) -> Pki:
    """The PKI of a home as it is, for commands that make nothing.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if not folder.is_dir():
        raise InputError(folder, "no certificates yet: `hubemu up` makes them")
    layout, definitions = Layout(folder), load_definitions()
    chains = read_chains(layout, definitions)
    shown = _key_pair(layout.server("igc")).certificate
    leaf = read_certificates(shown, layout.start_anew())[0]
    for name in _IGC_CHAINS:
        if issued_by(leaf, chains[name].issuing):
            holders = {i.common_name: i.client for i in identities_in(folder)}
            return Pki(folder, name, chains, definitions, holders)
    raise InputError(shown, f"no IGC authority of this home issued it: {layout.start_anew()}")


def _key_pair(path: Path) -> KeyPair:
    return KeyPair(path.with_name(f"{path.name}.crt"), path.with_name(f"{path.name}.key"))
