"""Goes through a document as Xerces' validator does and tells everything it would.

Source: the JDK's XMLSchemaValidator; its ways after a problem are kept: in a content that has gone
wrong once, children are only looked up; one buffer holds the text of the element that began last;
what follows a child of a simple element is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from hubemu.messages.xerces.attribute_checks import AttributeChecks
from hubemu.messages.xerces.begin_checks import BeginChecks
from hubemu.messages.xerces.components import (
    ComplexType,
    ElementDeclaration,
    Name,
    SimpleType,
    Wildcard,
)
from hubemu.messages.xerces.content_model import FIRST_ERROR, ContentModel
from hubemu.messages.xerces.doubts import Doubts
from hubemu.messages.xerces.end_checks import EndChecks
from hubemu.messages.xerces.misplacement import misplaced
from hubemu.messages.xerces.namespaces import Namespaces
from hubemu.messages.xerces.open_elements import OpenElement, holds_value, is_structure
from hubemu.messages.xerces.schemas import Schema
from hubemu.messages.xerces.soundness import Fitting, Memory
from hubemu.messages.xerces.texts import text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["Shared", "explain"]

_SPACE = " \t\n\r"
Shared = dict["Element", list[str]]
"""What was told of elements that are declared globally, and alike in schemas of the same files."""


def explain(
    schema: Schema,
    root: Element,
    *,
    most: int,
    qualified: bool = True,
    shared: Shared | None = None,
    doubts: Doubts | None = None,
) -> list[str]:
    """What Xerces says against a document, in its order; nothing if it is valid.

    Args:
        schema: what it is held against.
        root: its root element, without comments and processing instructions.
        most: characters told at least before the rest is not looked at any more.
        qualified: a misplaced element is named with its namespace, as by a JDK of today.
        shared: what another schema of the same files has told of this document, and is added to.
        doubts: the children of the root in which something may be wrong, if that is known
            (see `DoubtfulTexts`).

    Raises:
        Unread: the schema uses what is not known here.
    """
    sentences = _Sentences(most)
    with suppress(_Enough):
        walk = _Walk(schema, sentences, {} if shared is None else shared, qualified=qualified)
        walk.visit(root, None, doubts=doubts)
    return sentences.told


class _Enough(Exception):
    """More is told than will be read."""


class _Sentences:
    """What is told, as long as there is room.

    It knows nothing of those who tell it: so all of them end with their walk, and not when the
    collector comes, which would hold the loop.
    """

    __slots__ = ("_room", "told")

    def __init__(self, most: int) -> None:
        self.told: list[str] = []
        self._room = most

    def report(self, key: str, *told: str) -> None:
        """Tell the sentence of a key."""
        self.tell(text(key, *told))

    def tell(self, sentence: str) -> None:
        """Tell a sentence (_Enough: it was the last one)."""
        self.told.append(sentence)
        self._room -= len(sentence)
        if self._room < 0:
            raise _Enough


class _Walk:
    def __init__(
        self, schema: Schema, sentences: _Sentences, shared: Shared, *, qualified: bool
    ) -> None:
        self._schema = schema
        self._told = sentences.told
        self._tell = sentences.tell
        self._report = sentences.report
        self._shared = shared
        self._of_target = 0
        self._qualified = qualified
        self._buffer: list[str] = []
        self._keeps_text = False
        self._names: dict[object, Name] = {}
        self._memory: Memory = {}
        namespaces = Namespaces()
        self._attributes = AttributeChecks(schema, namespaces, self._report)
        self._begins = BeginChecks(schema, namespaces, self._attributes, self._report)
        self._ends = EndChecks(self._attributes, self._report)

    def visit(
        self,
        element: Element,
        parent: OpenElement | None,
        declared: ElementDeclaration | None = None,
        doubts: Doubts | None = None,
    ) -> None:
        """Go through an element, from its start to its end.

        Args:
            element: the element.
            parent: the one around it.
            declared: what it is declared as, if that is known.
            doubts: the children in which something may be wrong, if that is known.
        """
        name = self._name_of(element)
        found: ElementDeclaration | Wildcard | None = declared
        if parent is not None:
            parent.has_children = True
            if declared is None:
                found = self._find_in(parent, name, element)
        self._buffer.clear()
        self._of_target += name[0] == self._schema.target
        if isinstance(found, ElementDeclaration):
            if self._is_good(element, found, parent):
                return
        elif self._is_unknown(element, found, parent):
            return
        if (known := self._shared.get(element)) is not None and self._is_global(name, found):
            for sentence in known:
                self._tell(sentence)
            self._keeps_text = False
            return
        before = len(self._told), self._of_target
        raw = _written(element, name)
        opened = self._begins.begin(element, name, raw, found, is_root=parent is None)
        if opened is None:
            return
        self._keeps_text = holds_value(opened)
        opened.is_structure = (parent is None or parent.is_structure) and is_structure(opened)
        opened.doubts = doubts if opened.is_structure else None
        self._take_text(opened, element.text)
        self._visit_children(opened)
        self._ends.check(opened, "".join(self._buffer))
        self._keeps_text = False
        if self._is_global(name, found):
            self._share(element, name, *before)
        if parent is None:
            for identity in self._attributes.unbound():
                self._report("cvc-id.1", identity)

    def _visit_children(self, opened: OpenElement) -> None:
        """Go through the children, but those that are seen at once to have nothing wrong."""
        children: list[Element] = list(opened.element)
        fitting = self._fitting(opened.model, children)
        if fitting is None:
            for child in children:
                self.visit(child, opened)
                self._take_text(opened, child.tail)
            return
        opened.model = None  # nothing is left to be said of the content
        opened.has_children = True
        self._of_target += fitting.meets_target
        doubts = opened.doubts
        for child, declared, check in zip(children, *fitting[:2], strict=True):
            local = declared.name[1]
            if doubts is not None and local not in doubts:
                continue
            # A value around it would see what its texts leave in the buffer.
            if check is None or not opened.is_structure or not check(child, self._memory):
                self.visit(child, opened, declared, doubts and doubts[local])
            if tail := child.tail:
                self._take_text(opened, tail)

    def _fitting(self, model: ContentModel | None, children: Sequence[Element]) -> Fitting | None:
        """What is known of children that are as the content wants them."""
        if not children or model is None:
            return None
        tags = cast("tuple[str, ...]", tuple([child.tag for child in children]))
        return self._schema.soundness.fitting(model, tags)

    def _share(self, element: Element, name: Name, told: int, of_target: int) -> None:
        """Remember what was told of an element, unless it may be another thing to other schemas."""
        met = self._of_target > of_target or name[0] == self._schema.target
        if not met and not self._attributes.any_noted:
            self._shared[element] = self._told[told:]

    def _is_global(self, name: Name, found: ElementDeclaration | Wildcard | None) -> bool:
        """Whether an element is looked at by its global declaration."""
        if isinstance(found, ElementDeclaration):
            return found.is_global
        skipped = isinstance(found, Wildcard) and found.process == "skip"
        return not skipped and self._schema.element(name) is not None

    def _is_good(
        self, element: Element, declaration: ElementDeclaration, parent: OpenElement | None
    ) -> bool:
        """Go through an element that has nothing wrong, as most have; False if it needs a look."""
        if isinstance(declaration.type, SimpleType):
            return self._is_good_text(element, declaration)
        # A value around it would see what its texts leave in the buffer.
        if parent is None or not parent.is_structure:
            return False
        if not self._schema.soundness.holds(element, declaration, self._memory):
            return False
        self._keeps_text = False
        return True

    def _is_unknown(
        self, element: Element, found: Wildcard | None, parent: OpenElement | None
    ) -> bool:
        """Go through an element of which nothing is known; False if it needs a look."""
        if parent is None or not parent.is_structure:
            return False
        if found is not None and found.process != "lax":
            return False
        if not self._schema.soundness.is_unknown(element, self._memory):
            return False
        self._keeps_text = False
        return True

    def _is_good_text(self, element: Element, declaration: ElementDeclaration) -> bool:
        """Go through an element that is a plain text, as most are; False if it needs a look."""
        kind = declaration.type
        if not isinstance(kind, SimpleType) or kind.identity or kind.variety != "atomic":
            return False
        valued = declaration.fixed is not None or declaration.default is not None
        if valued or declaration.abstract or len(element) or element.keys():
            return False
        content = element.text or ""
        if not self._schema.soundness.takes(kind, content):
            return False
        self._buffer.append(content)
        self._keeps_text = False
        return True

    def _name_of(self, element: Element) -> Name:
        """The qualified name of an element."""
        tag = element.tag
        found = self._names.get(tag)
        if found is None:
            namespace, _, local = str(tag).rpartition("}")
            found = self._names[tag] = namespace[1:], local
        return found

    def _find_in(
        self, parent: OpenElement, name: Name, element: Element
    ) -> ElementDeclaration | Wildcard | None:
        """What the content of the parent knows of a child; says so if it does not."""
        model, place = parent.model, parent.place
        if model is None:
            return None
        found = model.step(name, place, self._schema.matching)
        if place.state == FIRST_ERROR:
            raw, qualified = _written(element, name), self._qualified
            self._report(*misplaced(model, place, name, raw, qualified=qualified))
        return found

    def _take_text(self, opened: OpenElement, found: str | None) -> None:
        if not found:
            return
        opened.has_text = True
        if self._keeps_text:
            self._buffer.append(found)
        kind = opened.kind
        if isinstance(kind, ComplexType) and kind.content.kind == "element":
            opened.has_characters = opened.has_characters or bool(found.strip(_SPACE))


def _written(element: Element, name: Name) -> str:
    """The name of an element as it is written."""
    prefix = element.prefix
    return f"{prefix}:{name[1]}" if prefix else name[1]
