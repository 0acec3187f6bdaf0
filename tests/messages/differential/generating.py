"""Bodies as nobody writes them on purpose: good ones with something odd in them, from a seed."""

from __future__ import annotations

from random import Random

__all__ = ["json_body", "xml_body"]

_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "latin-1")
_MALFORMED = (
    b"\xe9", b"\xff", b"\xc0\xaf", b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80",
    b"\xf5\x80\x80\x80",
    b"\xed\xa0\xbd\xed\xb8\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xf0\x80\x80\x80", b"\xe0\x80\xaf",
    b"\xef\xbb\xbf", b"\xfe\xff", b"\x00", b"\xc3", b"\xf8\x88\x80\x80\x80",
)  # fmt: skip
_NUMBERS = (
    "0", "-0", "-0.0", "0.0", "1", "-1", "01", "-01", "00", "+1", ".5", "5.", "-.5", "1.", "1.e1",
    "-",
    "1.50", "0.10", "1e5", "1E5", "1e+5", "1E-5", "1e-7", "1e", "1e+", "1e05", "1e400", "-1e400",
    "1e-400",
    "0e0", "-0e-5", "0.001", "0.0009", "1234567.5", "12345678.5", "9999999.9", "1e7", "1e16",
    "1e21", "1e22",
    "123456789012345678", "12345678901234567890", "-9223372036854775808", "9223372036854775808",
    "18446744073709551615", "18446744073709551616", "123456789012345678901234567890", "2147483648",
    "0.1234567890123456789", "49.4484999719139", "1.7976931348623157e308", "4.9e-324",
    "2.2250738585072014E-308",
    "NaN", "Infinity", "-Infinity", "INF", "0x1F", "1_000", "1,5", "1d", "1f", "1e99999999999",
    "1e2147483647",
    "1e2147483648", "1e-2147483647", "1.5e-2147483647", "0e99999999999",
    "1e-99999999999999999999999",
    "1" * 999, "1" * 1000, "1" * 1001, "-" + "1" * 1000, "1." + "1" * 999, "1." + "1" * 1000,
    "1" * 990 + "e" + "0" * 12, "1" * 999 + "e1", "1" * 998 + "e+1", "0." + "0" * 998 + "1",
)  # fmt: skip
_JSON_TEXTS = (
    "", "a", "é", "€", "\U0001f600", " ", " a ", "a\\nb", "\\\"", "\\\\", "\\/", "\\b\\f\\n\\r\\t",
    "\\u00e9",
    "\\u20ac", "\\ud83d\\ude00", "\\uD83D\\uDE00", "\\ud83d", "\\ude00", "\\ude00\\ud83d",
    "\\ud83d\\ud83d\\ude00",
    "\\u0000", "\\u001f", "\\u007f", "\\u0085", "\\u2028", "\\ufffe", "\\uffff", "\\ufeff",
    "\\u12", "\\u12g4",
    "\\u 123", "\\u+123", "\\x41", "\\'", "\\a", "\\", "\\U0041", "\t", "\n", "\r", "\x00", "\x01",
    "\x1f",
    "\x7f", "\x85", "\u2028", "\ufffd", "\ufffe", "\uffff", "\ufeff", "<&>\"'"[:3], "]]>", "//",
    "/*", "#",
    "{", "}", "[", "]", ",", ":", "'", "1" * 40, "\\ud83dx", "x\\ude00", "\\\\ud83d",
    "\\u005c\\u0022",
    "a\\r\\nb", "\\r", "2024-05-15T10:00:00Z", "true", "null",
)  # fmt: skip
_KEYS = (
    "a",
    "b",
    "c",
    "a",
    "b",
    "é",
    "type",
    "distributionID",
    "senderID",
    "content",
    "_x",
    "a.b",
    "a-b",
)
_ODD_KEYS = ("", " ", "a b", "1a", "\\u0061", "\\ud83d", "x:y", "<", "a\\nb", "-", "é\u0301")
_LITERALS = (
    "true", "false", "null", "True", "FALSE", "nul", "truex", "true1", "null_", "trueé",
    "undefined", "''",
    "'a'", "//x\n1", "/*x*/1", "#x\n1", "1/*x*/", "", "{}", "[]", "[1,]", "{,}", "[,1]",
    '{"a":1,}', "[1 2]",
    '{"a" 1}', "{a:1}", "{'a':1}", "[", "]", "{", "}", '{"a":1]', "[1}", "true/**/", "<a/>",
)  # fmt: skip
_SPACES = (
    "", "", "", "", "", "", "", " ", " ", "\n", "\t", "\r", "\r\n", "  \n", "\x0b", "\x0c", "\xa0",
    "\u2028",
    "\x85", "\x00", "\ufeff", "/*c*/", "//c\n", "\x1f",
)  # fmt: skip
_GOOD_SPACES = ("", "", "", "", " ", "\n", "\t", "\r\n")
_AFTER = (
    "x", "}", "{", "]", ",", ":", "\x00", " x", "\n{}", "//", "/*", "1", '"', "\ufeff", "é",
    "\xa0", "[" * 300, "'",
    "-", "\U0001f600", "_", "$",
)  # fmt: skip
_CUT = 12


class _Oddly:
    """Draws what is odd now and then, and what is not otherwise."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.odd = random.choice((0.0, 0.02, 0.1, 0.3))

    def now(self, share: float = 1.0) -> bool:
        return self.random.random() < self.odd * share


def json_body(random: Random) -> bytes:
    """A body that may be JSON."""
    odd = _Oddly(random)
    text = _object(odd, 0) if random.random() < 0.9 else _value(odd, 0)
    text = _space(odd) + text + _space(odd)
    if odd.now(3) or random.random() < 0.1:
        text += random.choice(_AFTER)
    if odd.now():
        text = _damaged(random, text, '{}[],:"\\0 1\x00/-+.eE')
    return _encoded(odd, text)


def _space(odd: _Oddly) -> str:
    return odd.random.choice(_SPACES if odd.now(0.3) else _GOOD_SPACES)


def _value(odd: _Oddly, depth: int) -> str:
    random = odd.random
    kind = random.randrange(10)
    if kind < 3:
        return _json_text(odd)
    if kind < 6:
        return random.choice(_NUMBERS) if odd.now(3) else _plain_number(random)
    if kind == 6 or depth > 3:
        return random.choice(_LITERALS if odd.now() else _LITERALS[:3])
    if kind == 7:
        return _list(odd, depth)
    return _object(odd, depth)


def _plain_number(random: Random) -> str:
    whole = str(random.choice((0, 1, -1, 7, -48, 100, 2**31, random.randrange(-(10**6), 10**6))))
    match random.randrange(4):
        case 0:
            digits = random.randrange(1, 18)
            return f"{whole}.{random.randrange(10**digits):0{digits}}"
        case 1:
            return (
                f"{whole}.{random.randrange(100)}{random.choice('eE')}{random.randrange(-330, 330)}"
            )
        case _:
            return whole


def _json_text(odd: _Oddly, texts: tuple[str, ...] = _JSON_TEXTS) -> str:
    count = odd.random.choice((1, 1, 1, 2, 3))
    shown = texts if odd.now(4) else texts[:14]
    return f'"{"".join(odd.random.choice(shown) for _ in range(count))}"'


def _list(odd: _Oddly, depth: int) -> str:
    items = [_value(odd, depth + 1) for _ in range(odd.random.choice((0, 1, 2, 3)))]
    return f"[{_space(odd)}{(_space(odd) + ',' + _space(odd)).join(items)}{_space(odd)}]"


def _object(odd: _Oddly, depth: int) -> str:
    items = []
    for _ in range(odd.random.choice((0, 1, 2, 3, 5))):
        key = odd.random.choice(_ODD_KEYS if odd.now() else _KEYS)
        items.append(f'"{key}"{_space(odd)}:{_space(odd)}{_value(odd, depth + 1)}')
    return f"{{{_space(odd)}{(_space(odd) + ',' + _space(odd)).join(items)}{_space(odd)}}}"


def _damaged(random: Random, text: str, marks: str) -> str:
    """The text with one or two characters dropped, doubled, put in or put for another."""
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(text) + 1)
        match random.randrange(5):
            case 0:
                text = text[:at] + text[at + 1 :]
            case 1:
                text = text[:at] + text[max(0, at - random.randrange(_CUT)) :]
            case 2:
                text = text[:at] + random.choice(marks) + text[at:]
            case 3:
                text = text[:at] + random.choice(marks) + text[at + 1 :]
            case _:
                text = text[:at] if random.random() < 0.3 else text[:at] + text[at + _CUT :]
    return text


def _encoded(odd: _Oddly, text: str) -> bytes:
    random = odd.random
    body = text.encode("utf-8", "surrogatepass")
    if odd.now(0.5):
        encoding = random.choice(_ENCODINGS)
        body = text.encode(encoding, "replace")
    if odd.now(0.2):
        body = b"\xef\xbb\xbf" + body
    if odd.now(0.6):
        at = random.randrange(len(body) + 1)
        body = body[:at] + random.choice(_MALFORMED) + body[at:]
    return body


_DECLARATIONS = (
    "<?xml version='1.0'?>", '<?xml version="1.0" encoding="UTF-8"?>',
    "<?xml version='1.0' encoding='UTF-8'?>\n",
    '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
    '<?xml version="1.0" standalone="no" ?>',
    '<?xml version="1.1"?>', '<?xml version="1.1" encoding="UTF-8"?>',
)  # fmt: skip
_ODD_DECLARATIONS = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>', '<?xml version="1.0" encoding="UTF-16"?>',
    '<?xml version="1.0" encoding="US-ASCII"?>', '<?xml version="1.0" encoding="nonesuch"?>',
    '<?xml version="1.0" encoding="foo bar"?>', '<?xml version="1.0" encoding=""?>',
    '<?xml version="1.0" encoding="1"?>',
    '<?xml version="1.0" encoding="UTF8"?>', '<?xml version="1.0" encoding="UTF-32"?>',
    '<?xml version="1.0" encoding="UTF-16LE"?>', '<?xml version="1.0" encoding="iso-8859-1"?>',
    '<?xml version="1.0" encoding="us-ascii"?>', '<?xml version="1.0" encoding="ISO-8859-15"?>',
    '<?xml version="2.0"?>', '<?xml version="1.2"?>', '<?xml version="1.00"?>',
    '<?xml version=" 1.0"?>',
    '<?xml version=""?>', '<?xml?>', '<?xml ?>', '<?xml encoding="UTF-8"?>',
    '<?xml encoding="UTF-8" version="1.0"?>',
    '<?xml version="1.0" standalone="maybe"?>', '<?xml version="1.0" standalone="YES"?>',
    '<?xml version="1.0" standalone="yes" encoding="UTF-8"?>', '<?xml version="1.0" other="x"?>',
    "<?xml version='1.0\"?>", "<?xml version=1.0?>", "<?xml version='1.0'encoding='UTF-8'?>",
    "<?XML version='1.0'?>",
    "<?xml version = '1.0' encoding\n=\t'UTF-8' ?>", "<?xml\nversion='1.0'?>",
    "<?xml version='1.0' ? >",
    " <?xml version='1.0'?>", "\n<?xml version='1.0'?>",
    "<?xml version='1.0'?><?xml version='1.0'?>",
    "<?xml version='1.0' >", "<?xml-stylesheet href='x'?>", "<?xmlx y?>",
    "<?xml version='1.0' version='1.0'?>",
    "<?xml version='1.0' encoding='UTF-8' encoding='UTF-8'?>", "<?xml version='&#49;.0'?>",
    "<?xml version='1.1' encoding='ISO-8859-1'?>", "<?xml\x85version='1.1'?>",
)  # fmt: skip
_XML_TEXTS = (
    "", "a", "é", "€", " ", "\n", " a ", "a\nb", "a\r\nb", "\r", "&amp;", "&lt;", "&gt;", "&quot;",
    "&apos;", "&#65;",
    "&#x41;", "&#xe9;", "&#x1F600;", "\U0001f600", "&#13;", "&#xD;", "&#10;", "&#9;", "\t",
    "<!-- c -->", "<!---->", "<?p q?>", "<?p?>", "<![CDATA[x]]>", "<![CDATA[]]>",
    "<![CDATA[<&>]]>", "<![CDATA[ ]]>",
    "&#0;", "&#x0;", "&#1;", "&#x1;", "&#x1f;", "&#x7f;", "&#x85;", "&#xD800;", "&#xDFFF;",
    "&#xFFFE;", "&#xFFFF;",
    "&#x10FFFF;", "&#x110000;", "&#x41", "&#x;", "&#;", "&#xG;", "&# 65;", "&#X41;",
    "&#00000000065;",
    "&#99999999999;", "&#x100000041;", "&foo;", "&foo", "&", "& ", "&;", "&amp", "&AMP;", "&nbsp;",
    "&é;", "]]>", "]]",
    "]", ">", "<", "< a", "<!-- a -- b -->", "<!-- a --->", "<!--->", "<!-- a", "<?xml?>",
    "<?XmL a?>", "<?a:b c?>",
    "<? a?>", "<?a", "<?1?>", "<![CDATA[", "<![cdata[x]]>", "<![CDATA[]]]]>", "<![ CDATA[x]]>",
    "<!DOCTYPE c>",
    "<!ENTITY a 'b'>", "\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1f", "\x7f", "\x80", "\x85",
    "\x9f", "\xa0",
    "\u2028", "\ufeff", "\ufffe", "\uffff", "\ufffd", "\r\x85", "\x85\n", "\U000e0001", "\"'",
    "--", "?>", "-->",
    "&#x2028;", "<!--\x01-->", "<?p \x7f?>", "<![CDATA[\r\n]]>", "<!--\r-->", "<?p a?>", "\ue000",
    "<![CDATA[&#x1;]]>", "&#xe000;", "&#x10F701;", "&&amp;",
)  # fmt: skip
_GOOD_XML_TEXTS = 33
_NAMES = (
    "a",
    "b",
    "a",
    "b",
    "d",
    "é",
    "_x",
    "a.b",
    "a-b",
    "type",
    "senderID",
    "distributionID",
    "A1",
)
_ODD_NAMES = (
    "1a", "-a", ".a", "a:b", ":a", "a:", "a:b:c", "p:a", "p:b", "q:a", "xml:a", "xmlns:a", "xmla",
    "a b", "", "a\u0300",
    "\u0300a", "a·", "·a", "\U00010000", "a\U00010000", "\u2070", "a\u2070", "\u3001", "\u037e",
    "x\xd7", "\xaa",
    "\u0132", "a\u203f", "\ufdfd", "\u0660a", "a\u0660", "\u4e00", "\u00b7", "a!", "a=b", "a'",
    "xmlns",
)  # fmt: skip
_ATTRIBUTES = (
    'x="1"', "y='2'", 'x="é"', 'x=""', 'x = "1"', 'a="1"', 'b="a b"', 'x="&amp;"', "x='a\nb'",
    'x="a\tb"', 'x="&#10;"',
    'xml:lang="fr"', 'xml:space="preserve"', 'xmlns="urn:n"', 'xmlns:p="urn:p"', 'p:x="1"',
    'xmlns=""', 'x=">"',
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"',
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false"',
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="1"',
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"',
    'x="1" x="1"', "x=1", "x", 'x="', 'x="<"', 'x="&"', 'x="&foo;"', 'x="&#1;"', 'x="\x01"',
    'x="\x85"', 'x="\r\n"',
    'x="&#13;"', 'xmlns:p=""', 'xmlns:xml="urn:x"',
    'xmlns:xml="http://www.w3.org/XML/1998/namespace"',
    'xmlns:xmlns="urn:x"', 'xmlns:q="http://www.w3.org/2000/xmlns/"',
    'xmlns="http://www.w3.org/XML/1998/namespace"',
    'xmlns:q="urn:p" xmlns:p="urn:p" q:x="1" p:x="2"', 'xmlns:q="urn:q" q:x="1" x="2"', 'q:x="1"',
    "x='1'y='2'",
    'x="1"x="2"', '1x="1"', ':x="1"', 'x:="1"', 'é="1"', 'xml:base="x"', 'xml:id="a b"',
    'xml:id="a"', 'xmlns="not a uri"',
    'xmlns:p="http://[x"', 'x="]]>"', 'xmlns:é="urn:e"', 'xml:lang=""', 'xml:space="odd"',
    "x='\"'", 'xmlns="urn:é"',
    'xmlns:p="urn:p" xmlns:p="urn:q"', 'xmlns:1="urn:x"', 'xmlns:a:b="urn:x"', 'xmlns:p=" "',
    'xmlns="&#65;"',
)  # fmt: skip
_GOOD_ATTRIBUTES = 18
_BEFORE = ("\n", "<!-- c -->", "<?p q?>", " ", "<!---->\n")
_ODD_BEFORE = (
    "<!DOCTYPE c>", "<!DOCTYPE c [<!ENTITY foo 'x'>]>", "x", "&#65;", "<![CDATA[x]]>", "\ufeff",
    "\x00", "<!-- -- -->", "\x85",
    "<!DOCTYPE c SYSTEM 'file:///nowhere'>", "\xa0", "<!--", "]]>", "<a/>", "<?a:b?>",
)  # fmt: skip
_BEHIND = ("\n", " ", "<!-- c -->", "<?p q?>", "\r\n")
_ODD_BEHIND = (
    "x", "<a/>", "\x00", "&amp;", "<![CDATA[]]>", "<!DOCTYPE c>", "<!--", "</c>", "<", "]]>",
    "\ufeff", "\x85", "<?xml?>", "\xa0",
    "<!-- -- -->", "<?a:b?>", "\x01", "<c>",
)  # fmt: skip


def xml_body(random: Random) -> bytes:
    """A body that may be XML; its root element is `c`."""
    odd = _Oddly(random)
    text = ""
    if random.random() < 0.5:
        text = random.choice(_ODD_DECLARATIONS if odd.now(2) else _DECLARATIONS)
    if random.random() < 0.2:
        text += random.choice(_ODD_BEFORE if odd.now(2) else _BEFORE)
    text += _element(odd, "c", 0)
    if random.random() < 0.3:
        text += random.choice(_ODD_BEHIND if odd.now(2) else _BEHIND)
    if odd.now(0.7):
        text = _damaged(random, text, "<>/&;='\"! ?-[]:a\x00")
    return _encoded(odd, text)


def _element(odd: _Oddly, name: str, depth: int) -> str:
    random = odd.random
    tag = name
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        tag += " " + random.choice(_ATTRIBUTES if odd.now(2) else _ATTRIBUTES[:_GOOD_ATTRIBUTES])
    if odd.now(0.5):
        tag += random.choice((" ", "\n", "\t", "\x85", "\xa0"))
    inner = "".join(_content(odd, depth) for _ in range(random.choice((0, 1, 1, 2, 3, 4))))
    if not inner and random.random() < 0.7:
        return f"<{tag}/>"
    end = (
        name
        if not odd.now(0.2)
        else random.choice((name + " ", " " + name, name + "x", name + "\n"))
    )
    return f"<{tag}>{inner}</{end}>"


def _content(odd: _Oddly, depth: int) -> str:
    random = odd.random
    if random.random() < 0.5 and depth < 4:
        return _element(odd, random.choice(_ODD_NAMES if odd.now() else _NAMES), depth + 1)
    return random.choice(_XML_TEXTS if odd.now(2) else _XML_TEXTS[:_GOOD_XML_TEXTS])
