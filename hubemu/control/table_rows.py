"""Rows of the routing tables as requests give them, and refusals of them that point into a body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from hubemu.control.body import RequestBody
from hubemu.control.body import pointer as pointer_to
from hubemu.control.problems import Problem
from hubemu.errors import InputError
from hubemu.routing import RoutingTables
from hubemu.routing_changes import NoSuchRow, TablesRefused
from hubemu.whole_numbers import AS_WHOLE

__all__ = [
    "ClientBody",
    "ClientRowId",
    "NewClient",
    "NewVHost",
    "Tables",
    "VHostBody",
    "VHostKey",
    "for_the_tables",
    "require_form",
    "row_pointer",
    "tables_pointer",
]

ClientRowId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", min_length=1, max_length=64)
]
VHostKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", min_length=1, max_length=100)]
_Type = Annotated[str, Field(min_length=1, max_length=64)]
_ResultT = TypeVar("_ResultT")


class ClientBody(RequestBody):
    """A client as in `clients.yaml`: how it is written to, and what its certificate may do."""

    id: ClientRowId | None = None
    useXML: bool = False  # noqa: N815 - its name in the table
    directCISU: bool = False  # noqa: N815 - its name in the table
    editor: Annotated[str, Field(min_length=1, max_length=100)] = "unknown"
    acts_for: list[ClientRowId] = Field(default=[])
    writes_as: list[ClientRowId] = Field(default=[])
    reads_as: list[ClientRowId] = Field(default=[])
    igc_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=64)] | None = None


class NewClient(ClientBody):
    """A client that the Hub does not have yet."""

    id: ClientRowId


class VHostBody(RequestBody):
    """A vHost as in `vhosts.yaml`: its perimeter, its model release, further types, its TTL."""

    perimeter: Annotated[str, Field(min_length=1)]
    model: Annotated[str, Field(min_length=1, max_length=100)]
    also: list[_Type] = Field(default=[])
    ttl: Annotated[int, Field(gt=0, le=10**9), AS_WHOLE] | None = None


class NewVHost(VHostBody):
    """A vHost that the Hub does not have yet."""

    name: VHostKey


class Tables(RequestBody):
    """Whole tables: what stands in `vhosts.yaml` and `clients.yaml`."""

    transverse: list[_Type]
    test_contents: list[_Type]
    perimeters: dict[str, list[_Type]]
    vhosts: Annotated[dict[str, VHostBody], Field(min_length=1)]
    clients: Annotated[list[NewClient], Field(min_length=1)]


def require_form(form: Any, given: str, what: str) -> None:
    """Refuse a name of a path that has not the form it must have (Problem: 422)."""
    try:
        TypeAdapter(form).validate_python(given)
    except ValidationError:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{given!r} is not {what}") from None


async def for_the_tables(
    work: Awaitable[_ResultT], pointer: Callable[[TablesRefused], str]
) -> _ResultT:
    """What a change of the tables gives; `pointer` says where in the body a refusal points.

    Raises:
        Problem: 404, a row is named that is not there; 409, this Hub cannot have such tables.
    """
    try:
        return await work
    except NoSuchRow as unknown:
        raise Problem(HTTPStatus.NOT_FOUND, str(unknown)) from None
    except TablesRefused as refused:
        where = pointer(refused)
        detail = f"{where}: {refused}" if where else str(refused)
        errors = [{"pointer": where, "detail": str(refused)}] if where else []
        raise Problem(HTTPStatus.CONFLICT, detail, errors=errors) from None
    except InputError as error:
        errors = [{"pointer": pointer_to([]), "detail": str(error)}]
        raise Problem(HTTPStatus.CONFLICT, str(error), errors=errors) from None


def row_pointer(row: str) -> Callable[[TablesRefused], str]:
    """Where a body that is the row called `row` is refused; nowhere, if it is for another row."""

    def pointer(refused: TablesRefused) -> str:
        if refused.row != row:
            return ""
        return pointer_to([refused.key] if refused.key else [])

    return pointer


def tables_pointer(tables: RoutingTables) -> Callable[[TablesRefused], str]:
    """Where a body that is whole tables is refused."""

    def pointer(refused: TablesRefused) -> str:
        place: list[Any] = [refused.part]
        if refused.row:
            known = list(tables.clients)
            place.append(known.index(refused.row) if refused.part == "clients" else refused.row)
        return pointer_to([*place, *([refused.key] if refused.key else [])])

    return pointer
