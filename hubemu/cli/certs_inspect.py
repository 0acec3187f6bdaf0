"""`hubemu certs inspect`: any file of certificates, told in plain words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hubemu.cli.access import control_if_up
from hubemu.cli.certs_options import PassphraseFile, passphrase_in
from hubemu.cli.dates import instant
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import InputError
from hubemu.home import Home

if TYPE_CHECKING:
    from hubemu.pki import Pki

__all__ = ["certs_inspect"]


def certs_inspect(
    files: Annotated[
        tuple[Path, ...],
        Argument("FILE...", "Certificate, chain, key, PKCS#12, JKS, CRL or CSR; PEM or DER."),
    ],
    passphrase_file: PassphraseFile = None,
    key: Annotated[
        Path | None, Option(metavar="FILE", help="The private key that goes with the certificate.")
    ] = None,
    at: Annotated[
        str | None, Option(metavar="DATE", help="Judge as of then, such as 2027-01-20.")
    ] = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Tell what any file is, who is let in with it, what goes wrong."""
    from hubemu.pki.certificate_files import read_material
    from hubemu.pki.inspection import inspect_material, inspection_json, inspection_text

    where = Home(home)
    pki = _pki(where)
    when = instant("--at", at) if at is not None else _now(where)
    passphrase = passphrase_in(passphrase_file)
    own = read_material(key, passphrase).key if key is not None else None
    if key is not None and own is None:
        raise InputError(
            key, "no private key that can be opened: name its file, see --passphrase-file"
        )
    found = []
    for file in files:
        word = passphrase if passphrase is not None else _of_home(pki, file)
        found.append(inspect_material(file, read_material(file, word, unwrap=True), pki, when, own))
    if as_json:
        result_json([inspection_json(one) for one in found])
    else:
        result("\n\n".join(inspection_text(one) for one in found))


def _pki(home: Home) -> Pki | None:
    """The certificates of the home; files can be looked at without any."""
    from hubemu.pki import open_pki

    return open_pki(home.certs) if home.certs.is_dir() else None


def _of_home(pki: Pki | None, file: Path) -> str | None:
    """The passphrase of a store that the home made itself."""
    inside = pki is not None and file.resolve().is_relative_to(pki.folder.resolve())
    return pki.passphrase if pki is not None and inside else None


def _now(home: Home) -> datetime:
    """The time of the Hub that is up there, or of this machine."""
    control = control_if_up(home)
    return control.clock() if control is not None else datetime.now(UTC)
