"""JSON messages against the schemas of a release: the verdict, and the text of a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hubemu.messages.errors import (
    InvalidMessage,
    UnparsableMessage,
    UnreadableMessage,
)
from hubemu.messages.json.causes import json_cause
from hubemu.messages.json.rules import Rules
from hubemu.messages.json.walker import Violation, find_problems
from hubemu.messages.refusals import UNKNOWN_ID, extract_id, untrusted
from hubemu.messages.schemas.layout import ENVELOPE_SCHEMA, FULL_SCHEMA
from hubemu.messages.schemas.schema_set import SchemaSet
from hubemu.messages.text.json_text import MAX_BODY, NotJson, is_empty, parse_json

__all__ = ["JsonMessages"]

_UNPARSABLE = "An internal server error has occurred, please contact the administration team"


class JsonMessages:
    """The JSON side of a release.

    Args:
        schemas: its schemas.
        quirks: the faults of the Hub that are reproduced.
    """

    def __init__(self, schemas: SchemaSet, quirks: frozenset[str]) -> None:
        self._rules = Rules(schemas)
        self._substring = "header-substring" in quirks

    def parse(self, body: bytes) -> Any:
        """The tree of a body.

        Raises:
            UnparsableMessage: it is not JSON.
            InvalidMessage: it is larger than what is read.
            UnreadableMessage: it is empty, which the schema check lets pass (facts: hub 10).
        """
        if is_empty(body):
            raise UnreadableMessage("the body is empty", UNKNOWN_ID)
        if len(body) > MAX_BODY:
            limit = f"the body has {len(body)} bytes, more than the {MAX_BODY} that are read"
            raise untrusted(limit, body)
        try:
            return parse_json(body)
        except NotJson as error:
            raise UnparsableMessage(_UNPARSABLE, extract_id(body)) from error

    def check(self, tree: Any, body: bytes) -> None:
        """Give the schemas' verdict.

        Raises:
            InvalidMessage: with the reference's text and the id of the message.
        """
        problems = find_problems(self._rules, FULL_SCHEMA, tree)
        if not problems:
            return
        envelope = find_problems(self._rules, ENVELOPE_SCHEMA, tree)
        if envelope or not isinstance(tree, dict):
            raise untrusted(self._cause(envelope), body)
        raise InvalidMessage(self._cause(problems), tree["distributionID"])

    def _cause(self, problems: Sequence[Violation]) -> str:
        return json_cause(problems, substring_quirk=self._substring)
