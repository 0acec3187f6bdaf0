"""How an endpoint is described, in the terms of OpenAPI 3.1, and the document made of it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from hubemu.control.body import RequestBody
from hubemu.control.problems import PROBLEM_JSON
from hubemu.version import __version__

__all__ = ["Answer", "Operation", "Parameter", "Schema", "document", "reference"]

Schema = Mapping[str, Any]

_INTRODUCTION = (
    "Control API of a running hubemu: watch its messages, publish as a client, move its clock, "
    "step through the certificate migration. Errors are RFC 9457 problem JSON."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation; without a schema it has no body."""

    description: str
    schema: Schema | None = None
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, in the query unless `where` says `path`."""

    name: str
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    where: str = "query"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an endpoint does: its answers by status, and the statuses of its refusals."""

    summary: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: type[RequestBody] | Schema | None = None
    refusals: tuple[HTTPStatus, ...] = ()


def reference(name: str) -> Schema:
    """A reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def document(
    operations: Iterable[tuple[str, str, Operation]], schemas: Mapping[str, Schema]
) -> dict[str, Any]:
    """The OpenAPI document of (method, path, operation) rows and component schemas."""
    paths: dict[str, dict[str, Any]] = {}
    components: dict[str, Schema] = dict(schemas)
    for method, route, operation in operations:
        path = route.replace(":path}", "}")
        described = _described(method, path, operation, components)
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
        "components": {"schemas": components},
    }


def _described(
    method: str, path: str, operation: Operation, components: dict[str, Schema]
) -> dict[str, Any]:
    words = (word.strip("{}").replace(".", "_") for word in path.split("/") if word)
    described: dict[str, Any] = {
        "operationId": "_".join((method.lower(), *words)),
        "summary": operation.summary,
        "responses": {
            **{str(status): _answer(answer) for status, answer in operation.answers.items()},
            **{str(status.value): _refusal(status) for status in operation.refusals},
            "default": _refusal(None),
        },
    }
    if operation.parameters:
        described["parameters"] = [_parameter(one) for one in operation.parameters]
    if operation.body is not None:
        content = {"application/json": {"schema": _body(operation.body, components)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _answer(answer: Answer) -> dict[str, Any]:
    if answer.schema is None:
        return {"description": answer.description}
    content = {answer.media_type: {"schema": answer.schema}}
    return {"description": answer.description, "content": content}


def _refusal(status: HTTPStatus | None) -> dict[str, Any]:
    phrase = status.phrase if status is not None else "Any other refusal"
    return {"description": phrase, "content": {PROBLEM_JSON: {"schema": reference("Problem")}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _body(model: type[RequestBody] | Schema, components: dict[str, Schema]) -> Schema:
    """The schema of the very model that checks the body, so that both always agree."""
    if not isinstance(model, type):
        return model
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(schema.pop("$defs", {}))
    components[model.__name__] = schema
    return reference(model.__name__)
