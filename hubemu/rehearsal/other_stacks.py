"""What the Hub shows at a step and the stack of a rehearsal takes, but that of others refuses.

Asked once a step, not of each client: the chain by what is in it; strictness of the kind that
Python 3.13 turned on, and what a client says that looks into revocation lists, by a handshake in
memory.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from hubemu.common_name import common_name_of
from hubemu.openssl import verify_at
from hubemu.pki.layout import read_certificates
from hubemu.pki.migration import MigrationStage
from hubemu.pki.stores import pem
from hubemu.rehearsal.results import StepFinding
from hubemu.rehearsal.revocation import RevocationLists, has_revocations

__all__ = ["STRICT", "shown_findings"]

STRICT = range(79, 96)
"""OpenSSL's numbers (x509_vfy.h) of what X509_V_FLAG_X509_STRICT refuses."""
_OF_IGC_SANTE = 1
"""Intermediates between its leaves and its root."""
_REVOKED = 23
"""X509_V_ERR_CERT_REVOKED."""
_SEEN = "nothing: it shows it to every client"


def shown_findings(
    stage: MigrationStage, now: datetime, lists: RevocationLists
) -> list[StepFinding]:
    """What some stack will not take at a step, whether a client of the rehearsal does or not.

    Raises:
        InputError: a key of the home, or an entry of a revocation list, is damaged.
        OSError: revocation lists cannot be written.
    """
    files = stage.pki.server_files(stage.phase)
    chain = read_certificates(files.certificate, "")
    found = [*_of_chain(chain)]
    strict = _refusal(_checking(stage, now, ssl.VERIFY_X509_STRICT), stage)
    if strict is not None and strict.verify_code in STRICT:
        found.append(StepFinding("S17", strict.verify_message, _SEEN, blocks=False))
    if has_revocations(stage.pki):
        looking = _checking(stage, now, ssl.VERIFY_CRL_CHECK_CHAIN, lists.at(stage, now))
        refused = _refusal(looking, stage)
        if refused is not None and refused.verify_code == _REVOKED:
            text = f"{refused.verify_message}, says a client that looks into revocation lists"
            found.append(StepFinding("S10", text, _SEEN, blocks=False))
    return found


def _of_chain(chain: Sequence[x509.Certificate]) -> Iterator[StepFinding]:
    leaf, name = chain[0], common_name_of(chain[0].subject)
    if not _has_names(leaf):
        yield StepFinding("S7", f"{name!r} has no subject alternative name", _SEEN, blocks=False)
    between = [one for one in chain[1:] if one.issuer != one.subject]
    if len(between) > _OF_IGC_SANTE:
        text = f"{len(between)} intermediates; a client whose depth is smaller refuses them"
        yield StepFinding("S15", text, _SEEN, blocks=False)


def _has_names(leaf: x509.Certificate) -> bool:
    try:
        return bool(
            list(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        )
    except x509.ExtensionNotFound:
        return False


def _checking(
    stage: MigrationStage, now: datetime, flags: ssl.VerifyFlags, more: Path | None = None
) -> ssl.SSLContext:
    """A client that trusts what the Hub trusts, and checks more than is usual.

    `more` is a PEM file of revocation lists.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= flags
    trusted = read_certificates(stage.pki.truststore(stage.phase), "")
    client.load_verify_locations(more, cadata=pem(trusted).decode())
    verify_at(client, now)
    return client


def _refusal(client: ssl.SSLContext, stage: MigrationStage) -> ssl.SSLCertVerificationError | None:
    """Why a client refuses what the Hub shows at a stage; `None`: it does not."""
    files = stage.pki.server_files(stage.phase)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        server.load_cert_chain(files.certificate, files.key)
        _shake_hands(client, server)
    except ssl.SSLCertVerificationError as error:
        return error
    except ssl.SSLError:
        return None
    return None


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    """Until the client has judged what it is shown (SSLError: it refuses it)."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_end = client.wrap_bio(to_client, to_server)
    server_end = server.wrap_bio(to_server, to_client, server_side=True)
    for end in (client_end, server_end, client_end):
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
