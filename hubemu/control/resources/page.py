"""`/` and `/page/...`: the page for people, plain files that are sent as they are."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.context import Context
from hubemu.control.operations import Answer, Operation, Parameter, reference
from hubemu.control.problems import Problem

__all__ = ["PAGE", "PAGE_FILE", "file_names", "page", "page_file"]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

PAGE = Operation(
    free=True,
    summary="The page for people, in French and English: messages, test LRM, the Hub at a glance",
    answers={200: Answer("The page", {"type": "string"}, "text/html")},
)
PAGE_FILE = Operation(
    free=True,
    summary="A file of the page",
    parameters=(Parameter("file", "Its name", reference("PageFile"), where="path"),),
    answers={
        200: Answer(
            "The file",
            others={kind.partition(";")[0]: {"type": "string"} for kind in _TYPES.values()},
        ),
        304: Answer("The one that was sent before"),
    },
    refusals=(HTTPStatus.NOT_FOUND,),
)


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes
    media_type: str
    tag: str


async def page(request: Request, context: Context) -> Response:
    """The page."""
    response = _sent(request, _files()["index.html"])
    response.headers["Cache-Control"] = "no-store"
    return response


async def page_file(request: Request, context: Context) -> Response:
    """One of its files."""
    name = request.path_params["file"]
    if name not in _files():
        raise Problem(HTTPStatus.NOT_FOUND, f"The page has no file {name!r}.")
    return _sent(request, _files()[name])


def file_names() -> list[str]:
    """The names of the files that there are."""
    return list(_files())


def _sent(request: Request, file: _File) -> Response:
    headers = {
        "Cache-Control": "no-cache",
        "ETag": file.tag,
        "Content-Security-Policy": _POLICY,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        packed = headers | {"Content-Encoding": "gzip"}
        return Response(file.packed, headers=packed, media_type=file.media_type)
    return Response(file.body, headers=headers, media_type=file.media_type)


@cache
def _files() -> dict[str, _File]:
    """Every file of the page by name, read once."""
    found = {}
    for file in files("hubemu").joinpath("page").iterdir():
        suffix = file.name.rpartition(".")[2]
        if suffix in _TYPES:
            body = file.read_bytes()
            tag = f'"{sha256(body).hexdigest()[:20]}"'
            found[file.name] = _File(body, gzip.compress(body, 9, mtime=0), _TYPES[suffix], tag)
    return found
