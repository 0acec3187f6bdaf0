"""`/specs`: the AMQP side of this Hub, as AsyncAPI for programs and as a page for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hubemu.asyncapi import Listener, asyncapi_document
from hubemu.control.answers import json_response
from hubemu.control.context import Context
from hubemu.control.known_names import VHOST
from hubemu.control.operations import Answer, Operation
from hubemu.control.query import Query
from hubemu.dispatcher import VHostContext
from hubemu.topology import HUB_EXCHANGE, QUEUE_KINDS

__all__ = ["ASYNCAPI", "SPECS", "asyncapi", "specs"]

ASYNCAPI = Operation(
    summary="The AMQP side of this Hub in AsyncAPI 3.0, from its topology and model releases",
    parameters=(VHOST,),
    answers={200: Answer("The AsyncAPI document", {"type": "object", "required": ["asyncapi"]})},
)
SPECS = Operation(
    summary="The same for people: what each vHost takes and delivers, in French and English",
    answers={200: Answer("The page", {"type": "string"}, "text/html")},
)

_HEAD = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>hubemu: AMQP</title>
</head>
<body>
<main>
<h1>hubemu: AMQP</h1>
"""
_TAIL = "</main>\n</body>\n</html>\n"


async def asyncapi(request: Request, context: Context) -> Response:
    """The AsyncAPI document."""
    contexts = context.hub.dispatcher.contexts
    name = Query(request, ["vhost"]).choice("vhost", list(contexts))
    wanted = list(contexts.values()) if name is None else [contexts[name]]
    return json_response(asyncapi_document(_listener(context), wanted))


async def specs(request: Request, context: Context) -> Response:
    """The page."""
    listener = _listener(context)
    contexts = context.hub.dispatcher.contexts.values()
    parts = [_HEAD, *_introduction(), *_vhosts(listener, contexts), _TAIL]
    return HTMLResponse("".join(parts))


def _listener(context: Context) -> Listener:
    amqps = context.hub.endpoints()["amqps"]
    return Listener(amqps["host"], amqps["port"])


def _introduction() -> Iterator[str]:
    yield (
        "<p>AMQP 0-9-1 sur TLS mutuel, SASL EXTERNAL (le nom est celui du certificat). On publie, "
        f"en mode persistant, vers l&rsquo;exchange <code>{HUB_EXCHANGE}</code> avec son propre "
        "identifiant comme clé de routage&nbsp;; on consomme ses trois files.</p>\n"
        "<p lang='en'>AMQP 0-9-1 over mutual TLS, SASL EXTERNAL "
        "(the login is the certificate&rsquo;s name). "
        f"Publish, persistent, to the exchange <code>{HUB_EXCHANGE}</code> with your own id as the "
        "routing key; consume your three queues.</p>\n"
        '<p><a href="/specs/asyncapi.json">AsyncAPI 3.0</a></p>\n'
    )


def _vhosts(listener: Listener, contexts: Iterable[VHostContext]) -> Iterator[str]:
    for context in contexts:
        name = escape(context.name)
        address = f"amqps://{escape(listener.host)}:{listener.port}/{quote(context.name, safe='')}"
        types = ", ".join(f"<code>{escape(kind)}</code>" for kind in context.allowed)
        queues = ", ".join(f"<code>&lt;id&gt;.{kind}</code>" for kind in QUEUE_KINDS)
        document = f"/specs/asyncapi.json?vhost={quote(context.name, safe='')}"
        yield (
            f"<h2>{name}</h2>\n<dl>\n"
            f"<dt>URL</dt><dd><code>{address}</code></dd>\n"
            f'<dt>Modèle · <span lang="en">Model</span></dt>'
            f"<dd>{escape(context.release.name)}</dd>\n"
            f'<dt>Types admis · <span lang="en">Types allowed</span></dt><dd>{types}</dd>\n'
            f'<dt>Files · <span lang="en">Queues</span></dt><dd>{queues}</dd>\n'
            f'<dt>Durée de vie · <span lang="en">Time-to-live</span></dt>'
            f"<dd>{context.ttl} s</dd>\n"
            f'<dt>AsyncAPI</dt><dd><a href="{escape(document)}">{name}</a></dd>\n'
            "</dl>\n"
        )
