"""`hubemu doctor`: what keeps hubemu from working here."""

from __future__ import annotations

import os

from click.exceptions import Exit

from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json
from hubemu.home import Home

__all__ = ["doctor"]

_PROBLEM = 1
_AMQPS, _HTTP = 5671, 8671


def doctor(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Look at installation, home, ports, clock, proxies, certificates and a running Hub; exit 1
    where something keeps hubemu from working.
    """
    from hubemu.doctor import Patient, examine

    found = list(examine(Patient(Home(home), _AMQPS, _HTTP, os.environ)))
    if as_json:
        result_json([one.to_json() for one in found])
    else:
        for one in found:
            mend = f"\n           {one.mend}" if one.mend else ""
            result(f"{one.verdict:<8} {one.check}: {one.text}{mend}")
    if any(one.verdict == "problem" for one in found):
        raise Exit(_PROBLEM)
