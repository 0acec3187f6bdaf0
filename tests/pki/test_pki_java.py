"""Java's key stores, trust stores and its choice of certificate, with a real Java."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubemu.pki import Pki
from hubemu.pki.certificate_files import read_material
from hubemu.pki.opening import key_octets
from hubemu.settings import Phase

ID = "fr.health.samuA"
ENGLISH = "-J-Duser.language=en"
PROBE = Path(__file__).with_name("TlsProbe.java")

pytestmark = pytest.mark.skipif(
    not (shutil.which("java") and shutil.which("javac") and shutil.which("keytool")),
    reason="needs a JDK",
)


def run(*command: object) -> str:
    words = [str(word) for word in command]
    result = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    classes = tmp_path_factory.mktemp("classes")
    run("javac", "-d", classes, PROBE)
    return classes


@contextmanager
def listening(context: ssl.SSLContext) -> Iterator[tuple[int, list[str]]]:
    """A server of one connection; gives its port and, afterwards, how the handshake ended."""
    verdicts: list[str] = []

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as tls:
                    verdicts.append("accepted")
                    tls.recv(1)
            except OSError as error:
                verdicts.append(verdicts.pop() if verdicts else str(error))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], verdicts
        thread.join(10)


def connect(
    probe: Path, pki: Pki, phase: Phase, *, keys: Path, trust: str, protocol: str = "TLSv1.2"
) -> tuple[str, str]:
    """What Java says of a connection and what the Hub's side says."""
    with listening(pki.server_context(phase)) as (port, verdicts):
        truststore = pki.truststore(phase, trust)
        said = run(
            "java", "-cp", probe, "TlsProbe", port, protocol, pki.passphrase, keys, truststore
        )
    return said.strip(), verdicts[0]


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize(
    ("store", "trust"), [(".p12", ".p12"), (".p12", ".jks"), (".pfx", ".p12"), (".jks", ".jks")]
)
def test_java_connects_with_the_stores_of_the_home(
    probe: Path, pki: Pki, store: str, trust: str, protocol: str
) -> None:
    keys = pki.folder / f"clients/{ID}/igc{store}"
    said, verdict = connect(probe, pki, Phase.IGC, keys=keys, trust=trust, protocol=protocol)
    assert verdict == "accepted", said
    assert "TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS" in said


@pytest.mark.parametrize(
    ("phase", "issuer"),
    [(Phase.LEGACY, "CN=Hub Sant"), (Phase.IGC, "CN=TEST AC IGC-SANTE ELEM")],
)
def test_java_chooses_by_the_authorities_the_hub_names(
    probe: Path, pki: Pki, tmp_path: Path, phase: Phase, issuer: str
) -> None:
    both = tmp_path / "both.p12"
    for kind in ("legacy", "igc"):
        source = pki.folder / f"clients/{ID}/{kind}.p12"
        run(
            "keytool", "-importkeystore", "-noprompt", "-srckeystore", source, "-destkeystore",
            both, "-srcalias", ID.lower(), "-destalias", kind, "-srcstorepass", pki.passphrase,
            "-deststorepass", pki.passphrase, "-deststoretype", "PKCS12",
        )  # fmt: skip
    said, verdict = connect(probe, pki, phase, keys=both, trust=".p12")
    assert verdict == "accepted", said
    assert issuer in said


def test_java_is_silent_when_its_authority_is_not_named(probe: Path, pki: Pki) -> None:
    keys = pki.folder / f"clients/{ID}/legacy.p12"
    said, verdict = connect(probe, pki, Phase.IGC, keys=keys, trust=".jks")
    assert said.startswith("refused")
    told = pki.explain_refusal([], Phase.IGC, datetime.now(UTC), verdict)
    assert told.startswith("the client sent no certificate: use clients/<client id>/igc.crt")


@pytest.mark.parametrize("suffix", [".p12", ".jks"])
@pytest.mark.parametrize(("phase", "count"), [(Phase.LEGACY, 1), (Phase.DUAL, 3), (Phase.IGC, 2)])
def test_truststores_hold_trusted_certificates(
    pki: Pki, phase: Phase, count: int, suffix: str
) -> None:
    store = pki.truststore(phase, suffix)
    listed = run("keytool", ENGLISH, "-list", "-keystore", store, "-storepass", pki.passphrase)
    assert listed.count("trustedCertEntry") == count


@pytest.mark.parametrize("suffix", [".p12", ".pfx", ".jks"])
def test_keystore_holds_the_chain(pki: Pki, suffix: str) -> None:
    store = pki.folder / f"clients/{ID}/igc{suffix}"
    listed = run(
        "keytool", ENGLISH, "-list", "-v", "-keystore", store, "-storepass", pki.passphrase
    )
    assert "Entry type: PrivateKeyEntry" in listed
    assert "Certificate chain length: 2" in listed
    assert f"Alias name: {ID.lower()}" in listed.lower().replace("alias name", "Alias name")


@pytest.mark.parametrize("source", ["JKS", "PKCS12"])
def test_what_keytool_writes_is_read_here(pki: Pki, tmp_path: Path, source: str) -> None:
    """Its own flavours of both, old and new, with the chain and the key."""
    own = pki.folder / f"clients/{ID}/igc.p12"
    for legacy in ("false", "true"):
        store = tmp_path / f"{source}.{legacy}"
        run(
            "keytool", f"-J-Dkeystore.pkcs12.legacy={legacy}", "-importkeystore", "-noprompt",
            "-srckeystore", own, "-destkeystore", store, "-srcstorepass", pki.passphrase,
            "-deststorepass", pki.passphrase, "-deststoretype", source,
        )  # fmt: skip
        found = read_material(store, pki.passphrase)
        assert found.kind == source.lower()
        assert (found.key_alias or "").lower() == ID.lower()
        assert found.key == key_octets(found.certificates[0])
        assert len(found.certificates) == 2


def test_trust_store_of_keytool_is_read_here(pki: Pki, tmp_path: Path) -> None:
    for kind in ("JKS", "PKCS12"):
        store = tmp_path / kind
        run(
            "keytool", "-importcert", "-noprompt", "-alias", "root", "-file",
            pki.folder / "ca/legacy.pem", "-keystore", store, "-storepass", pki.passphrase,
            "-storetype", kind,
        )  # fmt: skip
        found = read_material(store, pki.passphrase)
        assert [(one.alias, one.trusted) for one in found.entries] == [("root", True)]
        assert not found.has_key
