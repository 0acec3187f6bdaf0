"""A message as the conversion service sees it: who to whom, and the one body of its content.

Only `content[0]` is looked at (facts: converter 1). Nothing is validated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.conversion.places import Tree
from hubemu.conversion.refusal import ConversionRefused
from hubemu.edxl import HEADER_KEYS

__all__ = ["ConversionMessage"]


@dataclass(frozen=True, slots=True)
class ConversionMessage:
    """A whole message in JSON form, with the places of it that conversions need.

    Attributes:
        edxl: the whole message; never changed.
        key: the type key of its body, such as `createCase`.
    """

    edxl: Mapping[str, Any]
    key: str

    @classmethod
    def of(cls, edxl: Any) -> ConversionMessage:
        """The message in `edxl`.

        Raises:
            ConversionRefused: it has not the shape of one.
        """
        keys = [key for key in _inner(edxl) if key not in HEADER_KEYS]
        if not keys:
            raise ConversionRefused("Input JSON must contain a message type key")
        return cls(edxl, keys[0])

    @property
    def sender(self) -> str:
        """Its senderID."""
        return _text(self.edxl, "senderID")

    @property
    def recipient(self) -> str:
        """The client it is for."""
        address = _object(_object(self.edxl, "descriptor"), "explicitAddress")
        return _text(address, "explicitAddressValue")

    @property
    def distribution_id(self) -> str:
        """Its distributionID."""
        return _text(self.edxl, "distributionID")

    def body(self, key: str | None = None) -> Tree:
        """What stands under its key, or under another that it must have.

        Raises:
            ConversionRefused: there is no such object.
        """
        wanted = key or self.key
        body = _inner(self.edxl).get(wanted)
        if not isinstance(body, dict):
            raise ConversionRefused(f"Input JSON must contain {wanted} key")
        return body

    def with_body(
        self, key: str, body: Tree, distribution_id: str | None = None
    ) -> ConversionMessage:
        """The same message around another body; with an id of its own if one is given.

        Envelope and header are kept, only the type key is replaced (facts: converter 3.1).
        """
        inner = {
            (key if name == self.key else name): (body if name == self.key else value)
            for name, value in _inner(self.edxl).items()
        }
        edxl = dict(self.edxl)
        if distribution_id is not None:
            edxl["distributionID"] = distribution_id
            if "messageId" in inner:
                inner["messageId"] = distribution_id
        first, *others = edxl["content"]
        embedded = first["jsonContent"]["embeddedJsonContent"] | {"message": inner}
        json_content = first["jsonContent"] | {"embeddedJsonContent": embedded}
        edxl["content"] = [first | {"jsonContent": json_content}, *others]
        return ConversionMessage(edxl, key)


def _inner(edxl: Any) -> Mapping[str, Any]:
    content = edxl.get("content") if isinstance(edxl, dict) else None
    if not isinstance(content, list) or not content:
        raise ConversionRefused("Input JSON must contain content key")
    embedded = _object(_object(content[0], "jsonContent"), "embeddedJsonContent")
    return _object(embedded, "message")


def _object(holder: Any, name: str) -> Mapping[str, Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(found, dict):
        raise ConversionRefused(f"Input JSON must contain {name} key")
    return found


def _text(holder: Mapping[str, Any], name: str) -> str:
    found = holder.get(name)
    if not isinstance(found, str):
        raise ConversionRefused(f"Input JSON must contain {name} key")
    return found
