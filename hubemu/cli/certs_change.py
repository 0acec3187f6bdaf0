"""`hubemu certs revoke, trust, bind, crl`: what is added to the certificates of a home.

A Hub that is up does it itself and acts at once; without one the home is changed for the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from hubemu.cli.access import control_if_up, control_of
from hubemu.cli.certs_options import PassphraseFile, passphrase_in
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json, talk
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import CheckFailed, InputError
from hubemu.home import Home
from hubemu.settings import ListState, Phase

if TYPE_CHECKING:
    from hubemu.client.control import ControlClient
    from hubemu.pki import Pki

__all__ = ["certs_bind", "certs_crl", "certs_revoke", "certs_trust", "revoke_in"]

_PATIENCE = 60.0
"""Seconds a broker may take to follow."""


def certs_revoke(
    file: Annotated[Path, Argument("FILE", "The certificate; of a chain, its leaf.")],
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Revoke a certificate, for good."""
    told = revoke_in(Home(home), file)
    if as_json:
        result_json(told)
    else:
        result(f"{told['subject']} is revoked: on the list of {told['authority']}")


def revoke_in(home: Home, file: Path) -> dict[str, Any]:
    """Revoke a certificate of a home: its authority, subject and serial number.

    Raises:
        InputError: no authority of the home issued it.
    """

    def offline(pki: Pki) -> dict[str, Any]:
        from hubemu.pki.certificate_files import read_material
        from hubemu.pki.changes import revoke
        from hubemu.pki.describing import certificate_json

        revoked = revoke(pki, read_material(file), file, datetime.now(UTC))
        facts = certificate_json(revoked.certificate)
        return {"authority": revoked.authority} | {k: facts[k] for k in ("subject", "serial")}

    body = {"file": _certificates_in(file, None), "name": str(file)}
    return _change(home, "revoke", body, offline)


def certs_trust(
    file: Annotated[Path, Argument("FILE", "Root and intermediates; keys in it are not kept.")],
    phase: Annotated[
        Phase | None, Option(help="The phase that trusts them; otherwise every one.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Trust an authority of yours, such as the real IGC Santé."""
    word = passphrase_in(passphrase_file)

    def offline(pki: Pki) -> dict[str, Any]:
        from hubemu.pki.certificate_files import read_material
        from hubemu.pki.changes import trust
        from hubemu.pki.describing import certificate_json

        trusted = trust(pki, read_material(file, word), file, phase, datetime.now(UTC))
        return {
            "trusted": [certificate_json(one) for one in trusted.authorities],
            "phase": trusted.phase.value if trusted.phase is not None else None,
            "lacksRoot": trusted.lacks_root,
        }

    body = {
        "file": _certificates_in(file, word),
        "name": str(file),
        "phase": phase.value if phase is not None else None,
    }
    told = _change(Home(home), "trust", body, offline)
    if as_json:
        result_json(told)
    else:
        where = f"in phase {told['phase']}" if told["phase"] else "in every phase"
        for one in told["trusted"]:
            result(f"trusted {where}: {one['subject']}")
    if told["lacksRoot"]:
        talk("no root is among them, and RabbitMQ trusts no intermediate alone: add the root")


def certs_bind(
    cn: Annotated[str, Option(metavar="NAME", help="The Common Name of the certificates.")],
    client: Annotated[
        tuple[str, ...], Option(metavar="ID", help="A client it logs in as; repeatable.")
    ] = (),
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Have a Common Name log in as clients of the Hub."""
    if not client:
        raise InputError("--client", "missing: name the clients it logs in as")

    def offline(pki: Pki) -> dict[str, Any]:
        from hubemu.pki.changes import bind

        bound = bind(pki, cn, client, sorted(set(pki.holders.values())))
        return {"commonName": bound.common_name, "clients": list(bound.clients)}

    body = {"commonName": cn, "clients": list(client)}
    told = _change(Home(home), "bind", body, offline)
    if as_json:
        result_json(told)
    else:
        result(f"{told['commonName']!r} logs in as {', '.join(told['clients'])}")


def certs_crl(
    state: Annotated[
        ListState | None, Option(help="How the list and the OCSP responder behave from now on.")
    ] = None,
    authority: Annotated[
        str | None, Option(metavar="NAME", help="Whose; otherwise those of all authorities.")
    ] = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Have revocation lists behave well or badly; show how they do."""
    control = control_of(Home(home))
    if state is None:
        told = control.get("/api/v1/certs/crl")
    else:
        body = {"state": state.value, "authority": authority}
        told = _asked(control, "PUT", "crl", body)
    if as_json:
        result_json(told)
        return
    for name, one in told.items():
        result(f"{name:<24} {one:<12} {control.url}/crl/{name}.crl")


def _change(
    home: Home, what: str, body: dict[str, Any], offline: Callable[[Pki], dict[str, Any]]
) -> dict[str, Any]:
    """Have the Hub that is up do it, or do it in its home; what was done.

    Raises:
        InputError: it cannot be done with what was given.
        CheckFailed: the Hub cannot do it, with what to do instead.
    """
    control = control_if_up(home)
    if control is None:
        from hubemu.pki import open_pki

        told = offline(open_pki(home.certs))
        control = control_if_up(home)  # one that came up meanwhile may have read the home before
        if control is None:
            return told
    return _asked(control, "POST", what, body)


def _asked(control: ControlClient, method: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
    status, answer = control.call(method, f"/api/v1/certs/{what}", body, timeout=_PATIENCE)
    if status == HTTPStatus.OK and isinstance(answer, dict):
        return answer
    detail = str(answer.get("detail", status)) if isinstance(answer, dict) else str(status)
    unusable = isinstance(answer, dict) and "errors" in answer  # it points at what is in the body
    if status == HTTPStatus.UNPROCESSABLE_ENTITY or unusable:
        source, _, problem = detail.partition(": ")
        raise InputError(source, problem)
    raise CheckFailed(detail)


def _certificates_in(file: Path, word: str | None) -> str:
    """The certificates of a file as PEM; a key in it goes nowhere."""
    from hubemu.pki.certificate_files import read_material
    from hubemu.pki.stores import pem

    found = read_material(file, word).certificates
    if not found:
        raise InputError(file, "holds no certificate")
    return pem(found).decode("ascii")
