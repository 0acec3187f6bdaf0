"""Sources of reports read straight from their text are those that a parser reads."""

from random import Random

import pytest

from hubemu.dispatcher import unread_message
from hubemu.messages import MessageError, example_message, load_release
from hubemu.messages.text.json_text import dump_json
from hubemu.messages.text.xml_declaration import shown_text
from hubemu.messages.xml.plain_trees import plain_tree

RELEASE = load_release("2.0.0")
BODIES = [
    RELEASE.write(RELEASE.parse(example_message(name, RELEASE), "json"), "xml")
    for name in ("RS-EDA", "RC-REF", "RS-RI")
]
ROOT = (
    '<edxlDistribution xmlns="urn:a" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xlink:type="extended">{}</edxlDistribution>'
)
DAMAGES = (
    *("<a/>", "<a></a>", "<a> </a>", "<a>\n<b/>\n</a>", "<a>x<b/></a>", "<a><b/>x</a>", "</a>"),
    *("<a ></a >", "<a> </a >", "<a / >", "<a/></a>", "<a", ">", "<", "<>", "< a/>", "<1/>"),
    *("&amp;", "&", "&#65;", "]]>", "<![CDATA[x]]>", "<!-- c -->", "<?p i?>", "\r\n", "\r", "\t"),
    *("\xa0", "\x85", "\u2028", "\ufffe", "\uffff", "\ufffd", "\x01", "\x7f", "\ud800", "é", "\0"),
    *('<a b="c"/>', '<a xmlns="urn:b"/>', '<a xmlns="urn:b" xmlns="urn:b"/>', '<a xmlns=""/>'),
    *('<a xlink:type="t"/>', '<a xlink:type="t"> <b/></a>', '<a xlink:type="T">x</a>', "<x:a/>"),
    *('<a xmlns:b="urn:b"><b:c/></a>', '<a xmlns:xlink="urn:b" xlink:type="t"><b/></a>'),
    *('<type>t</type>', '<a xlink:type="t"><type/></a>', "<a xmlns='urn:b'><c/><c/></a>"),
    *('<a xmlns="http://www.w3.org/XML/1998/namespace"/>', '<a xmlns="b c"/>', "<a b='>'/>"),
    *("<" + "a" * 300 + "/>", "<a>" * 150 + "</a>" * 150, "<a><b>" * 3, 'xlink:type="x"'),
    *(' xsi:nil="true"', "<!DOCTYPE a>", "<?xml version='1.0'?>", " ", "\n", "<a.b-c_d/>", "<a:/>"),
)  # fmt: skip


def parsed(body: bytes) -> object:
    """What the parser gives; None where it refuses."""
    try:
        return unread_message._xml_source(shown_text(body))
    except (ValueError, MessageError):
        return None


def alike(body: bytes) -> bool:
    """Whether a body is plain; if it is, the parser reads the same, in the same order."""
    found = plain_tree(body)
    if found is not None:
        assert dump_json(found) == dump_json(parsed(body)), body
    return found is not None


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(len(body)))
def test_a_message_as_the_hub_prints_it_is_plain(body: bytes) -> None:
    assert alike(body)
    assert alike(body.replace(b"><", b">\r\n  <"))
    assert alike(body.replace(b"fr-FR", "Évêque > œuvre \ufffd".encode()))


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_needs_a_parser_is_not_plain_or_read_alike(damage: str) -> None:
    inner = damage.encode("utf-8", "surrogatepass")
    for around in ("{}", "<c>{}</c>", "<c>x{}</c>", "<c><d/>{}</c>", "<c{}><d/></c>", "<c{}/>"):
        before, after = ROOT.format(around).encode().split(b"{}")
        alike(before + inner + after)
        alike(before + after + inner)
        alike(inner + before + after)


def test_damaged_messages_are_not_plain_or_read_alike() -> None:
    random = Random(20)
    plain = 0
    for _ in range(1_500):
        text = bytearray(random.choice(BODIES))
        for _ in range(random.choice((1, 1, 2, 4))):
            at = random.choice([at for at, octet in enumerate(text) if octet in b'<>"= '])
            at += random.randrange(2)
            if random.random() < 0.7:
                inserted = random.choice(DAMAGES[:-1]).encode("utf-8", "surrogatepass")
                text[at:at] = inserted
            else:
                del text[at : at + random.randrange(1, 30)]
        plain += alike(bytes(text))
    assert plain > 50


@pytest.mark.parametrize(
    ("inner", "tree"),
    [
        ("<a>1</a><b/><a> </a><a><c>é</c></a>", {"a": ["1", " ", {"c": "é"}], "b": ""}),
        ('<a xlink:type="t"><b>2</b></a>', {"a": {"type": "t", "b": "2"}}),
        ('<a xmlns="urn:b">x</a><type>u</type>', {"type": ["extended", "u"], "a": "x"}),
    ],
)
def test_elements_and_the_one_attribute_are_keys(inner: str, tree: dict[str, object]) -> None:
    assert plain_tree(ROOT.format(inner).encode()) == {"type": "extended"} | tree


@pytest.mark.parametrize(
    "body",
    [
        b"<a/>",
        b"<a>x</a>",
        b'<a xlink:type="t"><b/></a>',
        b'<a><b xlink:type="t"><c/></b></a>',  # bound nowhere
        ROOT.format("<b>").encode(),
        ROOT.format("</b>").encode(),
        ROOT.format("</edxlDistribution>").encode(),
        ROOT.format("<b/>").encode() * 2,
        ROOT.format("<b><c></b></c>").encode(),
        ROOT.format("<b/>").encode("utf-16"),
        ROOT.format("<b/>").encode() + b"x",
        ROOT.format("<b>\xe9</b>").encode("latin-1"),
        b"<?xml version='1.1'?>" + ROOT.format("<b/>").encode(),
        b"",
    ],
)
def test_what_is_beyond_doubt_in_no_way_is_left_to_the_parser(body: bytes) -> None:
    assert plain_tree(body) is None
