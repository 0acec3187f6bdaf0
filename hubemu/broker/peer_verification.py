"""A verdict of ours on a client's certificate in place of OpenSSL's, in the midst of a handshake.

Python cannot be asked for it (`hubemu.openssl`). So the client is refused as by the broker
that is stood in for, with the very alert, before anything else is said. Where OpenSSL's functions
cannot be found, OpenSSL decides, and the verdict is given behind the handshake.

A callback that fails, for whatever reason, refuses.
"""

from __future__ import annotations

import ctypes
import ssl
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from hubemu.openssl import address_of, openssl

__all__ = ["decide_on_peers"]

Decide: TypeAlias = Callable[[], int | None]
"""Gives the number of the TLS alert that refuses the certificate that came; `None` accepts it."""

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_ACCEPTED: Final = 0
_OTHER: Final = 34
"""X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, for which OpenSSL says certificate_unknown (46)."""
_ERRORS: Final = {40: 50, 42: 28, 43: 26, 44: 23, 45: 10, 48: 20, 80: 1}
"""TLS alert to the X509_V_ERR for which OpenSSL sends it (its `ssl_x509err2alert`)."""


def decide_on_peers(context: ssl.SSLContext, decide: Decide) -> object | None:
    """Have `decide` asked about each client; what is returned must live as long as the context.

    `None`: that cannot be done with this interpreter.
    """
    library = openssl()
    if library is None or not hasattr(library, "SSL_CTX_set_cert_verify_callback"):
        return None
    set_error = library.X509_STORE_CTX_set_error
    set_error.argtypes, set_error.restype = (ctypes.c_void_p, ctypes.c_int), None

    def asked(store: int, _argument: Any) -> int:
        alert = decide()
        set_error(store, _ACCEPTED if alert is None else _ERRORS.get(alert, _OTHER))
        return int(alert is None)

    callback = _CALLBACK(asked)
    library.SSL_CTX_set_cert_verify_callback.restype = None
    library.SSL_CTX_set_cert_verify_callback(address_of(context), callback, None)
    return callback
