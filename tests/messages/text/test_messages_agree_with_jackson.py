"""Bodies as the Hub's own parsers read them: Jackson, Woodstox and the JDK's, asked each time.

By hand, for longer: `python -m tests.messages.differential --count 100000`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.messages.differential.comparing import compare, differences
from tests.messages.differential.jackson import Answer, Jackson, jackson, why_without_jackson
from tests.messages.differential.known import KNOWN, why_known
from tests.messages.differential.reading import read

_FIDELITY = Path(__file__).parents[3] / "docs" / "fidelity.md"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jackson]:
    if reason := why_without_jackson():
        missing("jackson", reason)
    with jackson(tmp_path_factory.mktemp("classes")) as process:
        yield process


@pytest.mark.parametrize("written", ["json", "xml"])
def test_random_bodies_are_read_alike(asked: Jackson, written: str) -> None:
    found = [one for one in differences(asked, written, 7_000_000, 2_000) if not why_known(one)]
    assert not found


@pytest.mark.parametrize(
    ("body", "outcome", "text"),
    [
        # What stands right behind a bare value, and what follows a whole one.
        (b"1abc", "E", None),
        (b"1}", "E", None),
        (b"true}", "V", b"true"),
        (b"truex", "E", None),
        (b"null$", "V", b"null"),
        (b'{"a":1}x', "V", b'{"a":1}'),
        (b'{"a":1}' + b"[" * 3_000, "V", b'{"a":1}'),
        # Numbers: those of free content are doubles.
        (b'{"a":1.50,"b":-0.0,"c":-0,"d":1E5}', "V", b'{"a":1.5,"b":-0.0,"c":0,"d":100000.0}'),
        (b'{"a":12345678.5,"b":0.0009}', "V", b'{"a":1.23456785E7,"b":9.0E-4}'),
        (b'{"a":1e400,"b":-1e999999999999}', "V", b'{"a":"Infinity","b":"-Infinity"}'),
        (b'{"a":4.9e-324,"b":1e-99999999999999999999}', "V", b'{"a":4.9E-324,"b":0.0}'),
        (b'{"a":123456789012345678901234567890}', "V", b'{"a":123456789012345678901234567890}'),
        (b'{"a":01}', "E", None),
        (b'{"a":+1}', "E", None),
        (b'{"a":5.}', "E", None),
        (b'{"a":"' + b"1" * 2_000 + b'"}', "V", b'{"a":"' + b"1" * 2_000 + b'"}'),
        (b'{"a":' + b"1" * 1_001 + b"}", "E", None),
        # Texts.
        (b'"\\u001f\\ud83d\\u007f"', "V", b'"\\u001F?\x7f"'),
        (b'"\\ud83\\ude00"', "E", None),
        (b'"\\/\\u00e9"', "V", '"/é"'.encode()),
        (b'"\\\'"', "E", None),
        (b'"\x1f"', "E", None),
        (b'{"b":1,"a":2,"b":3}', "V", b'{"b":3,"a":2}'),
        (b"", "M", b""),
        (b" \t\r\n", "M", b""),
        (b"\xef\xbb\xbf{}", "E", None),
        (b"\xc2\xa0{}", "E", None),
    ],
)
def test_json_is_read_alike(asked: Jackson, body: bytes, outcome: str, text: bytes | None) -> None:
    _check(asked, "j", body, outcome, text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a":"","b":{},"c":null,"d":[]}', b"<c><a></a><b/><c/></c>"),
        (b'{"e":[1,[2,3]]}', b"<c><e>1</e><e>2</e><e>3</e></c>"),
        (b'{"a":{"b":[]}}', b"<c><a/></c>"),
        (b'{"a":">a>b]]>c"}', b"<c><a>&gt;a>b]]&gt;c</a></c>"),
        (b'{"a":"<&>a"}', b"<c><a>&lt;&amp;>a</a></c>"),
        (b'{"a":"<&>>a>b]]>>>c"}', b"<c><a>&lt;&amp;&gt;&gt;a>b]]&gt;&gt;&gt;c</a></c>"),
        (b'{"a":"' + b"x" * 512 + b'>>x"}', b"<c><a>" + b"x" * 512 + b"&gt;&gt;x</a></c>"),
        (b'{"a":"' + b"x" * 511 + b'>x"}', b"<c><a>" + b"x" * 511 + b">x</a></c>"),
        (b'{"a":"\\r\\n\\t\\u007f"}', b"<c><a>&#xd;\n\t&#x7f;</a></c>"),
        (b'{"a":"\\u0085\xc2\xa0"}', b"<c><a>&#x85;\xc2\xa0</a></c>"),
        (b'{"a":1.50,"b":1e400,"c":true}', b"<c><a>1.5</a><b>Infinity</b><c>true</c></c>"),
    ],
)
def test_json_is_written_alike_in_xml(asked: Jackson, body: bytes, text: bytes) -> None:
    _check(asked, "x", body, "V", text)


@pytest.mark.parametrize(
    ("body", "outcome", "text"),
    [
        (b'{"senderID":1,"distributionID":2}', "V", b'{"distributionID":2,"senderID":1}'),
        (b'{"content":{"z":1,"a":2.50}}', "V", b'{"content":{"z":1,"a":2.5}}'),
        (b'{"a":1}\xff', "V", b'{"a":1}'),
        (b'\xef\xbb\xbf{"a":1}', "V", b'{"a":1}'),
        (b'{"a":"\xc0\xaf"}', "V", b'{"a":"/"}'),
        (b'{"a":"caf\xe9"}', "E", None),
        (b'{"a":"\xed\xa0\x80"}', "V", b'{"a":"?"}'),
        (b'{"a":"\xed\xa0\xbd\xed\xb8\x80"}', "V", '{"a":"\U0001f600"}'.encode()),
        ('{"a":"é"}'.encode("utf-16"), "V", '{"a":"é"}'.encode()),
        ('{"a":"é"}'.encode("utf-16-be"), "V", '{"a":"é"}'.encode()),
        ('{"a":"é"}'.encode("utf-32-le"), "V", '{"a":"é"}'.encode()),
        (b'{\0"\0a\0"\0:\0"\0\0\xd8x\0"\0}\0', "V", '{"a":"\ufffd"}'.encode()),
        (b"[1]", "E", None),
        (b"null", "E", None),
    ],
)
def test_a_source_in_json_is_quoted_alike(
    asked: Jackson, body: bytes, outcome: str, text: bytes | None
) -> None:
    _check(asked, "q", body, outcome, text)


XSI = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<c>t<a/>u<b/>v</c>", b'{"":["t","u","v"],"a":"","b":""}'),
        (b"<c><a> </a><b>\n<z>1</z>\n</b></c>", b'{"a":" ","b":{"z":"1"}}'),
        (b'<c x="1" xmlns:p="u" p:x="2"><x>3</x></c>', b'{"x":["1","2","3"]}'),
        (b'<c><a x="1"> </a><b x="1">t</b></c>', b'{"a":{"x":"1"},"b":{"x":"1","":"t"}}'),
        (b"<c><a>1</a><b/><a>2</a></c>", b'{"a":["1","2"],"b":""}'),
        (b"<c><a>a<!-- b -->c<?d e?>f<![CDATA[<]]></a></c>", b'{"a":"acf<"}'),
        (b'<c><a x="a\n\tb&#10;"/></c>', b'{"a":{"x":"a  b\\n"}}'),
        (b"<c " + XSI + b'><a xsi:nil="true">x</a></c>', b'{"a":null}'),
        (b"<c " + XSI + b'><a xsi:nil="false">x</a></c>', b'{"a":"x"}'),
        (b"<c " + XSI + b'><a x="1" xsi:nil="true"/></c>', b'{"a":{"x":"1","nil":"true"}}'),
        (b"<c><a>\xc2\xa0</a>\xc2\xa0</c>", b'{"a":"\xc2\xa0","":"\xc2\xa0"}'),
        (b'<c xmlns="not a uri" xml:id="a b"/>', b'{"id":"a b"}'),
        (b"<?xml version='1.0' encoding='foo bar'?><c>a</c>", b'{"":"a"}'),
        (b"<?xml version='1.1'?><c>\xc2\x85&#1;</c>", b'{"":"\xc2\x85\\u0001"}'),
    ],
)
def test_xml_is_read_alike(asked: Jackson, body: bytes, text: bytes) -> None:
    _check(asked, "w", body, "V", b"")
    _check(asked, "r", body, "V", text)


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf<c/>",
        b" <?xml version='1.0'?><c/>",
        b"<c/>x",
        b"<c/><c/>",
        b"<c/>\x00",
        b"<c>&nbsp;</c>",
        b"<c>]]></c>",
        b"<c><!-- a -- b --></c>",
        b"<c>\xef\xbf\xbe</c>",
        b'<c xmlns:p=""/>',
        b"<p:c/>",
        b'<c><a p:x="1"><b xmlns="relative"/></a></c>',
        "<c><\u3001/></c>".encode(),
        "<c><\u2070/></c>".encode(),
        b"<c><" + b"a" * 1_001 + b"/></c>",
        b"<c " + b" ".join(b'a%d=""' % n for n in range(10_001)) + b"/>",
        b"<?xml version='1.2'?><c/>",
        b"<?xml version='1.0'encoding='UTF-8'?><c/>",
        b"<?xml encoding='UTF-8'?><c/>",
        b"<?xml version='1.0' standalone='maybe'?><c/>",
    ],
)
def test_what_is_not_well_formed_is_refused_alike(asked: Jackson, body: bytes) -> None:
    _check(asked, "w", body, "E", None)


@pytest.mark.parametrize(
    "body",
    [
        b"<c><?a:b c?></c>",
        b"<c " + b" ".join(b'a%d=""' % n for n in range(1_025)) + b"/>",
        b"<c a='" + b"x" * 524_289 + b"'/>",
        b"<?xml version='1.0' encoding=''?><c/>",
    ],
)
def test_what_only_the_reader_refuses_is_refused_alike(asked: Jackson, body: bytes) -> None:
    _check(asked, "w", body, "V", b"")
    _check(asked, "r", body, "E", None)


def declaring(encoding: str, text: str = "é", real: str = "utf-8") -> bytes:
    return f"<?xml version='1.0' encoding='{encoding}'?><c><a>{text}</a></c>".encode(real)


@pytest.mark.parametrize(
    ("body", "outcome", "text"),
    [
        (declaring("utf-8"), "V", '{"a":"é"}'),
        (declaring("ISO-8859-1", real="latin-1"), "V", '{"a":"é"}'),
        (declaring("ISO-8859-1"), "V", '{"a":"Ã©"}'),
        (declaring("US-ASCII", "e"), "V", '{"a":"e"}'),
        (declaring("US-ASCII"), "E", None),
        (declaring("UTF-16", "e"), "E", None),
        (declaring("UTF-8", "e", "utf-16"), "E", None),
        (declaring("nonesuch", "e"), "E", None),
        (declaring("US-ASCI-I", "e"), "V", '{"a":"e"}'),
        (declaring("csUTF8"), "V", '{"a":"é"}'),
        (declaring("UTF--8"), "V", '{"a":"é"}'),
        (declaring("U-T-F-8"), "E", None),
        (declaring("I-S-O-8859-1", real="latin-1"), "V", '{"a":"é"}'),
        (declaring("-US-ASCII", "e"), "E", None),
        (declaring("latin-1", real="latin-1"), "E", None),
        (b"\xef\xbb\xbf" + declaring("UTF-8"), "V", '{"a":"é"}'),
        (declaring("UTF-32", real="utf-32"), "V", '{"a":"é"}'),
        ("<c><a>é</a></c>".encode("utf-16-le"), "E", None),
        (b"<c><a>caf\xe9</a></c>", "E", None),
        (b"<c><a>\xc0\xaf</a></c>", "V", '{"a":"/"}'),
        (b"<c><a>\xed\xa0\x80</a></c>", "E", None),
        (b"<c><b/><a>1</a></c>junk", "V", '{"a":"1","b":""}'),
        (b"<c/>]]>", "V", "{}"),
        (b"<c>x</c>", "V", '{"":"x"}'),
        (b"<?xml version='1.1'?><c>\xc2\x85&#1;x</c>", "V", '{"":"\\n\\u0001x"}'),
        (b"<c><a>", "E", None),
        (b"<c " + XSI + b' xsi:nil="true"/>', "E", None),
    ],
)
def test_a_source_in_xml_is_quoted_alike(
    asked: Jackson, body: bytes, outcome: str, text: str | None
) -> None:
    _check(asked, "s", body, outcome, text.encode() if text is not None else None)


def test_letters_of_xml_1_1_in_the_name_of_an_instruction_are_read_alike(asked: Jackson) -> None:
    body = "<?xml version='1.1'?><c/><?xml\ufffd?>".encode()
    _check(asked, "w", body, "V", b"")
    _check(asked, "w", body.replace(b"1.1", b"1.0"), "E", None)


def test_what_is_known_to_differ_is_documented() -> None:
    told = _FIDELITY.read_text()
    assert [line for line in KNOWN if not line.startswith("(") and line not in told] == []


def test_a_difference_is_told(asked: Jackson) -> None:
    [found] = list(compare(asked, "xml", [b"<!DOCTYPE c><c/>"]))[:1]
    assert why_known(found) == "Any DOCTYPE is refused"
    assert why_known(found._replace(body=b"<c/>")) is None


def _check(asked: Jackson, wanted: str, body: bytes, outcome: str, text: bytes | None) -> None:
    """Both answer so; why something is refused is told in words of their own."""
    for answer in (asked.ask(wanted, body), read(wanted, body)):
        assert answer == Answer(outcome, answer.text if text is None else text)
