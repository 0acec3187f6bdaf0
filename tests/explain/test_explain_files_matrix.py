"""Real software given files that are wrong: what each prints is explained with its code first.

OpenSSL, Node, Python, Java's keytool and JSSE, Go and Ruby, as far as they are on this machine
(PHP and curl say no more of a file than that something failed). The files are made at run time;
each kind has its positive twin: the same with good files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from hubemu.explain import explain
from hubemu.hub import Hub
from hubemu.pki import Pki
from hubemu.settings import Phase, Settings
from tests.support.kept_certificates import KEPT

CLIENT = "fr.health.samuA"
NOBODY = 65534
WORD = "right-word"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    home = KEPT.given(tmp_path_factory.mktemp("files") / "home")
    hub = Hub(Settings(home=home))
    hub.home.claim(hub.settings.environment)
    try:
        return hub.certificate_maker.make()
    finally:
        hub.home.release()


@pytest.fixture(scope="module")
def files(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The files by what they are, good and bad."""
    folder = tmp_path_factory.mktemp("bad")
    folder.chmod(0o755)
    own, other = (pki.client_files(CLIENT, kind) for kind in ("igc", "legacy"))
    store = own.certificate.with_suffix(".p12")
    found = {
        "crt": own.certificate, "key": own.key, "other": other.key, "p12": store,
        "jks": own.certificate.with_suffix(".jks"), "trust": pki.truststore(Phase.IGC, ".jks"),
        "locked": folder / "locked.key", "rc2": folder / "rc2.p12", "bare": folder / "bare.p12",
        "closed": folder / "closed.key", "turned": folder / "turned.crt",
        "cut": folder / "cut.crt",
    }  # fmt: skip
    word = f"pass:{WORD}"
    run("openssl", "pkey", "-in", own.key, "-aes256", "-passout", word, "-out", found["locked"])
    rc2 = ("-legacy", "-certpbe", "PBE-SHA1-RC2-40")
    pair = ("-in", own.certificate, "-inkey", own.key)
    run("openssl", "pkcs12", "-export", *rc2, *pair, "-passout", word, "-out", found["rc2"])
    trust = pki.truststore(Phase.IGC)
    run("openssl", "pkcs12", "-export", "-nokeys", "-in", trust, "-passout", word,
        "-out", found["bare"])  # fmt: skip
    found["closed"].write_bytes(own.key.read_bytes())
    found["closed"].chmod(0o600)
    pem = own.certificate.read_text().split("-----BEGIN")
    found["turned"].write_text("-----BEGIN".join(["", pem[2], pem[1]]))
    found["cut"].write_text(own.certificate.read_text()[:200])
    return {name: str(path) for name, path in found.items()} | {"word": pki.passphrase}


def run(*command: object) -> None:
    subprocess.run([str(one) for one in command], check=True, capture_output=True, timeout=60)


PYTHON = "import ssl; ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain({0!r}, {1!r}, '')"
NODE = (
    "require('tls').createSecureContext("
    "{{cert: fs.readFileSync({0!r}), key: fs.readFileSync({1!r})}})"
)
NODE_P12 = "require('tls').createSecureContext({{pfx: fs.readFileSync({0!r}), passphrase: {1!r}}})"
RUBY = (
    "require 'openssl'; c = OpenSSL::X509::Certificate.new(File.read({0!r})); "
    "k = OpenSSL::PKey.read(File.read({1!r}), ''); s = OpenSSL::SSL::SSLContext.new; "
    "s.add_certificate(c, k)"
)
RUBY_P12 = "require 'openssl'; OpenSSL::PKCS12.new(File.binread({0!r}), {1!r})"
GO = """package main
import ("crypto/tls"; "fmt"; "os")
func main() {
    if _, err := tls.LoadX509KeyPair(os.Args[1], os.Args[2]); err != nil {
        fmt.Println(err)
        os.Exit(1)
    }
}
"""
JAVA = """
import java.io.*; import java.security.*; import javax.net.ssl.*;
class Trust {
    public static void main(String[] a) throws Exception {
        KeyStore s = KeyStore.getInstance(a[2]);
        s.load(new FileInputStream(a[0]), a[1].toCharArray());
        TrustManagerFactory f = TrustManagerFactory.getInstance("PKIX");
        f.init(s);
        SSLContext c = SSLContext.getInstance("TLS");
        c.init(null, f.getTrustManagers(), null);
        X509TrustManager m = (X509TrustManager) f.getTrustManagers()[0];
        java.security.cert.CertificateFactory x =
            java.security.cert.CertificateFactory.getInstance("X.509");
        var chain = x.generateCertificates(new FileInputStream(a[3]))
            .toArray(new java.security.cert.X509Certificate[0]);
        m.checkServerTrusted(chain, "RSA");
    }
}
"""


def command(stack: str, first: str, second: str, folder: Path) -> list[str]:
    """How software of a stack is given two files, or a store and its word."""
    made = str(folder / "made.p12")
    (folder / "pair.go").write_text(GO)
    read = "const fs = require('fs');"
    commands = {
        "python": [sys.executable, "-c", PYTHON.format(first, second)],
        "node": ["node", "-e", read + NODE.format(first, second)],
        "node p12": ["node", "-e", read + NODE_P12.format(first, second)],
        "openssl": [
            "openssl", "pkcs12", "-export", "-in", first, "-inkey", second, "-passin", "pass:",
            "-passout", "pass:x", "-out", made,
        ],
        "openssl p12": ["openssl", "pkcs12", "-in", first, "-passin", f"pass:{second}", "-noout"],
        "openssl x509": ["openssl", "x509", "-in", first, "-noout"],
        "ruby": ["ruby", "-e", RUBY.format(first, second)],
        "ruby p12": ["ruby", "-e", RUBY_P12.format(first, second)],
        "go": ["go", "run", str(folder / "pair.go"), first, second],
        "keytool": [
            "keytool", "-J-Duser.language=en", "-list", "-keystore", first, "-storepass", second,
        ],
    }  # fmt: skip
    return commands[stack]


Row = tuple[str, str, str, str]
ROWS: list[Row] = [
    *[("F1", stack, "crt", "other") for stack in ("python", "node", "openssl", "ruby", "go")],
    ("F2", "openssl p12", "rc2", "=" + WORD),
    ("F2", "node p12", "rc2", "=" + WORD),
    ("F2", "ruby p12", "rc2", "=" + WORD),
    *[("F4", f"{stack} p12", "p12", "=wrong-word") for stack in ("openssl", "node", "ruby")],
    ("F4", "keytool", "p12", "=wrong-word"),
    ("F4", "keytool", "jks", "=wrong-word"),
    ("F7", "node p12", "jks", "word"),
    ("F7", "openssl p12", "jks", "word"),
    ("F7", "ruby p12", "jks", "word"),
    ("F7", "keytool", "crt", "word"),
    *[("F8", stack, "crt", "locked") for stack in ("python", "node", "openssl", "ruby")],
    *[("F9", stack, "crt", "closed") for stack in ("python", "node", "openssl", "ruby")],
    *[("F10", stack, "cut", "key") for stack in ("python", "node", "openssl", "ruby")],
    ("F10", "openssl x509", "cut", "=-"),
]  # fmt: skip
"""Kind, software, what it is given: names of files, or `=` and a word."""
ALSO = {"F1": {"F10"}, "F10": {"F7", "F8"}, "F7": {"F4"}, "F8": {"F10"}}
"""What the same words may mean as well, in any order (facts: pki, 3)."""


def given(name: str, files: Mapping[str, str]) -> str:
    return name[1:] if name.startswith("=") else files[name]


def said(command: list[str], *, user: int | None = None) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
            user=user, check=False, env=os.environ | {"LC_ALL": "C.UTF-8", "HOME": "/tmp"},
        )  # fmt: skip
    except OSError as error:
        pytest.skip(f"not as another user: {error}")
    return done.returncode, done.stderr + done.stdout


@pytest.mark.parametrize(
    ("code", "stack", "first", "second"), ROWS, ids=[f"{r[0]} {r[1]} {r[2]}" for r in ROWS]
)
def test_what_software_says_of_a_bad_file_is_explained(
    files: Mapping[str, str], tmp_path: Path, code: str, stack: str, first: str, second: str
) -> None:
    line = command(stack, given(first, files), given(second, files), tmp_path)
    if shutil.which(line[0]) is None:
        pytest.skip(f"no {line[0]} on this machine")
    user = None
    if code == "F9":
        if os.geteuid() != 0:
            Path(files["closed"]).chmod(0)
        else:
            user = NOBODY
            line = as_nobody(line, files, tmp_path)
    status, text = said(line, user=user)
    assert status != 0, text
    found = [one.code for one in explain(text)]
    assert found, text
    assert found[0] == code or (found[0] in ALSO.get(code, ()) and code in found), (found, text)


def as_nobody(line: list[str], files: Mapping[str, str], folder: Path) -> list[str]:
    """The command with a certificate that anybody may read, so that only the key is shut."""
    readable = Path(files["closed"]).with_name("readable.crt")
    shutil.copy(files["crt"], readable)
    readable.chmod(0o644)
    return [one.replace(files["crt"], str(readable)) for one in line]


GOOD = [("python", "crt", "key"), ("node", "crt", "key"), ("openssl", "crt", "key"),
        ("ruby", "crt", "key"), ("go", "crt", "key"), ("node p12", "p12", "word"),
        ("openssl p12", "p12", "word"), ("ruby p12", "p12", "word"), ("keytool", "p12", "word"),
        ("keytool", "jks", "word"), ("openssl x509", "crt", "=-")]  # fmt: skip


@pytest.mark.parametrize(("stack", "first", "second"), GOOD, ids=map(" ".join, GOOD))
def test_good_files_are_taken(
    files: Mapping[str, str], tmp_path: Path, stack: str, first: str, second: str
) -> None:
    line = command(stack, given(first, files), given(second, files), tmp_path)
    if shutil.which(line[0]) is None:
        pytest.skip(f"no {line[0]} on this machine")
    status, text = said(line)
    assert status == 0, text


@pytest.mark.skipif(shutil.which("java") is None, reason="no java on this machine")
@pytest.mark.parametrize(
    ("store", "word", "kind", "code"),
    [
        ("trust", "word", "JKS", ""),
        ("bare", "=" + WORD, "PKCS12", "F5"),
        ("jks", "word", "JKS", "F6"),
    ],
)
def test_what_java_says_of_a_trust_store(
    files: Mapping[str, str], pki: Pki, tmp_path: Path, store: str, word: str, kind: str, code: str
) -> None:
    """F6, a key store given as trust store: Java trusts the leaf in it alone."""
    source = tmp_path / "Trust.java"
    source.write_text(JAVA)
    shown = pki.server_files(Phase.IGC).certificate
    status, text = said(["java", str(source), files[store], given(word, files), kind, str(shown)])
    assert (status == 0) is (code == ""), text
    if code:
        assert code in [one.code for one in explain(text)], text


@pytest.mark.parametrize(
    "text",
    [
        "Error: error:1E08010C:DECODER routines::unsupported\n  reason: 'unsupported',\n"
        "  code: 'ERR_OSSL_UNSUPPORTED'",
        "-e:1:in `read': Could not parse PKey: unsupported (OpenSSL::PKey::PKeyError)",
    ],
)
def test_a_wrong_passphrase_that_looks_right_to_the_cipher_is_explained(text: str) -> None:
    """Of 256 wrong ones one decrypts to something: no `bad decrypt`, but no key either."""
    assert explain(text)[0].code == "F8"
