"""XML messages read by their form: the fast way in.

What is not in the form, or not beyond doubt, is read the ordinary way, which alone refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hubemu.edxl import ENVELOPE_KEYS
from hubemu.messages.envelope.envelope import MessageType
from hubemu.messages.schemas.layout import BARE_XSD, FULL_XSD
from hubemu.messages.schemas.shapes import FieldShape, Kind, Shape
from hubemu.messages.text.datetimes import DateStyle
from hubemu.messages.text.json_text import MAX_BODY
from hubemu.messages.xerces.doubts import DoubtfulTexts
from hubemu.messages.xml.form_reading import AROUND, DE, FormRead, WholeForm
from hubemu.messages.xml.forms import XLINK_TYPE, form_of
from hubemu.messages.xml.grammar import Complex, Grammar, NotUnderstood
from hubemu.messages.xml.plain_text import DECLARATION, plain_text

__all__ = ["FormMessages", "FormRead"]

_ROOT = "edxlDistribution"
_URI = r"(?:urn:[A-Za-z0-9:._-]{1,200}+|https?://[A-Za-z0-9/._-]{1,200}+|[a-z]{1,20}+)"
_PROLOG = re.compile(
    DECLARATION + r"""<edxlDistribution((?:[ \n\t]++[a-zA-Z:]++="""
    rf"""(?:"{_URI}"|'{_URI}'))*+)[ \n\t]*+>"""
)
"""How a message begins; what is no URI beyond doubt is in no attribute."""

_NOT_ORDINARY = b"<>&\x7f\xc2\xef" + bytes(range(9)) + bytes(range(11, 32))
_ORDINARY = bytes(set(range(256)) - set(_NOT_ORDINARY))
"""Octets of which no tag is made, nothing that no text may hold, nor what is escaped."""
_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")


class FormMessages:
    """The forms of a release, that of a content made when it is first met.

    Args:
        files: the XSDs of the release by name.
        types: the message types that may be read this way, by key.
        shapes: the shape of each type's body by key.
        header: the shape of the RC-DE header.
        style: how its dates are printed.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        types: Mapping[str, MessageType],
        shapes: Mapping[str, Shape],
        header: Shape,
        style: DateStyle,
    ) -> None:
        self._files = files
        self._types = types
        self._shapes = shapes
        self._header = header
        self._style = style
        self._forms: dict[str, WholeForm | None] = {}
        self._last: WholeForm | None = None
        """That of the message before, if there is one."""
        names = "|".join(map(re.escape, types))
        self._key = re.compile(f"<({names or '(?!)'})[ >]")

    def read(self, body: bytes) -> FormRead | DoubtfulTexts | None:
        """The message, if it is valid and readable beyond doubt, or but for some texts."""
        plain = _is_plain(body) if len(body) <= MAX_BODY else None
        if plain is None:
            return None
        text = plain_text(body)
        if text is None:
            return None
        begin = _PROLOG.match(text)
        return None if begin is None else self._read(text, begin, plain)

    def _read(
        self, text: str, begin: re.Match[str], plain: bool
    ) -> FormRead | DoubtfulTexts | None:
        """The message whose root begins so."""
        last = self._last
        if last is not None and text.find(f"<{last.key}", begin.end()) >= 0:
            # Most messages are of the type of the one before, which is seen at once.
            read = last.read(text, begin, plain=plain)
            if read is not None:
                return read
        found = self._key.search(text, max(text.find("<message", begin.end()), 0))
        whole = None if found is None else self.whole(found[1])
        if whole is None or whole is last:
            return None
        self._last = whole
        return whole.read(text, begin, plain=plain)

    def whole(self, key: str) -> WholeForm | None:
        """What reads messages with the content `key`; `None` if there is no form for them.

        Raises:
            KeyError: no such content may be read this way.
        """
        if key not in self._forms:
            try:
                self._forms[key] = self._made(self._types[key])
            except NotUnderstood:
                self._forms[key] = None
        return self._forms[key]

    def _made(self, type_: MessageType) -> WholeForm:
        chosen = frozenset(("contentXML", type_.key))
        schema = FULL_XSD if type_.header else BARE_XSD
        grammar = Grammar(self._files, schema, chosen)
        root = grammar.root(DE, _ROOT)
        kind = grammar.type_of(root)
        if not isinstance(kind, Complex) or kind.attributes.keys() - {XLINK_TYPE}:
            raise NotUnderstood("attributes of the root")
        shape = _distribution(self._message(type_))
        return WholeForm(type_.key, schema, form_of(grammar, root, shape, self._style), kind)

    def _message(self, type_: MessageType) -> Shape:
        content = _field(type_.key, self._shapes[type_.key])
        header = self._header.fields if type_.header else {}
        return Shape(Kind.OBJECT, {**header, type_.key: content})


def _is_plain(body: bytes) -> bool | None:
    """Whether no text has anything to be escaped; `None` if one may have what none may hold.

    Forms do not look for it in each text. `>` in one is escaped, where `<` cannot be.
    """
    rest = body.translate(None, _ORDINARY)
    if rest.translate(None, b"<>"):
        if rest.strip(b"<>&\x7f\xc2\xef\r") or b"\xef\xbf\xbe" in body or b"\xef\xbf\xbf" in body:
            return None
        if b"\xc2" in rest and _CONTROLS.search(body):
            return None if b"]]>" in body else False
        rest = rest.translate(None, b"\xc2\xef\r")
    if rest == b"<>" * (len(rest) // 2):
        return True
    return None if b"]]>" in body else False


def _distribution(message: Shape) -> Shape:
    """The shape of an envelope in XML with that `message`; its dates are kept as they came."""
    content = message
    for name in reversed(AROUND):
        content = _object(**{name: content})
    text = Shape(Kind.STRING)
    address = _object(explicitAddressScheme=text, explicitAddressValue=text)
    fields = dict.fromkeys(ENVELOPE_KEYS, text)
    fields["descriptor"] = _object(language=text, explicitAddress=address)
    fields["content"] = content
    return _object(**fields)


def _object(**fields: Shape) -> Shape:
    return Shape(Kind.OBJECT, {name: _field(name, shape) for name, shape in fields.items()})


def _field(name: str, shape: Shape) -> FieldShape:
    """A field that must be there."""
    is_text = shape.kind is Kind.STRING
    return FieldShape(name, shape, False, True, is_plain=is_text, is_text=is_text)
