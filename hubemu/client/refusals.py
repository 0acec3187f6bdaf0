"""What aiormq raises, told as our errors: the broker's own words, and what to do about them."""

from __future__ import annotations

import os
import ssl

from aiormq import exceptions as amqp
from pamqp.commands import Basic

from hubemu.address import authority
from hubemu.errors import CheckFailed, HubemuError, StartError

__all__ = ["connection_refusal", "consume_refusal", "publish_refusal"]

_SEE_LOG = "the Hub's connection log says why: GET /api/v1/connections"


def connection_refusal(error: Exception, host: str, port: int, vhost: str) -> HubemuError:
    """Why a connection could not be opened: not reached (`StartError`) or refused."""
    where = authority(host, port)
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLError):
        return CheckFailed(f"{where}: {_tls_words(cause)}")
    if isinstance(error, amqp.ProbableAuthenticationError | amqp.AuthenticationError):
        return CheckFailed(f"{where}: login refused: {_words(error)}; {_SEE_LOG}")
    if isinstance(error, amqp.InvalidFrameError):
        # aiormq loses the broker's words here: the refusal came where connection.open-ok was due.
        return CheckFailed(f"{where}: vHost {vhost!r} refused: there is none, or no right to it")
    if isinstance(error, amqp.ConnectionClosed):
        return CheckFailed(f"{where}: vHost {vhost!r} refused: {_words(error)}")
    if isinstance(cause, OSError) and cause.errno is not None:
        why = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror
        return StartError(f"{where}: cannot connect: {why}; is the Hub up?")
    return CheckFailed(f"{where}: connection closed before login ({_words(error)}); {_SEE_LOG}")


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the Hub's certificate is not trusted: {error.verify_message}"
    return f"TLS failed ({error.reason or error}); {_SEE_LOG}"


def publish_refusal(error: Exception) -> CheckFailed:
    """Why a message was not accepted by the broker."""
    if isinstance(error, amqp.DeliveryError):
        frame = error.frame
        if isinstance(frame, Basic.Return):
            return CheckFailed(f"returned by the broker: {frame.reply_code} {frame.reply_text}")
        return CheckFailed("not accepted by the broker (basic.nack)")
    return CheckFailed(f"refused by the broker: {_words(error)}")


def consume_refusal(error: BaseException | None, queue: str) -> CheckFailed:
    """Why a queue cannot be consumed, or is no longer."""
    return CheckFailed(f"{queue}: {_words(error) if error else 'the channel was closed'}")


def _words(error: BaseException) -> str:
    """The broker's reply text, which aiormq keeps among the arguments of its errors."""
    texts = [str(argument) for argument in error.args if argument not in (None, "")]
    return " ".join(texts) or type(error).__name__
