"""The messages a scenario sends: from the library, the model, a file or an earlier step."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hubemu.documents import content_type_of, read_file
from hubemu.edxl import CONTENT_TYPES, HEADER_KEYS
from hubemu.errors import InputError
from hubemu.messages import Letter, Release, dump_json, example_content, wrap
from hubemu.scenarios.format.exchange_steps import Send
from hubemu.scenarios.format.message import Message
from hubemu.scenarios.library import example
from hubemu.scenarios.paths import put, take_away
from hubemu.scenarios.values import Scope, plain

__all__ = ["MessageSources", "Outbound", "content_of", "make", "message_of"]

_JSON_ID = re.compile(rb'"distributionID"\s*:\s*"([A-Za-z0-9_.-]+)"')
_XML_ID = re.compile(rb"<distributionID>([A-Za-z0-9_.-]+)</distributionID>")


@dataclass(slots=True, kw_only=True)
class Outbound:
    """A message ready to be published: its tree, `None` where it is a raw text, and its bytes."""

    distribution_id: str
    sender: str
    recipient: str
    type: str
    body: bytes
    content_type: str
    tree: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSources:
    """What messages are made with: the model of the vHost, the names, where files are, what was
    sent by step."""

    release: Release
    scope: Scope
    folder: Path
    sent: dict[str, list[Outbound]]


def make(send: Send, sender: str, recipient: str, desk: MessageSources) -> Outbound:
    """The message that a step sends.

    Raises:
        InputError: it cannot be made as the step says.
    """
    message, scope = send.message, desk.scope.with_names(send.message.with_)
    signed = scope.fill(send.signed) if send.signed else sender
    content_type = send.content_type or CONTENT_TYPES[send.format]
    if message.text is not None:
        body = scope.fill(message.text).encode()
        return Outbound(
            distribution_id=_extracted(body),
            sender=sender,
            recipient=recipient,
            type="text",
            body=body,
            content_type=content_type,
        )
    letter = Letter(
        sender=signed,
        recipient=recipient,
        internal_id=scope.uuid(),
        now=scope.now - timedelta(seconds=send.age),
    )
    tree = _changed(message, _enveloped(message, letter, replace(desk, scope=scope)), scope)
    return Outbound(
        distribution_id=str(tree.get("distributionID", "")),
        sender=sender,
        recipient=recipient,
        type=_type(tree, desk.release),
        body=_written(tree, send, desk.release),
        content_type=content_type,
        tree=tree,
    )


def message_of(tree: Any) -> Any:
    """The `message` object of a whole message, `None` where it has none."""
    try:
        return tree["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    except (KeyError, IndexError, TypeError):
        return None


def content_of(tree: Any) -> dict[str, Any]:
    """The bare content: what of the `message` object is no header."""
    message = message_of(tree)
    if not isinstance(message, dict):
        return {}
    return {key: value for key, value in message.items() if key not in HEADER_KEYS}


def _extracted(body: bytes) -> str:
    """The id that the Hub finds in a body it cannot read (facts: hub 4.2)."""
    found = _JSON_ID.search(body) or _XML_ID.search(body)
    return found[1].decode("ascii") if found else ""


def _enveloped(message: Message, letter: Letter, desk: MessageSources) -> dict[str, Any]:
    content = _content(message, desk)
    if "content" in content and "distributionID" in content:
        return content
    try:
        return wrap(content, desk.release, letter)
    except (KeyError, StopIteration):
        known = ", ".join(kind.key for kind in desk.release.types.values())
        raise InputError(
            next(iter(content), "content"),
            f"release {desk.release.name} has no such content; it has {known}",
        ) from None


def _content(message: Message, desk: MessageSources) -> dict[str, Any]:
    scope = desk.scope
    if message.example is not None:
        return _example(scope.fill(message.example), desk)
    if message.generate is not None:
        return example_content(
            message.generate,
            desk.release,
            seed=scope.random.getrandbits(32),
            extent=message.extent,
            now=scope.now,
        )
    if message.file is not None:
        return _from_file(desk.folder / message.file, scope)
    if message.like is not None:
        return content_of(copy.deepcopy(_of_step(message.like, desk)))
    filled: dict[str, Any] = scope.fill(plain(message.content))
    return filled


def _example(name: str, desk: MessageSources) -> dict[str, Any]:
    found = example(name)
    content = _example(found.like, desk) if found.like else {}
    content |= desk.scope.fill(plain(found.content))
    for path, value in (found.set_ | found.lines.get(desk.release.line, {})).items():
        if value is None:
            take_away(path, content)
        else:
            put(path, content, desk.scope.fill(plain(value)))
    return content


def _from_file(path: Path, scope: Scope) -> dict[str, Any]:
    body = read_file(path)
    if content_type_of(path, body) != CONTENT_TYPES["json"]:
        raise InputError(path, "a file of a scenario is JSON; send XML with `format: xml`")
    try:
        content = json.loads(body)
    except ValueError as error:
        raise InputError(path, f"not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError(path, "a message is an object: {...}")
    filled: dict[str, Any] = scope.fill(content)
    return filled


def _of_step(step: str, desk: MessageSources) -> Any:
    sent = desk.sent.get(step)
    if not sent or sent[-1].tree is None:
        raise InputError(step, "sent no message that could be changed")
    return sent[-1].tree


def _changed(message: Message, tree: dict[str, Any], scope: Scope) -> dict[str, Any]:
    inner = message_of(tree)
    for path, value in message.set_.items():
        put(path, inner, scope.fill(plain(value)))
    for path in message.remove:
        take_away(path, inner)
    for path, value in message.envelope.items():
        if value is None:
            take_away(path, tree)
        else:
            put(path, tree, scope.fill(plain(value)))
    return tree


def _type(tree: Any, release: Release) -> str:
    content = content_of(tree)
    for kind in release.types.values():
        if kind.key in content:
            return kind.name
    return next(iter(content), "message")


def _written(tree: dict[str, Any], send: Send, release: Release) -> bytes:
    if send.format == "json":
        return dump_json(tree)
    try:
        return release.write_tree(tree, "xml")
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise InputError("format: xml", f"cannot be written: {error}; send it as text") from None
