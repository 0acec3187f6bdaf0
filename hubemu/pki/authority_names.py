"""The list of authorities that a server sends with its request for a client certificate.

Java chooses its certificate by this list and sends none if no issuer of its own is in it (facts:
clients 11, pki note a). OpenSSL can send it, Python's `ssl` has no way to ask for it: the context
is reached through its address (`openssl`). Where that is not known to work no list is sent: every
client is still accepted or refused as it should be, only Java is not told what to choose from.
"""

from __future__ import annotations

import ctypes
import ssl
from pathlib import Path

from hubemu.openssl import address_of, openssl

__all__ = ["announce_authorities"]


def announce_authorities(context: ssl.SSLContext, truststore: Path) -> bool:
    """Send the names of all authorities in a PEM file; `False` where that cannot be done."""
    library = openssl()
    if library is None:
        return False
    library.SSL_load_client_CA_file.restype = ctypes.c_void_p
    names = library.SSL_load_client_CA_file(str(truststore).encode())
    if not names:
        return False
    library.SSL_CTX_set_client_CA_list(address_of(context), ctypes.c_void_p(names))
    return True
