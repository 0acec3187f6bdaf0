"""OpenSSL itself, for what Python's `ssl` has no way to ask of it.

A context is reached through its address, the first field of CPython's object since 2.7. Versions of
Python in which nobody tried that, and interpreters that hide OpenSSL's functions, do without.
"""

from __future__ import annotations

import ctypes
import ssl
from datetime import datetime
from importlib import import_module

from hubemu.interpreter import has_known_private_parts

__all__ = ["address_of", "openssl", "send_no_more_than_is_loaded", "verify_at"]

_CTRL_MODE = 33
_NO_AUTO_CHAIN = 8
"""SSL_CTRL_MODE and SSL_MODE_NO_AUTO_CHAIN (openssl/ssl.h)."""


def openssl() -> ctypes.CDLL | None:
    """The OpenSSL that Python's `ssl` uses, not another one in this process."""
    if not has_known_private_parts():
        return None
    try:
        library = ctypes.CDLL(getattr(import_module("_ssl"), "__file__", None))
        library.OpenSSL_version_num.restype = ctypes.c_ulong
        same = library.OpenSSL_version_num() == ssl.OPENSSL_VERSION_NUMBER
    except (OSError, TypeError, AttributeError):
        return None
    return library if same and hasattr(library, "SSL_load_client_CA_file") else None


def address_of(context: ssl.SSLContext) -> ctypes.c_void_p:
    """The `SSL_CTX` of a context."""
    return ctypes.c_void_p.from_address(id(context) + object.__basicsize__)


def send_no_more_than_is_loaded(context: ssl.SSLContext) -> bool:
    """Keep OpenSSL from adding intermediates it trusts to what is sent; `False` if it cannot be."""
    library = openssl()
    if library is None or not hasattr(library, "SSL_CTX_ctrl"):
        return False
    library.SSL_CTX_ctrl(address_of(context), _CTRL_MODE, _NO_AUTO_CHAIN, None)
    return True


def verify_at(context: ssl.SSLContext, at: datetime) -> bool:
    """Have peers' certificates judged as of `at`; `False` if it cannot be."""
    library = openssl()
    if library is None or not hasattr(library, "X509_VERIFY_PARAM_set_time"):
        return False
    library.SSL_CTX_get0_param.restype = ctypes.c_void_p
    parameters = ctypes.c_void_p(library.SSL_CTX_get0_param(address_of(context)))
    library.X509_VERIFY_PARAM_set_time(parameters, ctypes.c_int64(int(at.timestamp())))
    return True
