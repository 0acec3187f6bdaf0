"""The list of authorities that a server sends with its request for a client certificate.

Java chooses its certificate by this list and sends none if no issuer of its own is in it (facts:
clients 11, pki note a). OpenSSL can send it, Python's `ssl` has no way to ask for it: the context
is reached through its address, the first field of CPython's object since 2.7. Where OpenSSL's
functions cannot be found (interpreters that hide them), no list is sent: every client is still
accepted or refused as it should be, only Java is not told what to choose from.
"""

from __future__ import annotations

import _ssl
import ctypes
import ssl
import sys
from pathlib import Path

__all__ = ["announce_authorities"]


def announce_authorities(context: ssl.SSLContext, truststore: Path) -> bool:
    """Send the names of all authorities in a PEM file; `False` where that cannot be done."""
    library = _openssl()
    if library is None:
        return False
    library.SSL_load_client_CA_file.restype = ctypes.c_void_p
    names = library.SSL_load_client_CA_file(str(truststore).encode())
    if not names:
        return False
    address = ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
    library.SSL_CTX_set_client_CA_list(address, ctypes.c_void_p(names))
    return True


def _openssl() -> ctypes.CDLL | None:
    """The OpenSSL that Python's `ssl` uses, not another one in this process."""
    if sys.implementation.name != "cpython":
        return None
    try:
        library = ctypes.CDLL(getattr(_ssl, "__file__", None))
        library.OpenSSL_version_num.restype = ctypes.c_ulong
        same = library.OpenSSL_version_num() == ssl.OPENSSL_VERSION_NUMBER
    except (OSError, TypeError, AttributeError):
        return None
    return library if same and hasattr(library, "SSL_load_client_CA_file") else None
