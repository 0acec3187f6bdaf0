"""The trust stores of each phase, derived from the chains: PEM, PKCS#12 and JKS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography import x509

from hubemu.pki.additions import Additions
from hubemu.pki.chains import Chain
from hubemu.pki.definitions import Definitions
from hubemu.pki.layout import Layout, read_certificates, write_public
from hubemu.pki.stores import jks_truststore, p12_truststore, pem
from hubemu.settings import Phase

__all__ = ["complete_truststore", "write_truststore", "write_truststores"]

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
        files = [layout.truststore(phase, suffix) for suffix in _SUFFIXES]
        text = pem(tuple(trusted.values()))
        if all(one.exists() for one in files) and files[0].read_bytes() == text:
            continue
        write_truststore(layout, phase, trusted, passphrase, now)


def complete_truststore(
    layout: Layout,
    phase: Phase,
    more: Sequence[x509.Certificate],
    passphrase: str,
    now: datetime,
) -> None:
    """Have the trust stores of a phase trust more, if they do not yet.

    Raises:
        InputError: the trust store is damaged.
        OSError: a store cannot be written.
    """
    held = read_certificates(layout.truststore(phase, ".pem"), layout.start_anew())
    trusted = tuple(dict.fromkeys([*held, *more]))
    if trusted != tuple(held):
        by_alias = {f"trusted-{number}": one for number, one in enumerate(trusted, start=1)}
        write_truststore(layout, phase, by_alias, passphrase, now)


def write_truststore(
    layout: Layout,
    phase: Phase,
    trusted: Mapping[str, x509.Certificate],
    passphrase: str,
    now: datetime,
) -> None:
    """Write what is trusted in a phase, by alias, as each kind of store (OSError)."""
    as_pem, as_p12, as_jks = (layout.truststore(phase, suffix) for suffix in _SUFFIXES)
    write_public(
        [
            (as_p12, p12_truststore(trusted, passphrase)),
            (as_jks, jks_truststore(trusted, passphrase, now.timestamp())),
            (as_pem, pem(tuple(trusted.values()))),
        ],
        within=layout.folder,
    )
