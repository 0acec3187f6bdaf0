"""How an endpoint is described, in the terms of OpenAPI 3.1, and the document made of it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from hubemu.control.body import RequestBody
from hubemu.control.problems import PROBLEM_JSON
from hubemu.version import __version__

__all__ = ["Answer", "Operation", "Parameter", "Schema", "component", "document", "reference"]

Schema = Mapping[str, Any]

_INTRODUCTION = (
    "Control API of a running hubemu: watch its messages, publish as a client, move its clock, "
    "step through the certificate migration. Errors are RFC 9457 problem JSON. 400 and 422: the "
    "request is not as this document says. 409: it is, but this Hub, as it is now, cannot do it."
)
_SAFE = ("GET", "HEAD")
_OF_THE_DOOR = (HTTPStatus.BAD_REQUEST, HTTPStatus.MISDIRECTED_REQUEST)
"""What any request may get: no usable Host header, or the name of somebody else in it."""
_OF_BODIES = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)
_COMPONENT = "x-component"
_TOKEN_SCHEMES: Mapping[str, Schema] = {
    "token": {"type": "http", "scheme": "bearer", "description": "`hubemu up --http-token`"},
    "password": {"type": "http", "scheme": "basic", "description": "The token as the password"},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation; without a schema it has no body.

    `others` are the schemas of further media types it may have instead.
    """

    description: str
    schema: Schema | None = None
    media_type: str = "application/json"
    others: Mapping[str, Schema] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """Schemas by media type."""
        own = {} if self.schema is None else {self.media_type: self.schema}
        return {kind: {"schema": schema} for kind, schema in {**own, **self.others}.items()}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, in the query unless `where` says `path`; one that is empty counts as absent."""

    name: str
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    where: str = "query"
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an endpoint does: its answers by status, and the statuses of its refusals.

    Refusals that all requests, or all bodies, may meet need not be named. `free`: no token is
    asked for.
    """

    summary: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: type[RequestBody] | Schema | None = None
    refusals: tuple[HTTPStatus, ...] = ()
    body_types: tuple[str, ...] = ("application/json",)
    free: bool = False


def reference(name: str) -> Schema:
    """A reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def component(name: str) -> dict[str, Any]:
    """The same within the schema of a model, whose maker takes references of its own only."""
    return {_COMPONENT: name}


def document(
    operations: Iterable[tuple[str, str, Operation]],
    schemas: Mapping[str, Schema],
    *,
    token: bool = False,
) -> dict[str, Any]:
    """The OpenAPI document of (method, path, operation) rows and component schemas.

    Args:
        operations: all there are.
        schemas: what they refer to, by name.
        token: whether this Hub asks for its token.
    """
    paths: dict[str, dict[str, Any]] = {}
    components: dict[str, Schema] = dict(schemas)
    for method, route, operation in operations:
        path = route.replace(":path}", "}")
        described = _described(method, path, operation, components, token and not operation.free)
        paths.setdefault(path, {})[method.lower()] = described
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "hubemu control API",
            "version": __version__,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            **({"securitySchemes": dict(_TOKEN_SCHEMES)} if token else {}),
        },
    }


def _described(
    method: str, path: str, operation: Operation, components: dict[str, Schema], token: bool
) -> dict[str, Any]:
    words = (word.strip("{}").replace(".", "_") for word in path.split("/") if word)
    described: dict[str, Any] = {
        "operationId": "_".join((method.lower(), *words)),
        "summary": operation.summary,
        "responses": _responses(operation, _refusals(method, operation, token)),
    }
    if token:
        described["security"] = [{name: []} for name in _TOKEN_SCHEMES]
    if operation.parameters:
        described["parameters"] = [_parameter(one) for one in operation.parameters]
    if operation.body is not None:
        schema = _body(operation.body, components)
        content = {kind: {"schema": schema} for kind in operation.body_types}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _refusals(method: str, operation: Operation, token: bool) -> set[HTTPStatus]:
    """Every status with which a request may be refused."""
    refusals = {*_OF_THE_DOOR, *operation.refusals}
    if method not in _SAFE:
        refusals.add(HTTPStatus.FORBIDDEN)
    if token:
        refusals.add(HTTPStatus.UNAUTHORIZED)
    if operation.body is not None:
        refusals.update(_OF_BODIES)
    return refusals


def _responses(operation: Operation, refusals: Iterable[HTTPStatus]) -> dict[str, Any]:
    """The answers and refusals by status; one status may be both, told apart by media type."""
    responses: dict[str, Any] = {
        str(status): _response(answer.description, answer.content())
        for status, answer in operation.answers.items()
    }
    problem = {PROBLEM_JSON: {"schema": reference("Problem")}}
    for refusal in sorted(refusals):
        told = responses.setdefault(str(refusal.value), {"description": refusal.phrase})
        told["content"] = told.get("content", {}) | problem
    return responses


def _response(description: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, **({"content": content} if content else {})}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    required = parameter.needed or parameter.where == "path"
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": required,
        **({} if required else {"allowEmptyValue": True}),
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _body(model: type[RequestBody] | Schema, components: dict[str, Schema]) -> Schema:
    """The schema of the very model that checks the body, so that both always agree."""
    if not isinstance(model, type):
        return model
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(_linked(schema.pop("$defs", {})))
    components[model.__name__] = _linked(schema)
    return reference(model.__name__)


def _linked(part: Any) -> Any:
    """A part of a schema, with what `component` left in it as references."""
    if isinstance(part, list):
        return [_linked(one) for one in part]
    if not isinstance(part, dict):
        return part
    if (name := part.get(_COMPONENT)) is not None:
        return {**{key: one for key, one in part.items() if key != _COMPONENT}, **reference(name)}
    return {key: _linked(one) for key, one in part.items()}
