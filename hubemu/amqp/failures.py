"""Why a broker cannot be reached, in words for a person, with the mend where there is one."""

from __future__ import annotations

import re
import socket
import ssl

__all__ = ["not_amqp", "of_loss", "of_socket", "too_old", "version_problem"]

_OLDEST = (3, 10)
_NUMBERS = re.compile(r"(\d+)\.(\d+)")
_SHOWN = 40
"""Octets of a wrong answer that are told."""

_WRONG_CERTIFICATE = {
    9: "its certificate is not valid yet: look at the clock of both machines",
    10: "its certificate has expired: give it a new one (`hubemu export rabbitmq`)",
    62: "its certificate is not made for this name: name the broker as its certificate does, or "
    "export again with --san",
    64: "its certificate is not made for this address: name the broker as its certificate does, or "
    "export again with --san",
}
_FOREIGN = (
    "its certificate is of an authority that this home does not trust in this phase: start it with "
    "the files of `hubemu export rabbitmq` of the same home"
)
_ALERTS = {
    "ALERT_UNKNOWN_CA": "it does not trust our authority",
    "ALERT_CERTIFICATE_EXPIRED": "it says ours has expired",
    "ALERT_CERTIFICATE_REQUIRED": "it says none came",
    "ALERT_BAD_CERTIFICATE": "it says ours is bad",
    "ALERT_CERTIFICATE_UNKNOWN": "it cannot accept ours",
    "ALERT_UNSUPPORTED_CERTIFICATE": "it says ours is of the wrong kind",
    "ALERT_HANDSHAKE_FAILURE": "no reason was given",
}
"""Ends of OpenSSL's names for the alerts that a server sends about a client's certificate."""


_TRUST = "have it trust truststores/<phase>.pem of the home's certs"


def of_loss(error: Exception | None, *, greeted: bool) -> str:
    """Why a connection that was made is gone; `greeted` if the broker had said anything on it."""
    # In TLS 1.3 the alert about a certificate comes when the connection is made already.
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if not greeted:
        return (
            "it closed the connection without a word of AMQP, as RabbitMQ does when it refuses the "
            f"dispatcher's certificate: {_TRUST} (its log says more)"
        )
    return f"the connection was lost: {error or 'closed by the broker'}"


def of_socket(error: Exception) -> str:
    """Why a connection could not be made."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _WRONG_CERTIFICATE.get(error.verify_code, _FOREIGN) + f" ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return "nothing listens there: start RabbitMQ, or name its TLS port (usually 5671)"
    if isinstance(error, socket.gaierror):
        return "no such host: look at the name"
    if isinstance(error, ConnectionError):
        return "it broke off the TLS handshake: name RabbitMQ's TLS port (usually 5671)"
    return getattr(error, "strerror", None) or str(error) or "no answer in time"


def _of_tls(error: ssl.SSLError) -> str:
    told = error.reason or str(error)
    for alert, meaning in _ALERTS.items():
        if alert in told:
            return (
                f"it refuses the dispatcher's certificate, {meaning} ({alert[6:].lower()}): "
                f"{_TRUST}"
            )
    if "ALERT_PROTOCOL_VERSION" in told or "UNSUPPORTED_PROTOCOL" in told:
        return "it speaks neither TLS 1.2 nor 1.3: allow them in its ssl_options.versions"
    if "ALERT" in told or "EOF" in told:
        return f"it broke off the TLS handshake ({told})"
    return f"it does not speak TLS there ({told}): name RabbitMQ's TLS port (usually 5671)"


def not_amqp(answer: bytes) -> str | None:
    """What the first octets of a peer's answer say it is; `None` if it may well be AMQP 0-9-1."""
    if answer[:1] == b"\x01":
        return None
    if answer.startswith(b"AMQP"):
        return "it speaks another AMQP than 0-9-1: hubemu needs RabbitMQ 3.10 or later"
    shown = answer[:_SHOWN].split(b"\r\n", 1)[0].decode("ascii", "backslashreplace")
    kind = "an HTTP server" if answer.startswith(b"HTTP/") else "no AMQP broker"
    return f"it is {kind} (it answered {shown!r}): name RabbitMQ's TLS port (usually 5671)"


def too_old(version: str) -> bool:
    """Whether this RabbitMQ cannot carry a Hub; one whose version cannot be read may do."""
    numbers = _NUMBERS.match(version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) < _OLDEST


def version_problem(product: str, version: str) -> str | None:
    """Why a broker that calls itself so cannot carry a Hub; `None` if it can."""
    rabbitmq = product == "RabbitMQ" and _NUMBERS.match(version) is not None
    if rabbitmq and not too_old(version):
        return None
    name = product or "a broker without a name"
    return f"it is {name} {version}: hubemu needs RabbitMQ 3.10 or later"
