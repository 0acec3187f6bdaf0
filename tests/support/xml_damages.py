"""XML messages damaged in the ways that clients damage them, several at once, from a seed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from random import Random

from lxml import etree

__all__ = ["damages"]

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XLINK = "http://www.w3.org/1999/xlink"
_CODES = ("", "NOT_A_CODE", " Actual", "actual", "Actuel ", "É", "a  b", "\n x\n", "&<>\"'{0}")
_NUMBERS = ("1.5", "one", "", " 12 ", "12.", ".5", "+3", "-0", "1e5", "2147483648", "9" * 30, "٣")
_DATES = (
    "2024-05-15T10:00:00Z",
    "2024-05-15T10:00:00",
    "2024-05-15T10:00:00.123+02:00",
    "2024-02-30T10:00:00+01:00",
    "2024-05-15 10:00:00+01:00",
    "2024-05-15T24:00:00+01:00",
    "2024-05-15T10:00:60+01:00",
    "2024-05-15T10:00:00+15:00",
    "2024-05-15T10:00:00,+02:00",
    "-0004-02-29T10:00:00Z",
    "0000-01-01T10:00:00Z",
    "12024-05-15T10:00:00Z",
    " 2024-05-15T10:00:00+01:00\n",
    "15/05/2024",
)
_PATTERNS = (
    "fr.health.samuA_1",
    "fr.health.samu A",
    "é.b.c.d",
    "x" * 1030,
    "\t ",
    "http://[",
    ":a",
    "%zz",
    "fr-FR-",
    "12 345",
    "https://x.y/z?q#f",
)
_TEXTS = (*_CODES, *_NUMBERS, *_DATES, *_PATTERNS, "true", "1", "vrai", "AAAA", "A===")
_NAMESPACES = ("urn:other", "", "urn:oasis:names:tc:emergency:EDXL:DE:2.0", "urn:emergency:eda:1.9")
_NAMES = ("unknown", "message", "status", "name", "technical", "other", "link", "createCase")
_ATTRIBUTES = (
    "unknown",
    "type",
    f"{{{_XLINK}}}type",
    f"{{{_XLINK}}}title",
    f"{{{_XLINK}}}href",
    f"{{{_XLINK}}}label",
    f"{{{_XSI}}}type",
    f"{{{_XSI}}}nil",
    f"{{{_XSI}}}schemaLocation",
    "{http://www.w3.org/XML/1998/namespace}lang",
    "{urn:other}own",
)
_ATTRIBUTE_VALUES = ("", "x", "extended", "resource", " resource ", "true", "1", "a b", "xs:string")

_Element = etree._Element
_Damage = Callable[[_Element, Random], None]


def damages(originals: Sequence[_Element], seed: str, count: int) -> Iterator[bytes]:
    """As many damaged messages as wanted, always the same for a seed."""
    random = Random(seed)
    for _ in range(count):
        yield _damaged(random.choice(originals), random)


def _damaged(root: _Element, random: Random) -> bytes:
    """A message with one to four things wrong with it."""
    copied = copy.deepcopy(root)
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        elements = [one for one in copied.iter() if one is not copied or random.random() < 0.05]
        # Half of the damages near the leaves, where most messages are wrong.
        leaves = [one for one in elements if not len(one)]
        chosen = random.choice(leaves if leaves and random.random() < 0.5 else elements or [copied])
        random.choice(_DAMAGES)(chosen, random)
    return etree.tostring(copied)


def _drop(element: _Element, random: Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _double(element: _Element, random: Random) -> None:
    parent = element.getparent()
    for _ in range(random.choice((1, 1, 2, 6)) if parent is not None else 0):
        assert parent is not None
        parent.insert(parent.index(element), copy.deepcopy(element))


def _move(element: _Element, random: Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.insert(random.randrange(len(parent)), element)


def _move_away(element: _Element, random: Random) -> None:
    others = [one for one in element.getroottree().iter() if element not in one.iterancestors()]
    target = random.choice([one for one in others if one is not element] or [element])
    if target is not element and element.getparent() is not None:
        target.insert(random.randint(0, len(target)), element)


def _rename(element: _Element, random: Random) -> None:
    namespace = str(element.tag).rpartition("}")[0]
    name = random.choice(_NAMES)
    element.tag = f"{namespace}}}{name}" if namespace else name


def _elsewhere(element: _Element, random: Random) -> None:
    namespace, local = random.choice(_NAMESPACES), str(element.tag).rpartition("}")[2]
    element.tag = f"{{{namespace}}}{local}" if namespace else local


def _refill(element: _Element, random: Random) -> None:
    if len(element) and random.random() < 0.7:
        element[random.randrange(len(element))].tail = random.choice(_TEXTS)
    else:
        element.text = random.choice(_TEXTS)


def _empty(element: _Element, random: Random) -> None:
    element.text = None
    del element[:]


def _fill(element: _Element, random: Random) -> None:
    namespace = str(element.tag).rpartition("}")[0].removeprefix("{")
    for _ in range(random.choice((1, 2))):
        namespace = random.choice((namespace, namespace, "", "urn:other"))
        name = random.choice((*_NAMES, str(element.tag).rpartition("}")[2]))
        child = etree.SubElement(element, f"{{{namespace}}}{name}" if namespace else name)
        child.text, child.tail = random.choice(_TEXTS), random.choice((None, None, " ", "5"))


def _attribute(element: _Element, random: Random) -> None:
    element.set(random.choice(_ATTRIBUTES), random.choice(_ATTRIBUTE_VALUES))


def _no_attribute(element: _Element, random: Random) -> None:
    for name in random.sample(sorted(map(str, element.attrib)), min(1, len(element.attrib))):
        del element.attrib[name]


_DAMAGES: tuple[_Damage, ...] = (
    _drop,
    _drop,
    _double,
    _move,
    _move_away,
    _rename,
    _elsewhere,
    _refill,
    _refill,
    _refill,
    _empty,
    _fill,
    _attribute,
    _no_attribute,
)
