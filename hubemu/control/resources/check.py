"""`POST /api/v1/check`: the Hub's verdict on a message that is not sent."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from hubemu.control.answers import json_response
from hubemu.control.body import RequestBody, read_body
from hubemu.control.context import Context
from hubemu.control.known_names import VHostName, require_known
from hubemu.control.operations import Answer, Operation, reference
from hubemu.dispatcher import Judgement, judge
from hubemu.journal import HUB_CODES, problems_of
from hubemu.settings import BUILT_IN

__all__ = ["CHECK", "check"]

_INVALID = 300


class Checked(RequestBody):
    """A message as it would be published: where, by whom (default: its senderID), how written."""

    vhost: VHostName
    body: str
    as_id: Annotated[str | None, Field(alias="as")] = None
    format: Literal["json", "xml"] = "json"


CHECK = Operation(
    summary="The verdict on a message that is not sent, as `hubemu check` tells it: as if it was "
    "published persistent; one that needs a conversion by the one built in, which knows nothing of "
    "its case, or as by a Hub without conversion service where the Hub was told of another or none",
    body=Checked,
    answers={200: Answer("The verdict", reference("Verdict"))},
    refusals=(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)


async def check(request: Request, context: Context) -> Response:
    """The verdict, with each fault and the mend."""
    message = await read_body(request, Checked)
    hub = context.hub
    require_known("#/vhost", message.vhost, hub.tables.vhosts, "vHost")
    body = message.body.encode("utf-8", "surrogatepass")
    vhost = hub.dispatcher.contexts[message.vhost]
    judgement = judge(
        body,
        message.format,
        vhost,
        as_id=message.as_id,
        clock=hub.clock,
        conversions=hub.settings.converter == BUILT_IN,
    )
    return json_response(_verdict(judgement, body, message.format))


def _verdict(judgement: Judgement, body: bytes, written: str) -> dict[str, Any]:
    verdict = judgement.to_json("")
    del verdict["file"], verdict["vhost"]
    status, _, cause = judgement.error or (0, "", "")
    code = HUB_CODES.get(status)
    return verdict | {
        "queue": judgement.queue if judgement.accepted else None,
        "problems": problems_of(cause, body, written) if status == _INVALID else [],
        "spec": code.spec if code else None,
        "mend": code.mend if code else None,
    }
