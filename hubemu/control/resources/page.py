"""`/`: a small page that says what runs here and where its API is."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation
from hubemu.version import __version__

__all__ = ["PAGE", "page"]

PAGE = Operation(
    summary="A page for people, in French and English: what runs here, and links to the API",
    answers={200: Answer("The page", {"type": "string"}, "text/html")},
)

_TEMPLATE = Path(__file__).with_name("page.html")


async def page(request: Request, context: Context) -> Response:
    """The page."""
    return HTMLResponse(_render(context.hub.endpoints()))


def _render(endpoints: Mapping[str, Any]) -> str:
    amqps = endpoints["amqps"]
    values = {
        "version": __version__,
        "amqps": f"amqps://{amqps['host']}:{amqps['port']}",
        "environment": endpoints["environment"],
        "phase": endpoints["phase"],
    }
    page = Template(_TEMPLATE.read_text("utf-8"))
    return page.substitute({key: escape(str(value)) for key, value in values.items()})
