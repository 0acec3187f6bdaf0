"""A vendor's own material: read from any kind of file, and made usable for a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from hubemu.errors import InputError
from hubemu.files import write_atomically
from hubemu.pki.certificate_files import Material, read_material
from hubemu.pki.layout import write_public
from hubemu.pki.opening import key_octets
from hubemu.pki.stores import pem
from hubemu.rehearsal.kit import Kit

__all__ = ["OwnMaterial", "read_own"]


@dataclass(frozen=True, slots=True)
class OwnMaterial:
    """What a vendor gave; `sources` are the files as read, for what is noticed in them."""

    chain: tuple[x509.Certificate, ...]
    file: Path | None
    key: Path | None
    trusted: tuple[x509.Certificate, ...]
    passphrase: str | None
    client_source: tuple[Path, Material] | None
    trust_sources: tuple[tuple[Path, Material], ...]
    key_octets: bytes | None = None

    @property
    def leaf(self) -> x509.Certificate | None:
        """The client's certificate, if one was given."""
        return self.chain[0] if self.chain else None

    @property
    def common_name(self) -> str:
        """Its Common Name."""
        return self.kit(()).common_name

    def kit(self, trusted: tuple[x509.Certificate, ...]) -> Kit:
        """It as a kit that trusts these."""
        return Kit(self.chain, self.file, self.key, trusted, self.passphrase, self.key_octets)


def read_own(
    scratch: Path,
    *,
    certificate: Path | None,
    key: Path | None,
    p12: Path | None,
    truststores: Sequence[Path],
    passphrase: str | None,
) -> OwnMaterial | None:
    """What was given on the command line; `None` for nothing.

    `scratch` is a private folder, where a PKCS#12 is unpacked for as long as the rehearsal lasts.

    Raises:
        InputError: a file is missing, unreadable, locked, or goes without its other half.
    """
    if (certificate is None) is not (key is None):
        lack = "--client-key" if key is None else "--client-cert"
        raise InputError(lack, "goes with the other one: give both, or --p12")
    if certificate is not None and p12 is not None:
        raise InputError("--p12", "give it, or --client-cert and --client-key, not both")
    trust = tuple((path, read_material(path, passphrase)) for path in truststores)
    trusted = tuple(dict.fromkeys(one for _, found in trust for one in found.certificates))
    if certificate is None and p12 is None:
        if not trust:
            return None
        return OwnMaterial((), None, None, trusted, None, None, trust)
    if p12 is not None:
        source, certificate, key = _unpacked(p12, passphrase, scratch)
        word = None
    else:
        source, word = _pem_pair(certificate, key, passphrase, scratch)
        certificate = source[2]
    return OwnMaterial(
        chain=tuple(source[1].certificates),
        file=certificate,
        key=key,
        trusted=trusted,
        passphrase=word,
        client_source=(source[0], source[1]),
        trust_sources=trust,
        key_octets=_octets(key, word),
    )


def _octets(key: Path | None, passphrase: str | None) -> bytes | None:
    return read_material(key, passphrase).key if key is not None else None


def _pem_pair(
    certificate: Path | None, key: Path | None, passphrase: str | None, scratch: Path
) -> tuple[tuple[Path, Material, Path], str | None]:
    """Certificate and key as files; a certificate in DER is written as PEM first."""
    assert certificate is not None  # noqa: S101 - its caller looked
    assert key is not None  # noqa: S101 - its caller looked
    found = read_material(certificate, passphrase)
    if not found.certificates:
        raise InputError(certificate, "holds no certificate: name the client's, leaf first")
    held = read_material(key, passphrase)
    if held.locked:
        problem = "its key has a passphrase: give the file that holds it with --passphrase-file"
        raise InputError(key, f"{problem} (F8)")
    if held.key is None:
        raise InputError(key, "holds no private key: name the file of the client's key")
    at = certificate
    if found.form != "pem":
        at = scratch / "client.crt"
        write_public([(at, pem(tuple(found.certificates)))])
    return (certificate, found, at), passphrase


def _unpacked(
    p12: Path, passphrase: str | None, scratch: Path
) -> tuple[tuple[Path, Material, Path], Path, Path]:
    found = read_material(p12, passphrase)
    if found.kind != "pkcs12" or found.key is None or not found.certificates:
        raise InputError(p12, "no PKCS#12 with a key and its certificate: see `certs inspect`")
    word = passphrase.encode() if passphrase is not None else None
    try:
        store = pkcs12.load_pkcs12(found.data, word)
    except ValueError:
        store = pkcs12.load_pkcs12(found.data, b"")
    certificate, key = scratch / "client.crt", scratch / "client.key"
    leaf = next((one for one in found.certificates if key_octets(one) == found.key), None)
    ordered = found.certificates
    if leaf is not None:
        ordered = [leaf, *(one for one in found.certificates if one != leaf)]
    write_public([(certificate, pem(tuple(ordered)))])
    private = store.key
    if private is None:
        raise InputError(p12, "holds no private key")
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_atomically(key, text, 0o600)
    return (p12, found, certificate), certificate, key
