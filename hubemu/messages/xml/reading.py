"""XML elements to trees in JSON form, as the reference's reader maps them.

Names are matched without their namespace, what the types do not know is dropped, a repeated element
is a list where the type says so (facts: json-xml 1, 2, 3). The XSDs have checked the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from hubemu.messages.errors import UnreadableMessage
from hubemu.messages.schemas.shapes import Kind, Shape
from hubemu.messages.text.datetimes import is_readable
from hubemu.messages.text.json_text import MAX_DEPTH
from hubemu.messages.text.xml_text import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = [
    "add_value",
    "element_tree",
    "free_tree",
    "read_distribution",
    "read_element",
    "root_tree",
]

_ADDRESS = ("explicitAddressScheme", "explicitAddressValue")
_TEXTS = ("distributionID", "senderID", "distributionStatus", "distributionKind")
_DATES = ("dateTimeSent", "dateTimeExpires")
_FEW_ATTRIBUTES = 20
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_BLANK = "".join(map(chr, range(33)))
"""What stands between elements without being a text of its own."""


def read_distribution(root: Element, read_message: Callable[[Element], Any]) -> dict[str, Any]:
    """The tree of an envelope; `read_message` reads each `message` element.

    Raises:
        UnreadableMessage: a content object holds no XML message.
    """
    tree: dict[str, Any] = {}
    for child in root:
        name = local_name(child)
        if name in _TEXTS:
            tree[name] = child.text or ""
        elif name in _DATES:
            tree[name] = (child.text or "").strip()
        elif name == "descriptor":
            tree[name] = _descriptor(child)
        elif name == "content":
            objects = (item for item in child if local_name(item) == "contentObject")
            tree[name] = [_content(item, read_message) for item in objects]
    return tree


def _descriptor(element: Element) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"language": None}
    for child in element:
        name = local_name(child)
        if name == "language":
            descriptor[name] = child.text or ""
        elif name == "explicitAddress":
            parts = {local_name(part): part.text or "" for part in child}
            descriptor[name] = {key: parts[key] for key in _ADDRESS if key in parts}
    return descriptor


def _content(element: Element, read_message: Callable[[Element], Any]) -> dict[str, Any]:
    inner = element
    for name in ("contentXML", "embeddedXMLContent", "message"):
        found = next((child for child in inner if local_name(child) == name), None)
        if found is None:
            raise UnreadableMessage(f"a content object has no {name}")
        inner = found
    return {"jsonContent": {"embeddedJsonContent": {"message": read_message(inner)}}}


def read_element(element: Element, shape: Shape) -> Any:
    """The value of an element of that shape.

    Raises:
        UnreadableMessage: its text is not a value that the reader can hold.
    """
    if shape.kind is Kind.OBJECT:
        return _object(element, shape)
    if shape.kind is Kind.ANY:
        return free_tree(element)
    text = element.text or ""
    if shape.kind is Kind.STRING:
        return text
    try:
        return _SCALARS[shape.kind](text.strip())
    except (ValueError, InvalidOperation):
        kind = shape.kind.name.lower()
        raise UnreadableMessage(
            f"{local_name(element)}: {text!r} is no {kind} that the reader can hold"
        ) from None


def _object(element: Element, shape: Shape) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    fields = shape.fields
    for child in element:
        tag: Any = child.tag  # not local_name(): this loop is the cost of reading XML
        name = tag[tag.rfind("}") + 1 :]
        field = fields.get(name)
        if field is None:
            continue
        value = (child.text or "") if field.is_text else read_element(child, field.shape)
        if not value and field.droppable:
            continue
        if not field.many:
            tree[name] = value
        elif name in tree:
            tree[name].append(value)
        else:
            tree[name] = [value]
    return tree


def element_tree(element: Element, depth: int = 0) -> Any:
    """Free content: elements and attributes as keys, repeated ones as a list, leaves as text.

    Texts between elements are kept under the empty name, where the first stands (facts: hub 11);
    an element whose first attribute says that it is nil is None.

    Raises:
        UnreadableMessage: it is nested deeper than `MAX_DEPTH`.
    """
    attributes = element.attrib
    if _is_nil(element):
        return None
    if not len(element) and (not attributes or (len(attributes) == 1 and _NIL in attributes)):
        return element.text or ""
    return free_tree(element, depth) or element.text or ""


def _is_nil(element: Element) -> bool:
    """Whether its first attribute says that it is nil."""
    return bool(element.attrib) and element.items()[0] == (_NIL, "true")


def root_tree(root: Element) -> dict[str, Any] | None:
    """The same of a whole document, which is an object though it holds nothing but text.

    Raises:
        UnreadableMessage: it is nested deeper than `MAX_DEPTH`.
    """
    return None if _is_nil(root) else free_tree(root)


def free_tree(element: Element, depth: int = 0) -> dict[str, Any]:
    """The same of what stands in an element, be it nothing but text.

    Raises:
        UnreadableMessage: it is nested deeper than `MAX_DEPTH`.
    """
    if depth > MAX_DEPTH:
        raise UnreadableMessage(f"free content is nested more than {MAX_DEPTH} levels deep")
    tree: dict[str, Any] = {}
    for name, value in _attributes(element):
        if tree or name != _NIL:  # Jackson keeps it to itself where it is the first
            add_value(tree, name[name.rfind("}") + 1 :], value)
    _add_text(tree, element.text)
    for child in element:
        tag: Any = (
            child.tag
        )  # not local_name(), nor always a call: this loop is the cost of quoting
        name = tag[tag.rfind("}") + 1 :]
        plain = not (len(child) or child.keys())
        value = (child.text or "") if plain else element_tree(child, depth + 1)
        if name in tree:
            add_value(tree, name, value)
        else:
            tree[name] = value
        _add_text(tree, child.tail)
    return tree


def add_value(tree: dict[str, Any], name: str, value: Any) -> None:
    """Put a value into free content; under a name that is there already it is one of a list."""
    if name not in tree:
        tree[name] = value
    elif isinstance(tree[name], list):
        tree[name].append(value)
    else:
        tree[name] = [tree[name], value]


def _add_text(tree: dict[str, Any], text: str | None) -> None:
    if text and text.strip(_BLANK):
        add_value(tree, "", text)


def _attributes(element: Element) -> Iterable[tuple[str, str]]:
    """The attributes of an element; lxml looks up the value of each from the first one on."""
    if len(element.attrib) <= _FEW_ATTRIBUTES:
        return cast(Iterable[tuple[str, str]], element.items())
    found = cast(Iterable[Any], element.xpath("@*"))
    return ((attribute.attrname, str(attribute)) for attribute in found)


def _integer(text: str) -> int:
    value = int(text)
    if not -(2**31) <= value < 2**31:
        raise ValueError("more than 32 bits")
    return value


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text] if text in ("true", "false") else _refuse(text)


def _refuse(text: str) -> bool:
    raise ValueError(text)


def _moment(text: str) -> str:
    if not is_readable(text):
        raise ValueError(text)
    return text


_SCALARS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.INTEGER: _integer,
    Kind.NUMBER: Decimal,
    Kind.BOOLEAN: _boolean,
    Kind.DATETIME: _moment,
}
