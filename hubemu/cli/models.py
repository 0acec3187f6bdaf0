"""`hubemu models`: the releases of the message models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from hubemu.cli.options import Json, OfRelease, OnVHost
from hubemu.cli.output import result, result_bytes, result_json, talk
from hubemu.cli.parameters import Argument, Option

if TYPE_CHECKING:
    from hubemu.messages.releases.differences import Change, TypeDifference
    from hubemu.messages.releases.examples import Extent
    from hubemu.messages.releases.store import StoredRelease

__all__ = ["models_diff", "models_example", "models_fetch", "models_import", "models_list"]

_EXTENTS: Mapping[bool | None, Extent] = {None: "random", True: "full", False: "minimal"}

Name = Annotated[str | None, Option("--name", metavar="RELEASE", help="What to call the release.")]


def models_list(as_json: Json = False) -> None:
    """List the releases known here and their message types, and the newest of each model line."""
    from hubemu.messages.releases.generations import NEWEST

    rows = [*_releases_here()]
    if as_json:
        result_json(rows)
        return
    for row in rows:
        result(f"{row['release']:<12} {row['origin']:<9} {' '.join(row['types'])}")
    here = {row["release"]: row["origin"] for row in rows}
    for line, newest in NEWEST.items():
        where = here.get(newest, f"not here: hubemu models fetch {newest}")
        result(f"newest of model line {line}: {newest} ({where})")


def _releases_here() -> Iterator[dict[str, Any]]:
    """The releases known here; `newest` is the newest of the line that each belongs to."""
    from hubemu.messages import builtin_releases, load_release
    from hubemu.messages.releases.generations import NEWEST, line_of
    from hubemu.messages.releases.store import stored_releases

    imported = stored_releases()
    for name in builtin_releases():
        if name not in {stored.name for stored in imported}:
            release = load_release(name)
            yield _row(name, "built-in", release.types, release.line, NEWEST)
    for stored in imported:
        line = line_of(stored.namespace, stored.namespaces.keys())
        yield _row(stored.name, "imported", stored.types, line, NEWEST)


def _row(
    name: str, origin: str, types: Iterable[str], line: int, newest: Mapping[int, str]
) -> dict[str, Any]:
    return {
        "release": name,
        "origin": origin,
        "types": list(types),
        "line": line,
        "newest": newest[line],
    }


def models_import(
    folder: Annotated[Path, Argument(metavar="DIR", help="The library's folder.")],
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Take a release of the official model library from a folder or checkout, as it is."""
    from hubemu.messages.releases.importing import import_release

    stored = import_release(folder, name)
    _tell_stored(stored, as_json)


def models_fetch(
    version: Annotated[str, Argument(metavar="VERSION", help="Tag of the library.")],
    sha256: Annotated[
        str | None, Option(metavar="HEX", help="Digest that the archive must have.")
    ] = None,
    name: Name = None,
    source: Annotated[
        str | None,
        Option("--from", metavar="URL", help="Another place; {version} stands for the version."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Download a release of the official model library and import it.

    The archive's digest is recorded the first time and must be the same ever after.
    """
    from hubemu.messages.releases.fetching import OFFICIAL_ARCHIVE, fetch_release

    stored, digest = fetch_release(
        version, name=name, source=source or OFFICIAL_ARCHIVE, sha256=sha256
    )
    talk(f"archive SHA-256 {digest}")
    _tell_stored(stored, as_json)


def models_diff(
    old: Annotated[str, Argument(metavar="A", help="Release to leave.")],
    new: Annotated[str, Argument(metavar="B", help="Release to go to.")],
    as_json: Json = False,
) -> None:
    """Say what changes from one release to another, type by type."""
    from hubemu.messages import load_release
    from hubemu.messages.releases.differences import compare_releases

    differences = compare_releases(load_release(old), load_release(new))
    if as_json:
        result_json({"from": old, "to": new, "types": [_as_json(one) for one in differences]})
        return
    for one in differences:
        result(f"{one.type}: {one.status}")
        for change in one.changes:
            result(f"  {change.path or '(type)'}: {change.what} {_moved(change)}")
    if not differences:
        result(f"{old} and {new} do not differ")


def models_example(
    type_name: Annotated[str, Argument(metavar="TYPE", help="Such as RS-EDA.")],
    vhost: OnVHost,
    written: Annotated[Literal["json", "xml"], Option("--format", help="How.")] = "json",
    seed: Annotated[int, Option(help="Another number, another message.")] = 0,
    full: Annotated[
        bool | None,
        Option("--full/--minimal", help="All optional fields, or none; default: some."),
    ] = None,
    model: OfRelease = None,
) -> None:
    """Print a valid message of a type, with fresh ids and dates.

    The message is all that is printed, so there is no --json. Where the vHost would refuse the type
    for another reason than its form, that is said on stderr.
    """
    from hubemu.cli.releases import release_for
    from hubemu.messages import example_message
    from hubemu.routing import load_routing
    from hubemu.settings import Environment

    release = release_for(vhost, model)
    extent = _EXTENTS[full]
    allowed = load_routing().types_allowed(vhost, Environment.SANDBOX)
    if type_name in release.types and type_name not in allowed:
        talk(f"note: {vhost} refuses the type {type_name} (300): allowed are {', '.join(allowed)}")
    result_bytes(example_message(type_name, release, written=written, seed=seed, extent=extent))


def _moved(change: Change) -> str:
    """What was and what becomes; nothing on one side is said, but for what comes or goes whole."""
    if change.what in ("added", "removed"):
        return change.before or change.after
    return f"{change.before or '(none)'} -> {change.after or '(none)'}"


def _tell_stored(stored: StoredRelease, as_json: bool) -> None:
    row = {
        "release": stored.name,
        "origin": "imported",
        "types": list(stored.types),
        "digest": stored.digest,
        "folder": str(stored.folder),
    }
    if as_json:
        result_json(row)
    else:
        result(f"imported {stored.name}: {len(stored.types)} types, digest {stored.digest}")


def _as_json(difference: TypeDifference) -> dict[str, Any]:
    return {
        "type": difference.type,
        "status": difference.status,
        "changes": [asdict(change) for change in difference.changes],
    }
