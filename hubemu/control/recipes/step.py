"""A message of the journal as a step of a scenario."""

from __future__ import annotations

import json
import re
from typing import Any

from hubemu.journal import Entry

__all__ = ["scenario_step"]

_HEADER = frozenset({"messageId", "sender", "sentAt", "kind", "status", "recipient"})
"""What a scenario writes into the content by itself."""
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""YAML 1.1, 5.1 and 5.4: what is no printable character, or a break of a line."""


def scenario_step(entry: Entry, text: str) -> str:
    """The step in YAML: its content where the Hub reads one in the body, else the body as text.

    Args:
        entry: the message; its actors are named as the last part of their client ids.
        text: its body. A `${name}` in it is then one of the scenario's own.
    """
    content = _content(text)
    message = {"text": text} if content is None else {"content": content}
    sender, recipient = entry.sender, entry.recipient or "recipient"
    return (
        f"- id: {(entry.type or 'message').lower()}\n"
        "  send:\n"
        f"    as: {_actor(sender)}   # actor with id {sender}\n"
        f"    to: {_actor(recipient)}   # actor with id {recipient}\n"
        f"    message: {_flow(message)}\n"
    )


def _flow(value: object) -> str:
    """JSON that is YAML too, which takes a few characters only as escapes."""
    written = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda one: f"\\u{ord(one[0]):04x}", written)


def _actor(client: str) -> str:
    return client.rpartition(".")[2]


def _content(text: str) -> dict[str, Any] | None:
    try:
        message = json.loads(text)["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
        return {key: value for key, value in message.items() if key not in _HEADER}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
