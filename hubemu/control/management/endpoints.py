"""The paths of RabbitMQ's management API that are served, under `/rabbitmq/api/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from hubemu.broker.core import VirtualHost
from hubemu.control.answers import json_response
from hubemu.control.context import ApiMethod, Context
from hubemu.control.management.aliveness import alive
from hubemu.control.management.clients import (
    channels_of,
    connection_json,
    connection_name,
    consumers_of,
)
from hubemu.control.management.node import alarms, definitions, node_json, overview
from hubemu.control.management.objects import bindings_of, exchange_json, queue_json, vhost_json
from hubemu.control.operations import Answer, Operation, Parameter, Schema, reference
from hubemu.control.problems import Problem
from hubemu.engines.broker_view import BrokerView
from hubemu.properties import as_json

__all__ = ["MANAGEMENT"]

FoundT = TypeVar("FoundT")

_ROOT = "/rabbitmq/api"
_OBJECT: Schema = {"type": "object"}
_LIST: Schema = {"type": "array", "items": _OBJECT}
_NAMES = {
    one.name: one
    for one in (
        Parameter("vhost", "A vHost", reference("VHostName"), where="path"),
        Parameter("queue", "A queue of it", where="path"),
        Parameter("exchange", "An exchange of it", where="path"),
        Parameter("connection", "The name of a connection: both its ends", where="path"),
    )
}


class Asked:
    """A request to the management API of the embedded broker.

    Raises:
        Problem: 409, the broker is RabbitMQ, which has this API itself.
    """

    def __init__(self, request: Request, context: Context) -> None:
        inside = context.hub.engine.view()
        if inside is None:
            raise Problem(
                HTTPStatus.CONFLICT,
                "This Hub runs on RabbitMQ: ask the management API of RabbitMQ itself.",
            )
        self.inside: BrokerView = inside
        self.context = context
        self._path = request.path_params

    def name(self, of: str) -> str:
        """The name in the path of a `queue`, an `exchange` or a `connection`."""
        return str(self._path[of])

    @property
    def vhost(self) -> VirtualHost:
        """The vHost in the path.

        Raises:
            Problem: 404.
        """
        return found(self.inside.broker.vhosts, self.name("vhost"), "vHost")

    @property
    def vhosts(self) -> list[VirtualHost]:
        """The vHost in the path, or all of them if it names none.

        Raises:
            Problem: 404.
        """
        return [self.vhost] if "vhost" in self._path else list(self.inside.broker.vhosts.values())


def found(among: Mapping[str, FoundT], name: str, kind: str) -> FoundT:
    """What is called `name`.

    Raises:
        Problem: 404.
    """
    if name not in among:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no {kind} {name!r} here.")
    return among[name]


def _queues(asked: Asked) -> object:
    return [queue_json(vhost, queue) for vhost in asked.vhosts for queue in vhost.queues.values()]


def _queue(asked: Asked) -> object:
    vhost = asked.vhost
    name = asked.name("queue")
    row = queue_json(vhost, found(vhost.queues, name, "queue"))
    consumers = consumers_of(asked.inside, [vhost])
    return row | {"consumer_details": [one for one in consumers if one["queue"]["name"] == name]}


def _exchanges(asked: Asked) -> object:
    return [exchange_json(vhost, one) for vhost in asked.vhosts for one in vhost.exchanges.values()]


def _exchange(asked: Asked) -> object:
    vhost = asked.vhost
    return exchange_json(vhost, found(vhost.exchanges, asked.name("exchange"), "exchange"))


def _bindings(asked: Asked) -> object:
    return [row for vhost in asked.vhosts for row in bindings_of(vhost)]


def _connections(asked: Asked) -> object:
    return [connection_json(asked.inside, one) for one in asked.inside.connections]


def _connection(asked: Asked) -> object:
    inside = asked.inside
    by_name = {connection_name(inside, one): one for one in inside.connections}
    return connection_json(inside, found(by_name, asked.name("connection"), "connection"))


def _aliveness(asked: Asked) -> object:
    if not alive(asked.vhost):
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "A message published did not come back.")
    return {"status": "ok"}


_READINGS: tuple[tuple[str, str, Schema, Callable[[Asked], object]], ...] = (
    ("/overview", "Versions and totals", _OBJECT, lambda asked: overview(asked.inside)),
    ("/nodes", "The one node", _LIST, lambda asked: [node_json(asked.inside)]),
    ("/vhosts", "vHosts", _LIST, lambda asked: [vhost_json(one) for one in asked.vhosts]),
    ("/vhosts/{vhost}", "One vHost", _OBJECT, lambda asked: vhost_json(asked.vhost)),
    ("/queues", "Queues", _LIST, _queues),
    ("/queues/{vhost}", "Queues of a vHost", _LIST, _queues),
    ("/queues/{vhost}/{queue}", "One queue and its consumers", _OBJECT, _queue),
    ("/exchanges", "Exchanges", _LIST, _exchanges),
    ("/exchanges/{vhost}", "Exchanges of a vHost", _LIST, _exchanges),
    ("/exchanges/{vhost}/{exchange}", "One exchange", _OBJECT, _exchange),
    ("/bindings", "Bindings", _LIST, _bindings),
    ("/bindings/{vhost}", "Bindings of a vHost", _LIST, _bindings),
    ("/connections", "Open connections", _LIST, _connections),
    ("/connections/{connection}", "One open connection", _OBJECT, _connection),
    ("/channels", "Open channels", _LIST, lambda asked: list(channels_of(asked.inside))),
    (
        "/consumers",
        "Consumers",
        _LIST,
        lambda asked: list(consumers_of(asked.inside, asked.vhosts)),
    ),
    (
        "/consumers/{vhost}",
        "Consumers on a vHost",
        _LIST,
        lambda asked: list(consumers_of(asked.inside, asked.vhosts)),
    ),
    (
        "/definitions",
        "All that survives a restart",
        _OBJECT,
        lambda asked: definitions(asked.context.hub.topology),
    ),
    ("/aliveness-test/{vhost}", "A message through a vHost and back", _OBJECT, _aliveness),
)


def _endpoint(
    path: str, summary: str, schema: Schema, read: Callable[[Asked], object]
) -> ApiMethod:
    async def answer(request: Request, context: Context) -> Response:
        return json_response(as_json(read(Asked(request, context))))

    operation = _operation(path, summary, schema)
    return ApiMethod("GET", f"{_ROOT}{path}", answer, operation, acts=read is _aliveness)


def _operation(path: str, summary: str, schema: Schema) -> Operation:
    named = tuple(one for name, one in _NAMES.items() if f"{{{name}}}" in path)
    refusals = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT) if named else (HTTPStatus.CONFLICT,)
    return Operation(
        summary=f"RabbitMQ management API: {summary}",
        answers={200: Answer("As RabbitMQ shows it", schema)},
        parameters=named,
        refusals=refusals,
    )


async def _alarms(request: Request, context: Context) -> Response:
    """RabbitMQ answers 503 while an alarm is in effect, with its own JSON."""
    state = alarms(Asked(request, context).inside)
    ok = state["status"] == "ok"
    return json_response(state, HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE)


_ALARMS = Operation(
    summary="RabbitMQ management API: whether an alarm is in effect",
    answers={
        200: Answer("None", _OBJECT),
        503: Answer("Publishers are made to wait", _OBJECT),
    },
    refusals=(HTTPStatus.CONFLICT,),
)

MANAGEMENT = (
    *(_endpoint(*reading) for reading in _READINGS),
    ApiMethod("GET", f"{_ROOT}/health/checks/alarms", _alarms, _ALARMS),
)
