"""What is said of an element when it ends: of its content as a whole, or of its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from hubemu.messages.xerces.attribute_checks import AttributeChecks
from hubemu.messages.xerces.components import ComplexType, SimpleType
from hubemu.messages.xerces.misplacement import incomplete
from hubemu.messages.xerces.open_elements import NIL, OpenElement
from hubemu.messages.xerces.values import NotAValue, read_value

__all__ = ["EndChecks"]


class EndChecks:
    """Checks ends; `report` is told of each problem by its key and what goes into it."""

    def __init__(self, attributes: AttributeChecks, report: Callable[..., None]) -> None:
        self._attributes = attributes
        self._report = report

    def check(self, opened: OpenElement, content: str) -> None:
        """Hold an element against its declaration, `content` being the text that is kept of it."""
        declaration = opened.declaration
        if opened.nil and (opened.has_children or opened.has_text):
            self._report("cvc-elt.3.2.1", opened.name, NIL)
        value = None
        if declaration is not None:
            value = declaration.fixed if declaration.fixed is not None else declaration.default
        if value is not None and not (opened.has_children or opened.has_text or opened.nil):
            self._check_content(opened, value)
            return
        self._check_content(opened, content)
        if declaration is not None and declaration.fixed is not None and not opened.nil:
            self._check_fixed(opened, content, declaration.fixed)

    def _check_fixed(self, opened: OpenElement, content: str, fixed: str) -> None:
        kind = opened.kind
        if opened.has_children:
            self._report("cvc-elt.5.2.2.1", opened.name)
        if isinstance(kind, ComplexType) and kind.content.kind == "mixed":
            if content != fixed:
                self._report("cvc-elt.5.2.2.2.1", opened.name, content, fixed)
            return
        simple = kind if isinstance(kind, SimpleType) else kind.content.simple
        if simple is None:
            return
        try:
            same = read_value(simple, content).key == (read_value(simple, fixed).key)
        except NotAValue:
            return
        if not same:
            self._report("cvc-elt.5.2.2.2.2", opened.name, content, fixed)

    def _check_content(self, opened: OpenElement, content: str) -> None:
        kind = opened.kind
        if isinstance(kind, SimpleType):
            if opened.has_children:
                self._report("cvc-type.3.1.2", opened.name)
            if not opened.nil:
                self._check_value(kind, content, "cvc-type.3.1.3", opened.name)
            return
        if opened.nil:
            return
        match kind.content.kind:
            case "empty" if opened.has_children or opened.has_text:
                self._report("cvc-complex-type.2.1", opened.name)
            case "simple":
                if opened.has_children:
                    self._report("cvc-complex-type.2.2", opened.name)
                simple = cast(SimpleType, kind.content.simple)
                self._check_value(simple, content, "cvc-complex-type.2.2", opened.name)
            case "element" if opened.has_characters:
                self._report("cvc-complex-type.2.3", opened.name)
        model, place = opened.model, opened.place
        if model is None:
            return
        if place.state < 0 or model.is_complete(place):
            for term, too_often in model.beyond_bounds():
                key = "cvc-complex-type.2.4.d_bounds" if too_often else "cvc-complex-type.2.4.b"
                self._report(key, opened.name, f"{{{term}}}")
        else:
            self._report(*incomplete(model, place, opened.name))

    def _check_value(self, kind: SimpleType, content: str, key: str, name: str) -> None:
        try:
            value = read_value(kind, content)
            self._attributes.note_identity(kind, value)
        except NotAValue as error:
            self._report(error.key, *error.told)
            self._report(key, *((name, content) if key == "cvc-type.3.1.3" else (name,)))
