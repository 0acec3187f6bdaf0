"""The Hub shows a certificate that a careful client must refuse; afterwards its own again."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hubemu.engines.embedded import EmbeddedEngine
from hubemu.faults.certificates.bad_certificates import BadCertificates
from hubemu.faults.on_embedded import OnEmbedded
from hubemu.hub import Hub
from hubemu.pki import open_pki
from hubemu.settings import Phase, Settings
from tests.support.kept_certificates import KEPT
from tests.support.plain_fault import PlainFault

A = "fr.health.samuA"
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
WORDS = {
    "expired": "certificate has expired",
    "not-yet-valid": "certificate is not yet valid",
    "wrong-host": "Hostname mismatch",
    "unknown-authority": "unable to get local issuer certificate",
    "self-signed": "self-signed certificate",
    "missing-intermediate": "unable to get local issuer certificate",
}


class Scene:
    """A Hub, and who puts rules in force on it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.certs = hub.home.certs
        engine = hub.engine
        assert isinstance(engine, EmbeddedEngine)
        assert engine.server is not None
        self.on = OnEmbedded(engine, engine.server, hub.topology, open_pki(self.certs), hub.clock)

    def context(self, version: ssl.TLSVersion, trusted: Path | None = None) -> ssl.SSLContext:
        """A client that trusts a file, by default the root alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = context.maximum_version = version
        if trusted is not None:
            context.load_verify_locations(trusted)
        else:
            roots = x509.load_pem_x509_certificates((self.certs / "ca/igc-test.pem").read_bytes())
            context.load_verify_locations(cadata=roots[0].public_bytes(Encoding.DER))
        own = self.certs / "clients" / A
        context.load_cert_chain(own / "igc.crt", own / "igc.key")
        return context

    async def meets(self, version: ssl.TLSVersion, trusted: Path | None = None) -> str:
        """What a client says to the Hub's certificate: nothing if all is well."""
        return await asyncio.to_thread(self._meets, self.context(version, trusted))

    def _meets(self, context: ssl.SSLContext) -> str:
        place = self.hub.engine.listener
        try:
            with (
                socket.create_connection(place) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as tls,
            ):
                tls.sendall(b"AMQP\x00\x00\x09\x01")
                return "" if tls.recv(7).startswith(b"\x01\x00\x00") else "no AMQP"
        except ssl.SSLCertVerificationError as error:
            return error.verify_message


@asynccontextmanager
async def scene(home: Path) -> AsyncIterator[Scene]:
    hub = Hub(Settings(home=home, port=0))
    await hub.start()
    try:
        yield Scene(hub)
    finally:
        await hub.stop()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return KEPT.given(tmp_path_factory.mktemp("presented") / "home")


def played(home: Path, play: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with scene(home) as on:
            await play(on)

    asyncio.run(run())


def present(profile: str) -> PlainFault:
    return PlainFault("present", {"profile": profile}, where="certificates")


@pytest.mark.parametrize("profile", WORDS)
def test_the_next_handshakes_meet_it_and_those_after_it_the_usual_one(
    home: Path, profile: str
) -> None:
    async def play(scene: Scene) -> None:
        fault = present(profile)
        await scene.on.begin(fault)
        for version in VERSIONS:
            assert WORDS[profile] in await scene.meets(version)
        assert len(fault.struck) == 2
        await scene.on.end(fault)
        for version in VERSIONS:
            assert await scene.meets(version) == ""
        assert len(fault.struck) == 2

    played(home, play)


def test_who_has_the_intermediate_does_not_miss_it(home: Path) -> None:
    async def play(scene: Scene) -> None:
        await scene.on.begin(present("missing-intermediate"))
        trusted = scene.certs / "truststores/igc.pem"
        assert await scene.meets(VERSIONS[1], trusted) == ""

    played(home, play)


def test_only_the_handshakes_that_are_struck_meet_it(home: Path) -> None:
    async def play(scene: Scene) -> None:
        fault = PlainFault("present", {"profile": "expired"}, {}, iter([False, True, False]))
        fault.where = "certificates"
        await scene.on.begin(fault)
        told = [bool(await scene.meets(VERSIONS[1])) for _ in range(3)]
        assert told == [False, True, False]

    played(home, play)


def test_it_is_that_of_the_phase(home: Path) -> None:
    async def play(scene: Scene) -> None:
        await scene.on.begin(present("expired"))
        await scene.hub.steps.set_phase(Phase.LEGACY)
        legacy = scene.certs / "ca/legacy.pem"
        assert await scene.meets(VERSIONS[1], legacy) == WORDS["expired"]

    played(home, play)


def test_it_is_bad_by_the_clock_of_the_hub_and_of_its_clients(home: Path) -> None:
    async def play(scene: Scene) -> None:
        scene.hub.advance(86_400 * 60)
        material = BadCertificates(open_pki(scene.certs), scene.hub.clock)
        for now in (datetime.now(UTC), scene.hub.clock.datetime()):
            over, early = (
                x509.load_pem_x509_certificates(material.get(profile, Phase.IGC).chain)[0]
                for profile in ("expired", "not-yet-valid")
            )
            assert over.not_valid_after_utc < now < early.not_valid_before_utc

    played(home, play)


def test_a_client_cannot_be_told_apart_before_it_has_seen_the_certificate(home: Path) -> None:
    async def play(scene: Scene) -> None:
        why = scene.on.why_not(
            PlainFault("present", {"profile": "expired"}, {"client": A}, where="certificates")
        )
        assert why is not None
        assert "leave out client" in why

    played(home, play)
