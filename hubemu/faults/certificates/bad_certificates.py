"""The bad server certificates of a Hub: each made when it is first asked for, then kept."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from hubemu.clock import Clock
from hubemu.common_name import common_name_of
from hubemu.keys.rsa import key_pem
from hubemu.pki import KeyPair, Pki
from hubemu.pki.layout import read_certificates, read_key
from hubemu.pki.stores import pem
from hubemu.settings import Phase

__all__ = ["BadCertificates", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as it is sent, leaf first, and its key; both PEM."""

    chain: bytes
    key: bytes

    @contextlib.contextmanager
    def files(self) -> Iterator[KeyPair]:
        """The same as files, which only this user can read, for as long as the block lasts."""
        with tempfile.TemporaryDirectory(prefix="hubemu-") as folder:
            pair = KeyPair(Path(folder, "shown.crt"), Path(folder, "shown.key"))
            pair.certificate.write_bytes(self.chain)
            pair.key.write_bytes(self.key)
            yield pair


class BadCertificates:
    """Makes what the Hub shows instead of its own: the same names and key, another profile.

    Args:
        pki: the Hub's certificates.
        clock: the Hub's time.
    """

    def __init__(self, pki: Pki, clock: Clock) -> None:
        self._pki = pki
        self._clock = clock
        self._made: dict[tuple[str, Phase], Shown] = {}

    async def prepare(self, profile: str, phase: Phase) -> None:
        """Have a certificate made, in a thread of its own."""
        await asyncio.to_thread(self.get, profile, phase)

    def get(self, profile: str, phase: Phase) -> Shown:
        """The certificate of a profile in a phase; made, if it was not prepared."""
        if (profile, phase) not in self._made:
            self._made[profile, phase] = self._make(profile, phase)
        return self._made[profile, phase]

    def _make(self, profile: str, phase: Phase) -> Shown:
        from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate

        files = self._pki.server_files(phase)
        own = read_certificates(files.certificate, "")[0]
        name = common_name_of(own.subject)
        order = IssueOrder(
            common_name=name,
            profile=profile,
            chain=self._pki.kind(phase),
            names=() if profile == "wrong-host" else _names(own),
        )
        key = read_key(files.key, own, "")  # a new one would take long
        issued = issue_certificate(self._pki, order, self._now(profile), key)
        return Shown(pem(issued.chain), key_pem(issued.key))

    def _now(self, profile: str) -> datetime:
        """Bad by the Hub's clock and by that of its clients, however far the first was moved."""
        hub, real = self._clock.datetime(), datetime.now(tz=self._clock.datetime().tzinfo)
        return max(hub, real) if profile == "not-yet-valid" else min(hub, real)


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    kinds: tuple[Callable[[], list[object]], ...] = (
        lambda: list(found.get_values_for_type(x509.DNSName)),
        lambda: list(found.get_values_for_type(x509.IPAddress)),
    )
    return tuple(str(name) for kind in kinds for name in kind())
