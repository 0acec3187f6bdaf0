"""Where each file of the PKI lies, how it is read and how it is written.

Files are only ever seen whole; private keys, key stores and the passphrase have mode 0600.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hubemu.errors import InputError
from hubemu.files import write_atomically
from hubemu.settings import Phase

__all__ = [
    "Layout",
    "read_certificates",
    "read_key",
    "read_passphrase",
    "refuse_link",
    "write_public",
    "write_secret",
]


_LINK = "a symbolic link, and none is followed in a home"


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of everything in `<home>/certs/` (leaves have one path without its suffix)."""

    folder: Path

    @property
    def passphrase(self) -> Path:
        """The passphrase of every store here."""
        return self.folder / "passphrase.txt"

    def chain(self, name: str) -> Path:
        """The certificates of a chain, root first."""
        return self.folder / "ca" / f"{name}.pem"

    def authority_key(self, name: str) -> Path:
        """The private key of one authority."""
        return self.folder / "ca" / "private" / f"{name}.key"

    def truststore(self, phase: Phase, suffix: str) -> Path:
        """What is trusted in a phase; `suffix` is `.pem`, `.p12` or `.jks`."""
        return self.folder / "truststores" / f"{phase.value}{suffix}"

    def server(self, kind: str) -> Path:
        """The Hub's own identity of a kind (`legacy`, `igc`)."""
        return self.folder / "server" / kind

    def dispatcher(self, kind: str) -> Path:
        """The dispatcher's identity of a kind, for an engine it reaches over AMQP."""
        return self.folder / "dispatcher" / kind

    def client(self, client_id: str, kind: str) -> Path:
        """A client's identity of a kind."""
        return self.folder / "clients" / client_id / kind

    def start_anew(self) -> str:
        """The mend for damage that nothing here can repair."""
        return f"restore it, or delete {self.folder} to have all made anew at the next start"


def read_certificates(path: Path, mend: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file, in order, at least one.

    Raises:
        InputError: the file is absent, unreadable or holds none; ends with `mend`.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(_read(path)))
    except OSError as error:
        raise _unreadable(path, error, mend) from None
    except ValueError:
        raise InputError(path, f"holds no readable certificate: {mend}") from None


def read_key(path: Path, certificate: x509.Certificate, mend: str) -> RSAPrivateKey:
    """The RSA key in a PEM file, which must be that of `certificate`.

    Raises:
        InputError: the file is absent, unreadable or another key; ends with `mend`.
    """
    try:
        # The primality checks skipped take 40 ms a key; the match with the certificate stays.
        key = load_pem_private_key(_read(path), None, unsafe_skip_rsa_key_validation=True)
    except OSError as error:
        raise _unreadable(path, error, mend) from None
    except (ValueError, TypeError):
        raise InputError(path, f"holds no readable private key: {mend}") from None
    if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise InputError(path, f"is not the key of its certificate: {mend}")
    return key


def read_passphrase(layout: Layout) -> str:
    """The passphrase of every store here.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    try:
        text = _read(layout.passphrase).decode("ascii").strip()
    except OSError as error:
        raise _unreadable(layout.passphrase, error, layout.start_anew()) from None
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise InputError(layout.passphrase, f"holds no passphrase: {layout.start_anew()}")
    return text


def write_public(files: Iterable[tuple[Path, bytes]], within: Path | None = None) -> None:
    """Write files that anybody may read; below `within` no symbolic link is followed.

    Raises:
        OSError: one cannot be written.
    """
    _write(files, 0o644, within)


def write_secret(files: Iterable[tuple[Path, bytes]], within: Path | None = None) -> None:
    """The same with files that only their owner may read."""
    _write(files, 0o600, within)


def _write(files: Iterable[tuple[Path, bytes]], mode: int, within: Path | None) -> None:
    ready: set[Path] = set()
    for path, content in files:
        folder = path.parent
        if folder not in ready:
            if within is not None:
                refuse_links(folder, within)
            folder.mkdir(parents=True, exist_ok=True)
            ready.add(folder)
        write_atomically(path, content, mode)


def refuse_links(folder: Path, within: Path) -> None:
    """See that nothing from below `within` down to `folder`, itself too, is a symbolic link.

    Raises:
        OSError: one is (ELOOP).
    """
    while folder != within and within in folder.parents:
        if folder.is_symlink():
            raise OSError(errno.ELOOP, _LINK, str(folder))
        folder = folder.parent


def refuse_link(path: Path, within: Path) -> None:
    """See that neither a file of ours nor a folder above it is a symbolic link.

    Raises:
        InputError: one is.
    """
    try:
        refuse_links(path, within)
    except OSError as error:
        raise InputError(error.filename, str(error.strerror)) from None


def _read(path: Path) -> bytes:
    """The content of a file of ours (OSError: it cannot be read, or is a symbolic link)."""
    if path.is_symlink():
        raise OSError(errno.ELOOP, _LINK, str(path))
    return path.read_bytes()


def _unreadable(path: Path, error: OSError, mend: str) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(path, f"is missing: {mend}")
    return InputError(path, f"cannot be read: {error.strerror}: make it readable for this user")
