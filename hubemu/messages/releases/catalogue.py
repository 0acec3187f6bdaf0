"""The releases there are, and how each becomes a `Release`: built in or imported.

An imported release goes before a built-in one of the same name: who imports it wants it used.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubemu.errors import InputError
from hubemu.messages import models
from hubemu.messages.releases.cache import digest_of, recall, remember
from hubemu.messages.releases.release import Release, ReleaseFiles
from hubemu.messages.releases.store import find_stored, load_stored, stored_releases
from hubemu.messages.schemas import layout
from hubemu.settings import QUIRKS
from hubemu.user_cache import user_cache

if TYPE_CHECKING:
    from hubemu.messages.models.model import ReleaseModel
from hubemu.suggestions import did_you_mean

__all__ = ["MODELS", "builtin_releases", "load_release", "release_files"]

MODELS = Path(models.__file__).resolve().parent
"""The folder of our own model files."""

_COMPILERS = (*MODELS.glob("*.py"), Path(layout.__file__))
"""What a compiled release depends on beside the model files."""


def load_release(
    name: str, *, quirks: frozenset[str] = frozenset(QUIRKS), cache: Path | None = None
) -> Release:
    """The release called `name`, with these quirks of the real Hub; the same one when asked again.

    Args:
        name: `1.0`, `2.0.0`, `3.0.0`, `3.4.1`, or that of an imported release.
        quirks: names of `hubemu.settings.QUIRKS`.
        cache: where compiled models are kept, by default in the user's cache folder.

    Raises:
        InputError: there is no such release; those there are, are named.
    """
    stored = find_stored(name)
    return _loaded(name, quirks, cache, (stored.folder, stored.digest) if stored else None)


@lru_cache(maxsize=32)
def _loaded(
    name: str, quirks: frozenset[str], cache: Path | None, imported: tuple[Path, str] | None
) -> Release:
    """The same one for the same name as long as `imported`, where it comes from, is the same."""
    return Release(release_files(name, quirks=quirks, cache=cache), quirks)


def builtin_releases() -> tuple[str, ...]:
    """The names of the built-in releases, oldest first."""
    from hubemu.messages.models.library import release_names

    return release_names()


def release_files(
    name: str, *, quirks: frozenset[str] = frozenset(QUIRKS), cache: Path | None = None
) -> ReleaseFiles:
    """What the release called `name` is made of; arguments as for `load_release`.

    Raises:
        InputError: there is no such release.
    """
    if stored := find_stored(name):
        return load_stored(stored)
    all_in_xml = "v1-xml-types" not in quirks
    digest = _digest_of_models()
    variant = "-all-in-xml" if all_in_xml else ""
    kept = (cache or user_cache()) / "models" / digest[:20] / f"{name}{variant}.json"
    compiled = recall(kept)
    if compiled is None:
        compiled = _compile(name, all_in_xml=all_in_xml)
        remember(kept, compiled)
    return ReleaseFiles(
        name=name,
        json_schemas=compiled["json"],
        xsds={file: text.encode() for file, text in compiled["xsd"].items()},
        namespace=compiled["namespace"],
        namespaces=compiled["namespaces"],
    )


@cache
def _digest_of_models() -> str:
    """What built-in releases are compiled from, which a process reads once."""
    return digest_of([*MODELS.rglob("*.yaml"), *MODELS.rglob("*.xsd"), *_COMPILERS])


def _compile(name: str, *, all_in_xml: bool) -> dict[str, Any]:
    # Imported here: a warm start finds everything compiled and needs none of these.
    from hubemu.messages.models.library import builtin_library
    from hubemu.messages.models.projection import project
    from hubemu.messages.models.to_jsonschema import compile_json_schemas
    from hubemu.messages.models.to_xsd import compile_xsds

    source = builtin_library()
    if name not in source.releases:
        names = sorted({*source.names, *(stored.name for stored in stored_releases())})
        known, hint = ", ".join(names), did_you_mean(name, names)
        raise InputError("model release", f"{name!r} is not known here; {hint}there are {known}")
    release = project(source, name)
    if all_in_xml:
        release = _with_all_in_xml(release)
    templates = {path.name: path.read_text("utf-8") for path in (MODELS / "xsd").glob("*.xsd")}
    return {
        "namespace": release.namespace,
        "namespaces": {message.key: message.namespace for message in release.messages},
        "json": compile_json_schemas(release),
        "xsd": compile_xsds(release, templates),
    }


def _with_all_in_xml(release: ReleaseModel) -> ReleaseModel:
    """The release with every type in its XML schema: the quirk v1-xml-types turned off."""
    return replace(
        release, messages=tuple(replace(message, in_xml=True) for message in release.messages)
    )
