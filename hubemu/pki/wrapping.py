"""What certificates and keys get wrapped in when people copy them, and what is no such file at all.

Programs that want PEM refuse all of it; a person wants to hear what it is and how to get PEM again.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass

__all__ = ["Wrapping", "of_label", "unwrapped", "what_it_is"]

_BEGIN = b"-----BEGIN "
_ESCAPED = re.compile(rb"\\r\\n|\\n|\\r")
_ONE_LINE = re.compile(
    rb"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?![ \t]*[\r\n])"
    rb"(?P<body>[A-Za-z0-9+/=\s]+)-----END (?P=label)-----"
)
_TWICE = re.compile(rb"LS0tLS1CRUdJTi[A-Za-z0-9+/\s]+={0,2}")
"""`-----BEGIN` in base64."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")
_WIDTH = 64
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Wrapping:
    """A file's PEM or DER, what is wrong with how it came, and how to mend it."""

    data: bytes
    said: str
    mend: str


def unwrapped(data: bytes) -> Wrapping | None:
    """What is inside of a file that is neither PEM nor DER as it is; `None`: nothing known."""
    return _of_utf16(data) or _of_escapes(data) or _of_one_line(data) or _of_base64(data)


def _of_utf16(data: bytes) -> Wrapping | None:
    code = _MARKS.get(data[:2]) or ("utf-16-le" if data[1:2] == b"\0" == data[3:4] else None)
    if code is None:
        return None
    text = data.decode(code, "replace").encode("ascii", "replace")
    said = "it is in UTF-16, as `>` of Windows PowerShell writes it: OpenSSL and most others fail"
    return Wrapping(text, said, "save it as ASCII or UTF-8") if _BEGIN in text else None


def _of_escapes(data: bytes) -> Wrapping | None:
    if _BEGIN not in data or not _ESCAPED.search(data):
        return None
    said = r"its line breaks are the characters \n, as in a .env file or JSON, and no line breaks"
    mend = r"have them turned into line breaks: printf '%b' \"$VARIABLE\" > FILE"
    return Wrapping(_ESCAPED.sub(b"\n", data), said, mend.replace('\\"', '"'))


def _of_one_line(data: bytes) -> Wrapping | None:
    blocks = [_armoured(b"".join(one["body"].split()), one["label"]) for one in
              _ONE_LINE.finditer(data)]  # fmt: skip
    if not blocks:
        return None
    said = "its PEM stands on one line: the lines BEGIN and END must be lines of their own"
    return Wrapping(b"".join(blocks), said, "put the line breaks back, 64 characters a line")


def _of_base64(data: bytes) -> Wrapping | None:
    twice = [_decoded(one) for one in _TWICE.findall(data)]
    if text := b"\n".join(one for one in twice if one is not None):
        said = "it is PEM in base64 once more, as in a Kubernetes Secret"
        return Wrapping(text, said, "decode it: base64 -d")
    der = _decoded(data) if _BASE64.fullmatch(data) else None
    if der is None or der[:1] != b"\x30":
        return None
    said = "it is base64 without the lines BEGIN and END"
    mend = "put -----BEGIN CERTIFICATE----- before and -----END CERTIFICATE----- behind it"
    return Wrapping(der, said, mend)


def _armoured(body: bytes, label: bytes) -> bytes:
    lines = [body[at : at + _WIDTH] for at in range(0, len(body), _WIDTH)]
    return b"\n".join(
        [b"-----BEGIN " + label + b"-----", *lines, b"-----END " + label + b"-----\n"]
    )


def _decoded(text: bytes) -> bytes | None:
    try:
        return b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None


_KNOWN = (
    (
        (b"\x1f\x8b", b"pk\x03\x04", b"bzh", b"\xfd7zxz", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd"),
        "is an archive or compressed: unpack it first",
    ),
    (
        (b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-"),
        "is an OpenSSH public key: TLS has no use for it, give a certificate",
    ),
    (
        (b"<!doctype html", b"<html"),
        "is a web page: the download of the certificate went wrong",
    ),
)
"""How such files begin, in lower case."""
_LONG = 0x80


def what_it_is(data: bytes) -> str:
    """Why a file that is nothing known here is none, with the mend."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "is empty"
    if b"BEGIN CERTIFICATE" in data or b"PRIVATE KEY" in data:
        return "has a BEGIN line with other characters than five hyphens: copy it as plain text"
    if (whole := _length_of(data)) > len(data):
        return f"is cut short: {len(data)} octets of {whole} are there; copy it again, as binary"
    for marks, words in _KNOWN:
        if start[:15].lower().startswith(marks):
            return words
    return (
        "neither a certificate, chain, key, PKCS#12, JKS, revocation list nor request, in PEM or "
        "DER: give the file that the authority or your key tool made"
    )


def _length_of(data: bytes) -> int:
    """How long a sequence in DER says it is, 0 where it is none."""
    if data[:1] != b"\x30" or len(data) < 2 or data[1] <= _LONG or data[1] > _LONG + 4:
        return 0
    octets = data[1] - _LONG
    return 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")


def of_label(labels: list[str]) -> str:
    """What PEM blocks are that hold nothing of use here."""
    if any(one.endswith("PUBLIC KEY") for one in labels):
        return "holds a public key alone: give the certificate, or the private key"
    if "OPENSSH PRIVATE KEY" in labels:
        return "holds a key as OpenSSH writes it: `ssh-keygen -p -m PEM -f FILE` makes PEM of it"
    if any(one.startswith("PGP") for one in labels):
        return "holds something of OpenPGP: TLS has no use for it"
    if any(one.endswith("PARAMETERS") for one in labels):
        return "holds parameters alone, no key: `openssl genpkey` makes one"
    return "holds no certificate, key, request or revocation list"
