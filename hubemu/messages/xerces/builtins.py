"""The simple types that every schema knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from hubemu.messages.xerces.components import (
    ComplexType,
    Particle,
    SimpleType,
    TypeContent,
    Wildcard,
)
from hubemu.messages.xerces.datatypes import READERS, Value
from hubemu.messages.xerces.regexes import Regex

__all__ = ["ANY_SIMPLE", "ANY_TYPE", "BUILT_IN", "STRICT_DECIMAL", "XS"]

XS: Final = "http://www.w3.org/2001/XMLSchema"
_LANGUAGE: Final = "([a-zA-Z]{1,8})(-[a-zA-Z0-9]{1,8})*"
_LONG, _INT, _SHORT, _BYTE = (str(2**bits - 1) for bits in (63, 31, 15, 7))
_INTEGERS: Mapping[str, tuple[str, str, str]] = {
    "nonPositiveInteger": ("integer", "", "0"),
    "negativeInteger": ("nonPositiveInteger", "", "-1"),
    "long": ("integer", f"-{2**63}", _LONG),
    "int": ("long", f"-{2**31}", _INT),
    "short": ("int", f"-{2**15}", _SHORT),
    "byte": ("short", f"-{2**7}", _BYTE),
    "nonNegativeInteger": ("integer", "0", ""),
    "unsignedLong": ("nonNegativeInteger", "", str(2**64 - 1)),
    "unsignedInt": ("unsignedLong", "", str(2**32 - 1)),
    "unsignedShort": ("unsignedInt", "", str(2**16 - 1)),
    "unsignedByte": ("unsignedShort", "", str(2**8 - 1)),
    "positiveInteger": ("nonNegativeInteger", "1", ""),
}
"""By name: what it is derived from, its least and its greatest value."""

ANY_SIMPLE: Final = SimpleType(
    name="anySimpleType", namespace=XS, datatype="string", white_space="preserve"
)


def _value(text: str) -> Value:
    value = READERS["integer"](text)
    if value is None:
        raise ValueError(text)
    return value


def _primitives() -> dict[str, SimpleType]:
    found = {
        name: SimpleType(name=name, namespace=XS, datatype=name, base=ANY_SIMPLE)
        for name in READERS
        if name not in ("string", "integer")
    }
    found["anySimpleType"] = ANY_SIMPLE
    return found


def _strings() -> dict[str, SimpleType]:
    string = SimpleType(name="string", namespace=XS, base=ANY_SIMPLE, white_space="preserve")
    normal = SimpleType(name="normalizedString", namespace=XS, base=string, white_space="replace")
    token = SimpleType(name="token", namespace=XS, base=normal)
    patterns = ((_LANGUAGE, Regex(_LANGUAGE)),)
    language = SimpleType(name="language", namespace=XS, base=token, patterns=patterns)
    name = SimpleType(name="Name", namespace=XS, base=token, names="Name")
    nmtoken = SimpleType(name="NMTOKEN", namespace=XS, base=token, names="NMTOKEN")
    ncname = SimpleType(name="NCName", namespace=XS, base=name, names="NCName")
    kinds = (string, normal, token, language, name, nmtoken, ncname)
    found = {kind.name: kind for kind in kinds} | _identities(ncname)
    return found | {
        f"{item.name}S": SimpleType(
            name=f"{item.name}S",
            namespace=XS,
            variety="list",
            base=ANY_SIMPLE,
            item=item,
            lengths=(("minLength", 1),),
        )
        for item in (nmtoken, found["IDREF"])
    }


def _identities(ncname: SimpleType) -> dict[str, SimpleType]:
    kinds: tuple[Literal["ID", "IDREF"], ...] = ("ID", "IDREF")
    return {
        kind: SimpleType(name=kind, namespace=XS, base=ncname, datatype="NCName", identity=kind)
        for kind in kinds
    }


def _integers(decimal: SimpleType) -> dict[str, SimpleType]:
    integer = SimpleType(name="integer", namespace=XS, base=decimal, datatype="integer")
    found = {"integer": integer}
    for name, (base, low, high) in _INTEGERS.items():
        written = (("maxInclusive", high), ("minInclusive", low))
        bounds = dict(found[base].bounds)
        bounds |= {facet: _value(text) for facet, text in written if text}
        found[name] = SimpleType(
            name=name,
            namespace=XS,
            base=found[base],
            datatype="integer",
            bounds=tuple(sorted(bounds.items())),
        )
    return found


def _all() -> dict[str, SimpleType]:
    primitives = _primitives()
    return primitives | _strings() | _integers(primitives["decimal"])


BUILT_IN: Final[Mapping[str, SimpleType]] = _all()
"""By local name."""

STRICT_DECIMAL: Final = replace(BUILT_IN["decimal"], names="decimal")
"""To which `5.` is none (facts: hub 11)."""

_ANYTHING = Wildcard("lax")
ANY_TYPE: Final = ComplexType(
    name="anyType",
    namespace=XS,
    find_base=lambda: None,
    find_content=lambda: TypeContent(
        kind="mixed", particle=Particle(_ANYTHING, 0, None), wildcard=_ANYTHING
    ),
)
"""What nothing is known of."""
