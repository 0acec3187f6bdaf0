"""The sentences of Xerces, English, by their keys (`XMLSchemaMessages` of the JDK)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["text"]

_INVALID_START: Final = "Invalid content was found starting with element '{0}'. "
_INCOMPLETE: Final = "The content of element '{0}' is not complete. "
_IN_SEQUENCE: Final = (
    "'{1}' is expected to occur a minimum of '{2}' times in the current sequence. "
)
_AT_MOST: Final = "times in the current sequence. This limit was exceeded. "
_FACET: Final = "Value '{0}' is not facet-valid with respect to "
_LENGTH: Final = "Value '{0}' with length = '{1}' is not facet-valid with respect to "
_SIMPLE: Final = "Element '{0}' is a simple type, so it "

_TEXTS: Final[Mapping[str, str]] = {
    "UndeclaredPrefix": "Cannot resolve '{0}' as a QName: the prefix '{1}' is not declared.",
    "cvc-attribute.3": "The value '{2}' of attribute '{1}' on element '{0}' is not valid with "
    "respect to its type, '{3}'.",
    "cvc-attribute.4": "The value '{2}' of attribute '{1}' on element '{0}' is not valid with "
    "respect to its fixed {value constraint}. The attribute must have a value of '{3}'.",
    "cvc-complex-type.2.1": "Element '{0}' must have no character or element information item "
    "[children], because the type's content type is empty.",
    "cvc-complex-type.2.2": "Element '{0}' must have no element [children], and the value must be "
    "valid.",
    "cvc-complex-type.2.3": "Element '{0}' cannot have character [children], because the type's "
    "content type is element-only.",
    "cvc-complex-type.2.4.a": _INVALID_START + "One of '{1}' is expected.",
    "cvc-complex-type.2.4.b": _INCOMPLETE + "One of '{1}' is expected.",
    "cvc-complex-type.2.4.c": "The matching wildcard is strict, but no declaration can be found "
    "for element '{0}'.",
    "cvc-complex-type.2.4.d": _INVALID_START + "No child element is expected at this point.",
    "cvc-complex-type.2.4.d_bounds": _INVALID_START + "No child element '{1}' is expected at this "
    "point.",
    "cvc-complex-type.2.4.e": "'{0}' can occur a maximum of '{2}' " + _AT_MOST + "At this point "
    "one of '{1}' is expected.",
    "cvc-complex-type.2.4.f": "'{0}' can occur a maximum of '{1}' " + _AT_MOST + "No child element "
    "is expected at this point.",
    "cvc-complex-type.2.4.g": _INVALID_START + _IN_SEQUENCE + "One more instance is required to "
    "satisfy this constraint.",
    "cvc-complex-type.2.4.h": _INVALID_START + _IN_SEQUENCE + "'{3}' more instances are required "
    "to satisfy this constraint.",
    "cvc-complex-type.2.4.i": _INCOMPLETE + "'{1}' is expected to occur a minimum of '{2}' times. "
    "One more instance is required to satisfy this constraint.",
    "cvc-complex-type.2.4.j": _INCOMPLETE + "'{1}' is expected to occur a minimum of '{2}' times. "
    "'{3}' more instances are required to satisfy this constraint.",
    "cvc-complex-type.3.1": "Value '{2}' of attribute '{1}' of element '{0}' is not valid with "
    "respect to the corresponding attribute use. Attribute '{1}' has a fixed value of '{3}'.",
    "cvc-complex-type.3.2.2": "Attribute '{1}' is not allowed to appear in element '{0}'.",
    "cvc-complex-type.4": "Attribute '{1}' must appear on element '{0}'.",
    "cvc-complex-type.4_ns": "Attribute '{1}' belonging to namespace '{2}', must appear on element "
    "'{0}'.",
    "cvc-datatype-valid.1.2.1": "'{0}' is not a valid value for '{1}'.",
    "cvc-datatype-valid.1.2.3": "'{0}' is not a valid value of union type '{1}'.",
    "cvc-elt.1.a": "Cannot find the declaration of element '{0}'.",
    "cvc-elt.2": "The value of {abstract} in the element declaration for '{0}' must be false.",
    "cvc-elt.3.1": "Attribute '{1}' must not appear on element '{0}', because the {nillable} "
    "property of '{0}' is false.",
    "cvc-elt.3.2.1": "Element '{0}' cannot have character or element information [children], "
    "because '{1}' is specified.",
    "cvc-elt.3.2.2": "There must be no fixed {value constraint} for element '{0}', because '{1}' "
    "is specified.",
    "cvc-elt.4.1": "The value '{2}' of attribute '{1}' of element '{0}' is not a valid QName.",
    "cvc-elt.4.2": "Cannot resolve '{1}' to a type definition for element '{0}'.",
    "cvc-elt.4.3": "Type '{1}' is not validly derived from the type definition, '{2}', of element "
    "'{0}'.",
    "cvc-elt.5.2.2.1": "Element '{0}' must have no element information item [children].",
    "cvc-elt.5.2.2.2.1": "The value '{1}' of element '{0}' does not match the fixed "
    "{value constraint} value '{2}'.",
    "cvc-elt.5.2.2.2.2": "The value '{1}' of element '{0}' does not match the {value constraint} "
    "value '{2}'.",
    "cvc-enumeration-valid": _FACET + "enumeration '{1}'. It must be a value from the enumeration.",
    "cvc-fractionDigits-valid": "Value '{0}' has {1} fraction digits, but the number of fraction "
    "digits has been limited to {2}.",
    "cvc-id.1": "There is no ID/IDREF binding for IDREF '{0}'.",
    "cvc-id.2": "There are multiple occurrences of ID value '{0}'.",
    "cvc-length-valid": _LENGTH + "length '{2}' for type '{3}'.",
    "cvc-maxExclusive-valid": _FACET + "maxExclusive '{1}' for type '{2}'.",
    "cvc-maxInclusive-valid": _FACET + "maxInclusive '{1}' for type '{2}'.",
    "cvc-maxLength-valid": _LENGTH + "maxLength '{2}' for type '{3}'.",
    "cvc-minExclusive-valid": _FACET + "minExclusive '{1}' for type '{2}'.",
    "cvc-minInclusive-valid": _FACET + "minInclusive '{1}' for type '{2}'.",
    "cvc-minLength-valid": _LENGTH + "minLength '{2}' for type '{3}'.",
    "cvc-pattern-valid": _FACET + "pattern '{1}' for type '{2}'.",
    "cvc-totalDigits-valid": "Value '{0}' has {1} total digits, but the number of total digits has "
    "been limited to {2}.",
    "cvc-type.2": "The type definition cannot be abstract for element {0}.",
    "cvc-type.3.1.1": _SIMPLE + "cannot have attributes, excepting those whose namespace name is "
    "identical to 'http://www.w3.org/2001/XMLSchema-instance' and whose [local name] is one of "
    "'type', 'nil', 'schemaLocation' or 'noNamespaceSchemaLocation'. However, the attribute, '{1}' "
    "was found.",
    "cvc-type.3.1.2": _SIMPLE + "must have no element information item [children].",
    "cvc-type.3.1.3": "The value '{1}' of element '{0}' is not valid.",
}
_PLACE: Final = re.compile(r"\{([0-3])\}")


def text(key: str, *told: str) -> str:
    """The sentence of a key, with what it tells in its places."""
    sentence = _PLACE.sub(lambda place: told[int(place[1])], _TEXTS[key])
    return f"{key.partition('_')[0]}: {sentence}"
