"""`hubemu certs issue`: a certificate, good or bad in a way that is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from hubemu.cli.access import control_if_up
from hubemu.cli.certs_change import revoke_in
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json, talk
from hubemu.cli.parameters import Option
from hubemu.home import Home

__all__ = ["certs_issue"]


def certs_issue(
    cn: Annotated[str, Option(metavar="NAME", help="Common Name: a client id, or a host.")],
    san: Annotated[
        tuple[str, ...], Option(metavar="NAME", help="One more name in it; repeatable.")
    ] = (),
    chain: Annotated[Literal["legacy", "igc"], Option(help="Who issues it.")] = "igc",
    profile: Annotated[
        str,
        Option(
            metavar="NAME",
            help="client server expired not-yet-valid expires-soon server-only client-only no-san "
            "wrong-host cn-only sha1 rsa1024 self-signed unknown-authority missing-intermediate "
            "nobody revoked wildcard prod-on-test test-on-prod",
        ),
    ] = "client",
    days: Annotated[
        int | None, Option(min=1, max=36_500, help="Days it is valid, if not the profile's.")
    ] = None,
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Where to; default: issued/ beside the others.")
    ] = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Issue a certificate, good or bad."""
    from hubemu.pki import open_pki
    from hubemu.pki.issued_on_demand import IssueOrder, issue_certificate, write_issued

    where = Home(home)
    pki = open_pki(where.certs)
    order = IssueOrder(common_name=cn, profile=profile, chain=chain, names=san, days=days)
    control = control_if_up(where)
    now = control.clock() if control is not None else datetime.now(UTC)
    issued = issue_certificate(pki, order, now)
    files = write_issued(issued, out or pki.folder / "issued", pki.passphrase, pki.folder)
    if issued.profile.revoked:
        revoke_in(where, files.certificate)
    leaf = issued.leaf
    facts = {
        "subject": leaf.subject.rfc4514_string(),
        "issuer": leaf.issuer.rfc4514_string(),
        "serial": f"{leaf.serial_number:x}",
        "notBefore": leaf.not_valid_before_utc.isoformat(),
        "notAfter": leaf.not_valid_after_utc.isoformat(),
        "profile": profile,
        "certificate": str(files.certificate.absolute()),
        "key": str(files.key.absolute()),
        "p12": str(files.p12.absolute()),
        "authority": str(files.authority.absolute()) if files.authority is not None else None,
    }
    if as_json:
        result_json(facts)
        return
    result(f"{facts['subject']}, by {facts['issuer']}: {issued.profile.about}")
    for name in ("certificate", "key", "p12", "authority"):
        if facts[name] is not None:
            result(f"  {name:<12} {facts[name]}")
    talk(f"the passphrase of the .p12 is that of the home: {pki.folder / 'passphrase.txt'}")
