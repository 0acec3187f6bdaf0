"""Two settings of a server's TLS context that OpenSSL has and Python's `ssl` does not show.

1. The list of authorities sent with the request for a client certificate. Java chooses its
   certificate by it, and sends none if no issuer of its own is listed (facts: clients 11, pki
   note a); Python sends an empty list.
2. No session cache: a resumed TLS 1.2 session shows no certificate and would outlive a change of
   phase or clock.

Both are reached through the address of OpenSSL's context, the first field of CPython's object
since 2.7. Where OpenSSL's functions cannot be found (an interpreter that hides them), the context
stays as Python made it: every client still connects or is refused as it should, only Java is not
told what to choose from.
"""

from __future__ import annotations

import _ssl
import ctypes
import ssl
import sys
from pathlib import Path

__all__ = ["announce_authorities", "forbid_resumption"]

_SET_SESSION_CACHE_MODE = 44
_CACHE_OFF = 0


def announce_authorities(context: ssl.SSLContext, truststore: Path) -> bool:
    """Send the names of all authorities in a PEM file; `False` where that cannot be done."""
    library = _openssl()
    if library is None:
        return False
    library.SSL_load_client_CA_file.restype = ctypes.c_void_p
    names = library.SSL_load_client_CA_file(str(truststore).encode())
    if not names:
        return False
    library.SSL_CTX_set_client_CA_list(_address(context), ctypes.c_void_p(names))
    return True


def forbid_resumption(context: ssl.SSLContext) -> bool:
    """Make every connection a full handshake; `False` where old ones may resume in TLS 1.2."""
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    library = _openssl()
    if library is None:
        return False
    library.SSL_CTX_ctrl(
        _address(context), _SET_SESSION_CACHE_MODE, ctypes.c_long(_CACHE_OFF), None
    )
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


def _address(context: ssl.SSLContext) -> ctypes.c_void_p:
    return ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
