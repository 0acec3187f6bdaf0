"""What a release of the message models says, as plain values: the input of both compilers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PLAIN_TYPES", "Field", "MessageModel", "ObjectModel", "ReleaseModel"]

PLAIN_TYPES = ("string", "integer", "number", "boolean", "datetime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an object.

    `type` is one of `PLAIN_TYPES`, or `object` (then `target` names it); a string may be bound to
    `codes` or to a `pattern` (unanchored). `least` and `most` bound a list (`many`).
    """

    name: str
    type: str
    required: bool = False
    many: bool = False
    least: int | None = None
    most: int | None = None
    target: str = ""
    codes: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectModel:
    """Fields in order; `open` is empty, or `json`, `skip`, `lax`: what else may stand there."""

    fields: tuple[Field, ...]
    open: str = ""
    at_least_one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageModel:
    """One message type: its root object and the objects reached from it, by name.

    `in_xml` is false where the XML schema of the release leaves the type out.
    """

    name: str
    key: str
    namespace: str
    header: bool
    in_xml: bool
    root: ObjectModel
    objects: Mapping[str, ObjectModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseModel:
    """One release: its message types, the RC-DE header among `messages` or apart.

    `groups` are the branches of "one and only one content": mostly single types.
    """

    name: str
    namespace: str
    anchored: bool
    header: MessageModel
    messages: tuple[MessageModel, ...]
    groups: tuple[tuple[str, ...], ...]
