"""One release, picked out of the model files by the marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hubemu.errors import InputError
from hubemu.messages.models.library import Fields, Library, ReleaseEntry, TypeEntry
from hubemu.messages.models.model import (
    PLAIN_TYPES,
    Field,
    MessageModel,
    ObjectModel,
    ReleaseModel,
)
from hubemu.messages.models.notation import (
    FieldKey,
    NotationError,
    TypeUse,
    exists_in,
    read_key,
    read_type,
)
from hubemu.messages.schemas.layout import HEADER_TYPE

__all__ = ["project"]

_OPEN = "*"
_OPEN_TYPES = ("json", "skip", "lax")


def project(library: Library, release: str) -> ReleaseModel:
    """The release called `release`.

    Raises:
        InputError: the files do not make sense for it, with file and field.
    """
    entry = library.releases[release]
    messages = tuple(_message(library, release, name) for name in (*entry.header, *entry.bare))
    return ReleaseModel(
        name=release,
        namespace=entry.namespace,
        anchored=entry.anchored,
        header=_message(library, release, HEADER_TYPE),
        messages=messages,
        groups=_groups(entry, messages),
    )


def _groups(entry: ReleaseEntry, messages: Sequence[MessageModel]) -> tuple[tuple[str, ...], ...]:
    exclusive = tuple(entry.renamed.get(name, name) for name in entry.exclusive)
    single = tuple((message.name,) for message in messages if message.name not in exclusive)
    return (*single, exclusive) if exclusive else single


def _message(library: Library, release: str, name: str) -> MessageModel:
    entry = library.releases[release]
    if name not in library.types:
        known = ", ".join(library.types)
        raise InputError(library.folder / "releases.yaml", f"no type {name!r}; there are {known}")
    written = library.types[name]
    scope = _Scope(library, release, library.type_file(name), written)
    root = scope.read_object("fields", written.fields, scope.path)
    suffix = written.key.lower() if name in entry.lower_case else written.key
    shares_namespace = name in (HEADER_TYPE, "customContent")
    return MessageModel(
        name=entry.renamed.get(name, name),
        key=written.key,
        namespace=entry.namespace if shares_namespace else f"{entry.namespace}:{suffix}",
        header=name in entry.header,
        in_xml=name not in entry.json_only,
        root=root,
        objects=dict(scope.reached(root)),
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """The names one message type sees: its own objects first, then the shared ones."""

    library: Library
    release: str
    path: Path
    type: TypeEntry

    def reached(self, root: ObjectModel) -> Iterator[tuple[str, ObjectModel]]:
        """Every object that the root leads to, each once."""
        seen: set[str] = set()
        waiting = [root]
        while waiting:
            for field in waiting.pop().fields:
                if field.target and field.target not in seen:
                    seen.add(field.target)
                    found = self._object(field.target)
                    waiting.append(found)
                    yield field.target, found

    def _object(self, name: str) -> ObjectModel:
        if name in self.type.objects:
            return self.read_object(f"objects.{name}", self.type.objects[name], self.path)
        return self.read_object(name, self.library.objects[name], self.library.objects_file)

    def read_object(self, place: str, written: Fields, path: Path) -> ObjectModel:
        fields: dict[str, Field] = {}
        opening: TypeUse | None = None
        for key_text, type_text in written.items():
            try:
                key, use = read_key(key_text), read_type(type_text)
                if not exists_in(key.mark, self.release, self.library.names):
                    continue
                if key.name == _OPEN:
                    opening = _opening(use)
                elif key.name in fields:
                    raise NotationError(f"is there twice in {self.release}: correct the marks")
                else:
                    fields[key.name] = self._field(key, use)
            except NotationError as error:
                raise InputError(path, str(error), f"{place}.{key_text}") from None
        return ObjectModel(
            fields=tuple(fields.values()),
            open=opening.name if opening else "",
            at_least_one=bool(opening and opening.least),
        )

    def _field(self, key: FieldKey, use: TypeUse) -> Field:
        field = Field(
            name=key.name,
            type="string",
            required=key.required,
            many=use.many,
            least=use.least,
            most=use.most,
        )
        if use.name in PLAIN_TYPES:
            return replace(field, type=use.name)
        if use.name in self.type.objects or use.name in self.library.objects:
            return replace(field, type="object", target=use.name)
        if use.name in self.library.codes:
            return replace(field, codes=tuple(self._codes(use.name)))
        if use.name in self.library.patterns:
            return replace(field, pattern=self._pattern(use.name))
        raise NotationError(f"no type, object, pattern or code list is called {use.name!r}")

    def _codes(self, name: str) -> Iterator[str]:
        path, listed = self.library.codes[name]
        for item in listed:
            if isinstance(item, str):
                yield item
                continue
            for mark, codes in item.items():
                if self._exists(mark, path, name):
                    yield from codes

    def _pattern(self, name: str) -> str:
        written = self.library.patterns[name]
        if isinstance(written, str):
            return written
        path = self.library.patterns_file
        for mark, pattern in written.items():
            if self._exists(mark, path, name):
                return pattern
        raise InputError(path, f"has no form for release {self.release}", name)

    def _exists(self, mark: str, path: Path, name: str) -> bool:
        try:
            return exists_in(mark, self.release, self.library.names)
        except NotationError as error:
            raise InputError(path, str(error), name) from None


def _opening(use: TypeUse) -> TypeUse:
    if use.name not in _OPEN_TYPES:
        raise NotationError(f'"*" is one of {", ".join(_OPEN_TYPES)}, not {use.name!r}')
    return use
