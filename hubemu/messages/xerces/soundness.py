"""Which parts of a document have nothing wrong, seen in one go: most of a refused message is so.

The walk goes through an element only if this does not say that it is sound. It says so of what it
knows surely: elements that hold elements or plain values, with no attributes but such as have been
looked at before. An element of another namespace than the schema's own holds none of that one then
(whose elements may mean another thing to another schema of the files).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from hubemu.messages.xerces.components import (
    ComplexType,
    ElementDeclaration,
    SimpleType,
    identity_of,
)
from hubemu.messages.xerces.content_model import ContentModel
from hubemu.messages.xerces.values import NotAValue, read_value, takes_all

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from hubemu.messages.xerces.schemas import Schema

__all__ = ["Fitting", "Memory", "SoundAttributes", "Soundness"]

_SPACE: Final = " \t\n\r"
_MOST_CONTENTS: Final = 1_000
_MOST_CHILDREN: Final = 64
"""Sequences of children that are remembered of one type, and how many children one may have."""
_MOST_VALUES: Final = 1_000
_LONG: Final = 100
"""Values that are remembered of one type, and the characters that one may have."""
_MOST_ATTRIBUTES: Final = 10

_UNKNOWN: Final = 0
"""What is asked of elements that no check is for."""

Memory = dict[tuple["Element", int], bool]
"""What was found of the elements of one document, by element and check."""
_Check = Callable[["Element", Memory], bool]
_Test = Callable[[str], bool]
_Tags = tuple[str, ...]


class Fitting(NamedTuple):
    """What children are declared as, and the check of each that has one.

    `meets_target`: one is in the schema's own namespace.
    """

    declared: tuple[ElementDeclaration, ...]
    checks: tuple[_Check | None, ...]
    meets_target: bool


_Contents = dict[_Tags, Fitting | None]


class SoundAttributes:
    """Attributes of elements in which nothing is wrong, whatever is around them, by their type."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ComplexType, set[tuple[tuple[str, str], ...]]]] = {}

    def hold(self, element: Element, kind: ComplexType) -> bool:
        """Whether those of an element are surely such."""
        known = self._known.get(id(kind))
        if known is None or len(element.keys()) > _MOST_ATTRIBUTES:
            return False
        return tuple(element.items()) in known[1]

    def remember(self, element: Element, kind: ComplexType) -> None:
        """Nothing is wrong with those of an element."""
        if len(element.keys()) > _MOST_ATTRIBUTES:
            return
        attributes = cast("tuple[tuple[str, str], ...]", tuple(element.items()))
        if sum(len(value) for _, value in attributes) <= _LONG:
            known = self._known.setdefault(id(kind), (kind, set()))[1]
            if len(known) < _MOST_VALUES:
                known.add(attributes)


class Soundness:
    """Checks for the declarations of a schema, each made when it is first wanted."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.attributes = SoundAttributes()
        self._checks: dict[int, tuple[ElementDeclaration, _Check | None]] = {}
        self._tests: dict[int, tuple[SimpleType, _Test]] = {}
        self._contents: dict[int, tuple[ContentModel, _Contents]] = {}
        self._unknown: dict[str, bool] = {}

    def holds(self, element: Element, declaration: ElementDeclaration, memory: Memory) -> bool:
        """Whether an element surely has nothing wrong, nor anything in it."""
        check = self._check(declaration)
        return check is not None and check(element, memory)

    def takes(self, kind: SimpleType, text: str) -> bool:
        """Whether a text is a value of a type."""
        return self._test(kind)(text)

    def is_unknown(self, element: Element, memory: Memory) -> bool:
        """Whether nothing is known of an element nor of any in it, so that nothing is said of them.

        Where it stands, what is not known may stand.
        """
        if element.keys() or not self._is_unknown_name(element.tag):
            return False
        if not len(element):
            return True
        asked = element, _UNKNOWN
        known = memory.get(asked)
        if known is None:
            known = memory[asked] = all(self.is_unknown(child, memory) for child in element)
        return known

    def _is_unknown_name(self, tag: str) -> bool:
        """Whether no element of that name is declared, in another namespace than the schema's."""
        found = self._unknown.get(tag)
        if found is None:
            namespace, _, local = tag.rpartition("}")
            name = namespace[1:], local
            found = name[0] != self._schema.target and self._schema.element(name) is None
            if len(self._unknown) >= _MOST_CONTENTS:
                self._unknown.clear()
            self._unknown[tag] = found
        return found

    def _check(self, declaration: ElementDeclaration) -> _Check | None:
        known = self._checks.get(id(declaration))
        if known is None:
            known = declaration, self._made(declaration)
            self._checks[id(declaration)] = known
        return known[1]

    def _made(self, declaration: ElementDeclaration) -> _Check | None:
        valued = declaration.default is not None or declaration.fixed is not None
        if valued or declaration.abstract:
            return None
        kind = declaration.type
        if isinstance(kind, SimpleType):
            return None if identity_of(kind) is not None else _of_values(self._test(kind))
        content = kind.content
        if kind.abstract or content.kind != "element":
            return None
        model = self._schema.model(kind)
        if model is None or model.counts_all:
            return None
        return _OfElements(self, kind, model, may_meet_target=self._is_target(declaration)).check

    def _is_target(self, declaration: ElementDeclaration) -> bool:
        return declaration.name[0] == self._schema.target

    def fitting(self, model: ContentModel, tags: _Tags) -> Fitting | None:
        """What is known of children, None unless they are surely what the content wants."""
        known = self._contents.get(id(model))
        if known is None:
            known = self._contents[id(model)] = model, {}
        contents = known[1]
        if tags in contents:
            return contents[tags]
        declared = None if model.counts_all else self._stepped(model, tags)
        found = None if declared is None else self._fitting(declared)
        if len(tags) <= _MOST_CHILDREN:
            if len(contents) >= _MOST_CONTENTS:
                contents.clear()
            contents[tags] = found
        return found

    def _fitting(self, declared: tuple[ElementDeclaration, ...]) -> Fitting:
        checks = tuple(map(self._check, declared))
        return Fitting(declared, checks, any(map(self._is_target, declared)))

    def _stepped(self, model: ContentModel, tags: _Tags) -> tuple[ElementDeclaration, ...] | None:
        place, declarations = model.start(), []
        for tag in tags:
            namespace, _, local = tag.rpartition("}")
            found = model.step((namespace[1:], local), place, self._schema.matching)
            if place.state < 0 or not isinstance(found, ElementDeclaration):
                return None
            declarations.append(found)
        return tuple(declarations) if model.is_complete(place) else None

    def _test(self, kind: SimpleType) -> _Test:
        known = self._tests.get(id(kind))
        if known is None:
            known = self._tests[id(kind)] = kind, _tested(kind)
        return known[1]


class _OfElements:
    """The check of elements of a complex type."""

    def __init__(
        self, soundness: Soundness, kind: ComplexType, model: ContentModel, *, may_meet_target: bool
    ) -> None:
        self._soundness = soundness
        self._kind = kind
        self._model = model
        self._may_meet_target = may_meet_target
        self._needs_attributes = any(use.required for use in kind.content.attributes)

    def check(self, element: Element, memory: Memory) -> bool:
        """Whether an element of the type has nothing wrong."""
        asked = element, id(self)
        known = memory.get(asked)
        if known is None:
            known = memory[asked] = self._holds(element, memory)
        return known

    def _holds(self, element: Element, memory: Memory) -> bool:
        text = element.text
        if text and text.strip(_SPACE):
            return False
        has_attributes = self._needs_attributes or bool(element.keys())
        if has_attributes and not self._soundness.attributes.hold(element, self._kind):
            return False
        children = list(element)
        tags = cast("_Tags", tuple([child.tag for child in children]))
        fitting = self._soundness.fitting(self._model, tags)
        if fitting is None or (fitting.meets_target and not self._may_meet_target):
            return False
        for child, check in zip(children, fitting.checks, strict=True):
            tail = child.tail
            if check is None or (tail and tail.strip(_SPACE)) or not check(child, memory):
                return False
        return True


def _of_values(test: _Test) -> _Check:
    def check(element: Element, memory: Memory) -> bool:
        return test(element.text or "") and not len(element) and not element.keys()

    return check


def _tested(kind: SimpleType) -> _Test:
    """Whether a text is a value of a type, remembered of short ones."""
    if kind.variety == "atomic" and takes_all(kind):
        return lambda text: True
    known: set[str] = set()

    def test(text: str) -> bool:
        if text in known:
            return True
        try:
            read_value(kind, text)
        except NotAValue:
            return False
        if len(text) <= _LONG:
            if len(known) >= _MOST_VALUES:
                known.clear()
            known.add(text)
        return True

    return test
