"""`/crl/` and `/ocsp/`: what certificates name for their revocation, as clients ask for it.

Nobody who checks a certificate can bear a token: these paths want none.
"""

from __future__ import annotations

import asyncio
import base64
from http import HTTPStatus
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.body import read_octets
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem
from hubemu.engines.certificates import HubCertificates
from hubemu.settings import ListState

__all__ = ["CRL", "OCSP", "OCSP_GET", "SLOW_SECONDS", "crl", "ocsp", "ocsp_get"]

SLOW_SECONDS = 10.0
"""How long a list that is `slow` lets its reader wait."""

_BINARY = {"type": "string", "format": "binary"}
_AUTHORITY = Parameter("authority", "Its name", reference("AuthorityName"), where="path")

CRL = Operation(
    free=True,
    summary="The revocation list of an authority (DER)",
    parameters=(Parameter("list", "AUTHORITY.crl", reference("RevocationList"), where="path"),),
    answers={200: Answer("The list", _BINARY, "application/pkix-crl")},
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
)
OCSP = Operation(
    free=True,
    summary="Whether an authority revoked a certificate: an OCSP request (RFC 6960), DER",
    parameters=(_AUTHORITY,),
    body=_BINARY,
    body_types=("application/ocsp-request", "application/octet-stream"),
    answers={200: Answer("The OCSP response", _BINARY, "application/ocsp-response")},
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
)
OCSP_GET = Operation(
    free=True,
    summary="The same, the request in the path (base64)",
    parameters=(_AUTHORITY, Parameter("request", "The request in base64", where="path")),
    answers=OCSP.answers,
    refusals=OCSP.refusals,
)


async def crl(request: Request, context: Context) -> Response:
    """The list, as the state of the authority says."""
    file = request.path_params["list"]
    name, dot, suffix = file.rpartition(".")
    if not dot or suffix != "crl":
        raise Problem(HTTPStatus.NOT_FOUND, f"{file!r}: lists are called AUTHORITY.crl.")
    certificates = context.hub.certificates
    await _behave(certificates, name)
    content = await asyncio.to_thread(certificates.revocation_list, name)
    return Response(content, media_type="application/pkix-crl")


async def ocsp(request: Request, context: Context) -> Response:
    """The answer to a request in the body."""
    return await _answer(context, request.path_params["authority"], await read_octets(request))


async def ocsp_get(request: Request, context: Context) -> Response:
    """The answer to a request in the path."""
    text = unquote(request.path_params["request"])
    try:
        asked = base64.b64decode(text, validate=True)
    except ValueError:
        asked = b""
    return await _answer(context, request.path_params["authority"], asked)


async def _answer(context: Context, name: str, asked: bytes) -> Response:
    certificates = context.hub.certificates
    await _behave(certificates, name)
    content = await asyncio.to_thread(certificates.ocsp, name, asked)
    return Response(content, media_type="application/ocsp-response")


async def _behave(certificates: HubCertificates, name: str) -> None:
    """Be as slow, or as absent, as was asked for."""
    if name not in certificates.pki.authorities:
        known = ", ".join(certificates.pki.authorities)
        raise Problem(HTTPStatus.NOT_FOUND, f"No authority {name!r}: there are {known}.")
    state = certificates.state(name)
    if state is ListState.UNREACHABLE:
        detail = f"What {name} revoked cannot be had: `hubemu certs crl --state good` ends this."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Connection": "close"})
    if state is ListState.SLOW:
        await asyncio.sleep(SLOW_SECONDS)
