"""What keeps a text from being a Hub message at all, in words for a person who checks files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubemu.edxl import ENVELOPE_KEYS, Format
from hubemu.messages.releases.release import Release
from hubemu.messages.text.json_text import NotJson, parse_json
from hubemu.messages.text.xml_text import BadXml, local_name

__all__ = ["what_is_missing"]

_ROOT = "edxlDistribution"


def what_is_missing(body: bytes, written: Format, release: Release) -> str | None:
    """What a text lacks to be a message of the release, None if it has the looks of one."""
    return _in_xml(body, release) if written == "xml" else _in_json(body, release)


def _in_json(body: bytes, release: Release) -> str | None:
    try:
        tree = parse_json(body)
    except NotJson as error:
        return f"this is not JSON: {error}"
    if not isinstance(tree, Mapping):
        return "a message is a JSON object"
    missing = [key for key in ENVELOPE_KEYS if key not in tree]
    if not missing:
        return None
    if len(tree) == 1 and (content := _content(next(iter(tree)), release)):
        return content
    if len(missing) == len(ENVELOPE_KEYS):
        return f"this has no EDXL-DE envelope: a message has {', '.join(ENVELOPE_KEYS)}"
    return f"the envelope lacks {', '.join(missing)}"


def _in_xml(body: bytes, release: Release) -> str | None:
    from hubemu.messages.text.xml_parsing import parse_xml

    try:
        root: Any = parse_xml(body)
    except BadXml as error:
        return f"this is not XML that the Hub reads: {error}"
    name = local_name(root)
    if name == _ROOT:
        return None
    return _content(name, release) or (
        f"this has no EDXL-DE envelope: the root of a message is {_ROOT}, not {name}"
    )


def _content(key: str, release: Release) -> str | None:
    found = next((type_ for type_ in release.types.values() if type_.key == key), None)
    if found is None:
        return None
    return f"this is a bare {found.name} content: its EDXL-DE envelope is missing (--wrap adds one)"
