"""A folder or checkout of the official model library, checked whole and taken as it is.

The message types, their namespaces and whether they need the header are read from the schemas, so
that a type a release adds needs no code (facts: message-types 0, 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from hubemu.bounded_files import read_bounded
from hubemu.errors import InputError
from hubemu.messages.errors import MessageError
from hubemu.messages.json.rules import Rules
from hubemu.messages.json.walker import find_problems
from hubemu.messages.releases.examples import example_tree
from hubemu.messages.releases.patterns import PatternError
from hubemu.messages.releases.release import Release, ReleaseFiles
from hubemu.messages.schemas.layout import (
    BARE_XSD,
    CONTENT_XSD,
    ENVELOPE_SCHEMA,
    ENVELOPE_XSD,
    FULL_SCHEMA,
    FULL_XSD,
    HEADER_SCHEMA,
)
from hubemu.messages.schemas.schema_set import Schema, SchemaSet
from hubemu.messages.xml.schemas import XmlSchemas

__all__ = ["read_folder"]

_PLACES = ("", "src/main/resources")
_XS = "{http://www.w3.org/2001/XMLSchema}"
_NEEDED = (
    FULL_SCHEMA,
    ENVELOPE_SCHEMA,
    HEADER_SCHEMA,
    FULL_XSD,
    BARE_XSD,
    ENVELOPE_XSD,
    CONTENT_XSD,
)
_LARGEST = 8_000_000
_MOST_ITEMS = 10_000
_ANNOTATIONS = frozenset(("title", "description", "example", "version", "$schema", "$id"))
_KNOWN = frozenset(
    (
        "type",
        "properties",
        "required",
        "additionalProperties",
        "enum",
        "pattern",
        "items",
        "format",
        "minItems",
        "maxItems",
        "allOf",
        "oneOf",
        "$ref",
        "definitions",
    )
)


def read_folder(folder: Path, name: str, *, use: bool = False) -> ReleaseFiles:
    """The schemas of a release, every one of them checked.

    Args:
        folder: holds `json-schema/` and `xsd/`, itself or in `src/main/resources/`.
        name: what to call it.
        use: see that they can be compiled and used as well, however long that takes (`importing`).

    Raises:
        InputError: something is missing, damaged, or beyond what is understood, with its file.
    """
    root = _root(folder)
    schemas = {path.name: _json(path) for path in sorted((root / "json-schema").glob("*.json"))}
    xsds = {path.name: _bytes(path) for path in sorted((root / "xsd").rglob("*.xsd"))}
    for needed in _NEEDED:
        if needed not in schemas and needed not in xsds:
            raise InputError(root, f"has no {needed}: it is not a whole model library")
    for file, schema in schemas.items():
        path = root / "json-schema" / file
        try:
            _check_schema(path, schema, schemas)
        except RecursionError:
            raise InputError(path, "nested too deep") from None
        except (AttributeError, TypeError):
            raise InputError(
                path, "not a JSON Schema: a keyword has a value of the wrong kind"
            ) from None
    files = ReleaseFiles(
        name=name,
        json_schemas=schemas,
        xsds=xsds,
        namespace=_target(root / "xsd" / CONTENT_XSD),
        namespaces=_namespaces(root, schemas),
    )
    if use:
        _check_use(root, files)
    return files


def _root(folder: Path) -> Path:
    for place in _PLACES:
        root = folder / place
        if (root / "json-schema").is_dir() and (root / "xsd").is_dir():
            return root
    raise InputError(
        folder, "holds no json-schema/ and xsd/, neither itself nor in src/main/resources/"
    )


def _bytes(path: Path) -> bytes:
    return read_bounded(path, _LARGEST)


def _json(path: Path) -> Schema:
    try:
        schema = orjson.loads(_bytes(path))
    except orjson.JSONDecodeError as error:
        raise InputError(path, f"not valid JSON: {error}") from None
    if not isinstance(schema, dict):
        raise InputError(path, "not a JSON Schema: it must be an object")
    return schema


def _check_schema(path: Path, schema: Schema, files: Mapping[str, Schema]) -> None:
    """Refuse a schema with a keyword that would be ignored, or a reference that leads nowhere."""
    for place, part in _parts(schema, "#"):
        unknown = [k for k in part if k not in _KNOWN | _ANNOTATIONS and not k.startswith("x-")]
        if unknown:
            raise InputError(path, f"uses {unknown[0]!r}, which is not understood", place)
        for keyword in ("minItems", "maxItems"):
            if not 0 <= part.get(keyword, 0) <= _MOST_ITEMS:
                raise InputError(path, f"{keyword} is not from 0 to {_MOST_ITEMS}", place)
        if part.get("format", "date-time") != "date-time":
            raise InputError(path, f"uses the unknown format {part['format']!r}", place)
        if "$ref" in part:
            target, _, fragment = part["$ref"].partition("#")
            found = files.get(target or path.name, {})
            name = fragment.rsplit("/", 1)[-1]
            if not found or (fragment and name not in found.get("definitions", {})):
                raise InputError(path, f"refers to {part['$ref']!r}, which is not there", place)


def _parts(schema: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema within a schema, with its place."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for keyword in ("properties", "definitions"):
        for name, part in schema.get(keyword, {}).items():
            yield from _parts(part, f"{place}/{keyword}/{name}")
    for keyword in ("allOf", "oneOf"):
        for index, part in enumerate(schema.get(keyword, ())):
            yield from _parts(part, f"{place}/{keyword}/{index}")
    yield from _parts(schema.get("items"), f"{place}/items")


def _target(path: Path) -> str:
    """The namespace an XSD is about."""
    try:
        root = etree.fromstring(_bytes(path), etree.XMLParser(no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise InputError(path, f"not well-formed XML: {error}") from None
    return str(root.get("targetNamespace", ""))


def _namespaces(root: Path, schemas: Mapping[str, Schema]) -> dict[str, str]:
    """The namespace of each type's body: that of the XSD named like its schema, in any case."""
    by_stem = {path.stem.lower(): path for path in (root / "xsd").rglob("*.xsd")}
    try:
        contents = SchemaSet(schemas).contents
    except (KeyError, TypeError, AttributeError):
        path = root / "json-schema" / FULL_SCHEMA
        raise InputError(path, "does not list its contents as the official library does") from None
    namespaces = {}
    for content in contents:
        xsd = by_stem.get(content.name.lower())
        if xsd is None:
            raise InputError(root / "xsd", f"has no {content.name}.xsd for {content.key}")
        namespaces[content.key] = _target(xsd)
    return namespaces


def _check_use(root: Path, files: ReleaseFiles) -> None:
    """Compile everything and see that an example of each type is valid and can be printed."""
    try:
        XmlSchemas(files.xsds).compile_all()
        release = Release(files, frozenset())
        for name in release.types:
            _check_type(root, release, name)
    except etree.XMLSchemaParseError as error:
        raise InputError(root / "xsd", f"cannot be compiled: {error}") from None
    except etree.LxmlError as error:
        raise InputError(root / "xsd", f"cannot be read: {error}") from None
    except (MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(root / "json-schema", f"cannot be used: {error}") from None


def _check_type(root: Path, release: Release, name: str) -> None:
    try:
        tree = example_tree(name, release, now=datetime.now(UTC))
    except PatternError:
        return  # a pattern beyond what is drawn here can be checked all the same
    release.write_tree(tree, "xml")
    problems = find_problems(Rules(release.schemas), FULL_SCHEMA, tree)
    if problems:
        raise InputError(root, f"no valid {name} can be made: {problems[0].text}")
