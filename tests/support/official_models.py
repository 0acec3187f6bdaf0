"""The official schemas as judges of their own, and the official samples as whole messages.

Independent of `hubemu.messages`: other drafts, other resolution of references, the standard
library's dates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
from lxml import etree

from tests.support.messages import envelope
from tests.support.messages import header as header_of

__all__ = ["OfficialRelease", "Sample", "as_message", "samples"]

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII)


class OfficialRelease:
    """The official schemas of one release."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _json(self) -> jsonschema_rs.Draft7Validator:
        schemas = {path.name: _without_ids(path) for path in self.folder.glob("json-schema/*.json")}
        return jsonschema_rs.Draft7Validator(
            schemas["EDXL-DE-full.schema.json"],
            base_uri="file:///models/EDXL-DE-full.schema.json",
            retriever=lambda uri: schemas[uri.rpartition("/")[2]],
            formats={"date-time": _is_date_time},
            validate_formats=True,
        )

    @cached_property
    def _xsds(self) -> tuple[etree.XMLSchema, ...]:
        names = ("EDXL-DE-full.xsd", "EDXL-DE-full-no-header.xsd")
        return tuple(etree.XMLSchema(file=str(self.folder / "xsd" / name)) for name in names)

    def accepts_json(self, tree: Any) -> bool:
        """The verdict of the JSON Schemas."""
        return bool(self._json.is_valid(tree))

    def accepts_xml(self, root: etree._Element) -> bool | None:
        """The verdict of the XSDs; None where libxml2 gives up on a pattern of theirs."""
        try:
            return any(schema.validate(root) for schema in self._xsds)
        except etree.XMLSchemaValidateError:
            return None


def _without_ids(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    del schema["$id"]
    return schema


def _is_date_time(text: str) -> bool:
    if not _MOMENT.fullmatch(text) or text.endswith("-00:00"):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


class Sample:
    """One official sample: a bare content or a whole message."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"{path.parent.name}/{path.name}"

    @property
    def twin(self) -> Path:
        """The same sample in XML, which may not exist."""
        return self.path.with_suffix(".xml")

    @cached_property
    def content(self) -> dict[str, Any]:
        """What the file holds, under its key."""
        text = self.path.read_text("utf-8")
        tree: dict[str, Any] = json.loads(text, parse_float=Decimal)
        bare_technical = self.path.parent.name == "TECHNICAL" and "technical" not in tree
        return {"technical": tree} if bare_technical else tree

    @property
    def is_whole(self) -> bool:
        """Whether it has its envelope."""
        return "distributionID" in self.content


def samples(folder: Path, *parts: str) -> Iterator[Sample]:
    """The JSON samples of a release in `sample/<part>`."""
    for part in parts:
        for path in sorted((folder / "sample" / part).rglob("*.json")):
            if path.name != "messagesList.json":
                yield Sample(path)


def as_message(content: dict[str, Any], *, header: bool) -> dict[str, Any]:
    """A whole message around a bare content, written by hand."""
    now = datetime.now(UTC).astimezone(timezone(timedelta(hours=1))).replace(microsecond=0)
    sent, expires = now.isoformat(), (now + timedelta(days=1)).isoformat()
    identifier, sender, recipient = "fr.health.samuA_1", "fr.health.samuA", "fr.health.samuB"
    about = header_of(sender, recipient, identifier=identifier, sent=sent) if header else {}
    return envelope(
        sender,
        recipient,
        about | content,
        distributionID=identifier,
        dateTimeSent=sent,
        dateTimeExpires=expires,
    )
