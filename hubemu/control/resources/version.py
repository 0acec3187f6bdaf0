"""`/version`: what runs here."""

from __future__ import annotations

import platform

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, reference
from hubemu.version import __version__

__all__ = ["VERSION", "version"]

VERSION = Operation(
    summary="Version of hubemu and of the Python it runs on",
    answers={200: Answer("The versions", reference("Version"))},
)


async def version(request: Request, context: Context) -> Response:
    """The versions."""
    content = {"name": "hubemu", "version": __version__, "python": platform.python_version()}
    return json_response(content)
