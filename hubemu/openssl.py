"""OpenSSL itself, for what Python's `ssl` has no way to ask of it.

A context is reached through its address, the first field of CPython's object since 2.7; that of a
connection is the second field. Versions of Python in which nobody tried that, and interpreters that
hide OpenSSL's functions, do without.
"""

from __future__ import annotations

import ctypes
import ssl
from datetime import datetime
from functools import cache
from importlib import import_module

from hubemu.interpreter import has_known_private_parts

__all__ = [
    "address_of",
    "forget_handshake",
    "openssl",
    "send_no_more_than_is_loaded",
    "verify_at",
]

_CTRL_MODE = 33
_NO_AUTO_CHAIN = 8
"""SSL_CTRL_MODE and SSL_MODE_NO_AUTO_CHAIN (openssl/ssl.h)."""
_SET_BUF_MEM, _CLOSE, _PENDING = 114, 1, 10
"""BIO_C_SET_BUF_MEM, BIO_CLOSE and BIO_CTRL_PENDING (openssl/bio.h)."""
_LARGEST_SESSION = 1024
"""Octets in which the certificate of a session is found; it is within the first 700 of them."""
_TRIED_OPENSSL = 3
"""The major version whose sessions have that field."""
_MOST_SHARED = 1_000
_SHARED: dict[bytes, int] = {}
"""Certificates that connections share, by their DER: the `X509` of each, one reference ours."""


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


def forget_handshake(tls: ssl.SSLObject) -> bool:
    """Give back what a handshake that is over has left behind; `False` if it cannot be.

    That is some 20 KiB a connection: what the memory on both sides grew to, unless something waits
    there, the intermediates that the peer sent, and its own certificate, where another connection
    has an equal one: then they share it.
    """
    library = _of_connections()
    connection = getattr(tls, "_sslobj", None)
    if library is None or connection is None:
        return False
    second = object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p)
    address = ctypes.c_void_p.from_address(id(connection) + second)
    if library.SSL_get_SSL_CTX(address) != address_of(tls.context).value:
        return False  # the field is not what it was in the versions tried
    for side in (library.SSL_get_rbio(address), library.SSL_get_wbio(address)):
        if library.BIO_ctrl(side, _PENDING, 0, None) == 0:
            library.BIO_ctrl(side, _SET_BUF_MEM, _CLOSE, library.BUF_MEM_new())
    # What OpenSSL built of them itself is there where nobody decides in its place.
    for chain in (
        library.SSL_get_peer_cert_chain(address),
        library.SSL_get0_verified_chain(address),
    ):
        while chain and (certificate := library.OPENSSL_sk_pop(chain)):
            library.X509_free(certificate)
    if leaf := tls.getpeercert(binary_form=True):
        _share_peer(library, library.SSL_get_session(address), leaf)
    return True


def _share_peer(library: ctypes.CDLL, session: int | None, leaf: bytes) -> None:
    """Have a session hold the certificate that equal ones hold already, instead of its own."""
    own = library.SSL_SESSION_get0_peer(session) if session else None
    if not session or not own or ssl.OPENSSL_VERSION_INFO[0] != _TRIED_OPENSSL:
        return
    shared = _SHARED.get(leaf)
    if shared is None:
        while len(_SHARED) >= _MOST_SHARED:
            library.X509_free(_SHARED.pop(next(iter(_SHARED))))
        library.X509_up_ref(own)
        _SHARED[leaf] = own
    elif shared != own and library.X509_cmp(shared, own) == 0:
        # There is no function for it: the field is the one whose value OpenSSL tells.
        field = _field(session, own)
        if field is not None:
            library.X509_up_ref(shared)
            field.value = shared
            told = library.SSL_SESSION_get0_peer(session) == shared
            field.value = shared if told else own
            library.X509_free(own if told else shared)


def _field(struct: int, value: int) -> ctypes.c_void_p | None:
    """The first field of a structure that has a value: one that it is known to have."""
    size = ctypes.sizeof(ctypes.c_void_p)
    for at in range(struct, struct + _LARGEST_SESSION, size):
        field = ctypes.c_void_p.from_address(at)
        if field.value == value:
            return field
    return None


@cache
def _of_connections() -> ctypes.CDLL | None:
    """The library with the signatures of what `forget_handshake` calls."""
    library = openssl()
    pointer = ctypes.c_void_p
    functions = {
        "SSL_get_SSL_CTX": (pointer, pointer),
        "SSL_get_rbio": (pointer, pointer),
        "SSL_get_wbio": (pointer, pointer),
        "SSL_get_peer_cert_chain": (pointer, pointer),
        "SSL_get0_verified_chain": (pointer, pointer),
        "OPENSSL_sk_pop": (pointer, pointer),
        "SSL_get_session": (pointer, pointer),
        "SSL_SESSION_get0_peer": (pointer, pointer),
        "X509_cmp": (ctypes.c_int, pointer, pointer),
        "X509_free": (None, pointer),
        "X509_up_ref": (ctypes.c_int, pointer),
        "BUF_MEM_new": (pointer,),
        "BIO_ctrl": (ctypes.c_long, pointer, ctypes.c_int, ctypes.c_long, pointer),
    }
    if library is None or not all(hasattr(library, name) for name in functions):
        return None
    for name, (gives, *takes) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library
