"""The test PKI: authorities, certificates, key stores and trust stores, phase by phase.

Made and kept complete by `ensure_pki`; what it looks like is data in the folder `certs/`.
"""

from hubemu.pki.additions import Additions
from hubemu.pki.certificate_facts import CertificateFacts, certificate_facts
from hubemu.pki.certificates import Pki, open_pki
from hubemu.pki.definitions import IdentityKind
from hubemu.pki.identities import Identity
from hubemu.pki.leaves import NewKey
from hubemu.pki.tls_contexts import KeyPair
from hubemu.pki.upkeep import complete_clients, ensure_pki, holders_of, known_base
from hubemu.pki.wanted import IdentityRequest

__all__ = [
    "Additions",
    "CertificateFacts",
    "Identity",
    "IdentityKind",
    "IdentityRequest",
    "KeyPair",
    "NewKey",
    "Pki",
    "certificate_facts",
    "complete_clients",
    "ensure_pki",
    "holders_of",
    "known_base",
    "open_pki",
]
