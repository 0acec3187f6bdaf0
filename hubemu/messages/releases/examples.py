"""Valid example messages of any type of any release, drawn from its schemas with a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, Literal

from hubemu.edxl import Format
from hubemu.errors import InputError
from hubemu.messages.releases.catalogue import load_release
from hubemu.messages.releases.patterns import draw
from hubemu.messages.releases.release import Release
from hubemu.messages.releases.wrapping import Letter, wrap
from hubemu.messages.schemas.schema_set import Schema, matches
from hubemu.suggestions import did_you_mean

__all__ = ["Extent", "example_content", "example_message", "example_tree"]

Extent = Literal["minimal", "random", "full"]
"""Which optional fields are there: none, some, all."""

_SENDER, _RECIPIENT = "fr.health.samuA", "fr.health.samuB"
_ZONE = timezone(timedelta(hours=1))
# Not UTC: the 1.0 and 2.0 lines print that as Z, which their own schemas refuse (quirk utc-z).
_MOST_VALUES = 20_000
_DEEPEST = 12
"""Levels below which optional fields are left out: schemas may contain themselves."""


def example_message(
    type_name: str,
    release: str | Release,
    *,
    sender: str = _SENDER,
    recipient: str = _RECIPIENT,
    written: Format = "json",
    seed: int = 0,
    extent: Extent = "full",
    now: datetime | None = None,
) -> bytes:
    """A valid message as a client would send it; the same seed and `now` give the same one.

    Raises:
        InputError: the release or the type does not exist.
        UnwritableMessage: it cannot be written in that format.
    """
    known = release if isinstance(release, Release) else load_release(release)
    tree = example_tree(
        type_name, known, sender=sender, recipient=recipient, seed=seed, extent=extent, now=now
    )
    return known.write_tree(tree, written)


def example_tree(
    type_name: str,
    release: Release,
    *,
    sender: str = _SENDER,
    recipient: str = _RECIPIENT,
    seed: int = 0,
    extent: Extent = "full",
    now: datetime | None = None,
) -> dict[str, Any]:
    """The same in JSON form."""
    moment = (now or datetime.now(UTC)).astimezone(_ZONE)
    letter = Letter(
        sender=sender,
        recipient=recipient,
        internal_id=f"{moment:%Y%m%d%H%M%S%f}{seed}",
        now=moment,
    )
    content = example_content(type_name, release, seed=seed, extent=extent, now=moment)
    return wrap(content, release, letter)


def example_content(
    type_name: str, release: Release, *, seed: int, extent: Extent, now: datetime
) -> dict[str, Any]:
    """The bare content of a message: the type's key and its body.

    Raises:
        InputError: the release has no such type.
    """
    type_ = release.types.get(type_name)
    if type_ is None:
        known = ", ".join(release.types)
        hint = did_you_mean(type_name, release.types)
        raise InputError(
            type_name, f"release {release.name} has no such type; {hint}it has {known}"
        )
    drawing = _Drawing(release, Random(seed), extent, now)  # noqa: S311 - examples, not secrets
    content = next(c for c in release.schemas.contents if c.key == type_.key)
    body = drawing.value(content.file, {"$ref": content.file}, type_.key)
    if type_.key == "error":
        code, status = drawing.random.choice(list(release.error_codes.items()))
        body["errorCode"] = {"statusCode": code, "statusString": status}
    return {type_.key: body}


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Draws values for schemas."""

    release: Release
    random: Random
    extent: Extent
    now: datetime
    drawn: Iterator[int] = field(default_factory=count)

    def value(self, file: str, schema: Schema, name: str, depth: int = 0) -> Any:
        """A value that the schema accepts; `name` is the field's, for likely texts."""
        if next(self.drawn) > _MOST_VALUES:
            raise ValueError(f"an example of it needs more than {_MOST_VALUES} values")
        file, schema = self.release.schemas.resolve(file, schema)
        if schema.get("type") == "object":
            return self._object(file, schema, depth)
        if schema.get("type") == "array":
            count = self._count(schema)
            return [self.value(file, schema["items"], name, depth) for _ in range(count)]
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if schema.get("type") == "string":
            return self._text(schema, name)
        return _SCALARS[schema["type"]](self.random, name)

    def _object(self, file: str, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        if not properties:
            return {"note": self._words("free"), "detail": {"number": self._words("number")}}
        required = schema.get("required", ())
        return {
            name: self.value(file, field, name, depth + 1)
            for name, field in properties.items()
            if name in required or (depth < _DEEPEST and self._wanted())
        }

    def _wanted(self) -> bool:
        return self.extent == "full" or (self.extent == "random" and self.random.random() < 0.5)

    def _count(self, schema: Schema) -> int:
        least = max(1, schema.get("minItems", 0))
        most = schema.get("maxItems", least + 1)
        return self.random.randint(least, most) if self.extent == "random" else least

    def _text(self, schema: Schema, name: str) -> str:
        if schema.get("format") == "date-time":
            moment = self.now - timedelta(seconds=self.random.randrange(3600))
            return moment.replace(microsecond=0).isoformat()
        pattern = schema.get("pattern")
        if pattern is None:
            return self._words(name)
        # All of the text: the XSDs anchor what the JSON Schemas of 1.x do not.
        whole = f"^(?:{pattern})$"
        likely = (text for text in self._likely(name) if matches(whole, text))
        return next(likely, None) or draw(pattern, self.random)

    def _likely(self, name: str) -> tuple[str, ...]:
        number = self.random.randrange(10**6)
        base = f"fr.health.samu780.DRFR15780{number:06d}"
        kind = name.removesuffix("Id").removeprefix("id").lower()
        kinds = {"pat": "patient", "obs": "medicalNote", "medicalnote": "medicalNote"}
        ids = (base, "fr.health.samu780", f"{base}.{kinds.get(kind, kind)}.1")
        birth = self.now.date() - timedelta(days=self.random.randrange(30_000))
        return (*ids, birth.isoformat(), f"+336{number:08d}")

    def _words(self, name: str) -> str:
        return f"{name} {self.random.randrange(100)}"


def _integer(random: Random, name: str) -> int:
    return random.randrange(100)


def _number(random: Random, name: str) -> Decimal:
    degrees = {"lat": 48, "lon": 2}.get(name, random.randrange(1, 90))
    return Decimal(f"{degrees}.{random.randrange(10**4):04d}")


def _boolean(random: Random, name: str) -> bool:
    return random.random() < 0.5


_SCALARS: Mapping[str, Callable[[Random, str], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
