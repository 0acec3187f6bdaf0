"""`hubemu certs list`: the certificates of a home."""

from __future__ import annotations

from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json

__all__ = ["certs_list"]


def certs_list(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """List the client certificates of a home."""
    from hubemu.home import Home
    from hubemu.pki import open_pki

    rows = [
        {
            "client": one.client,
            "identity": one.identity,
            "subject": one.subject,
            "issuer": one.issuer,
            "notAfter": one.not_after.isoformat(),
            "file": str(one.file),
        }
        for one in open_pki(Home(home).certs).identities()
    ]
    if as_json:
        result_json(rows)
        return
    for row in rows:
        result(
            f"{row['client']:<30} {row['identity']:<7} until {row['notAfter'][:10]}  {row['file']}"
        )
