"""The trust stores of each phase, derived from the chains: PEM, PKCS#12 and JKS."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hubemu.pki.additions import Additions
from hubemu.pki.chains import Chain
from hubemu.pki.definitions import Definitions
from hubemu.pki.layout import Layout, write_public
from hubemu.pki.stores import jks_truststore, p12_truststore, pem
from hubemu.settings import Phase

__all__ = ["write_truststores"]

_SUFFIXES = (".pem", ".p12", ".jks")


def write_truststores(
    layout: Layout,
    definitions: Definitions,
    chains: Mapping[str, Chain],
    igc_chain: str,
    passphrase: str,
    now: datetime,
) -> None:
    """Write the trust stores that are absent or out of date, with what was added to each.

    Raises:
        InputError: an addition is damaged.
        OSError: a store cannot be written.
    """
    additions = Additions(layout.folder)
    for phase in Phase:
        trusted = {
            authority.name: certificate
            for name in definitions.trusted_chains(phase, igc_chain)
            for authority, certificate in zip(
                definitions.chains[name], chains[name].certificates, strict=True
            )
        }
        for number, certificate in enumerate(additions.trusted(phase), start=1):
            if certificate not in trusted.values():
                trusted[f"trusted-{number}"] = certificate
        text = pem(tuple(trusted.values()))
        as_pem, as_p12, as_jks = (layout.truststore(phase, suffix) for suffix in _SUFFIXES)
        if as_p12.exists() and as_jks.exists() and as_pem.exists() and as_pem.read_bytes() == text:
            continue
        write_public(
            [
                (as_p12, p12_truststore(trusted, passphrase)),
                (as_jks, jks_truststore(trusted, passphrase, now.timestamp())),
                (as_pem, text),
            ],
            within=layout.folder,
        )
