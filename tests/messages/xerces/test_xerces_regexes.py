"""Patterns of XSD: what they match, and that none takes more than one look at each character."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.messages.xerces.blocks import BLOCKS
from hubemu.messages.xerces.regexes import Regex
from hubemu.messages.xerces.unread import Unread
from tests.support.xerces import XercesOracle


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        (r"[\w-]+", ["é-9", "a"], ["a_b", "", "a b"]),
        (r"\d{2,3}", ["12", "123", "٣٣"], ["1", "1234", "1a"]),
        (r"^a$", ["^a$"], ["a"]),
        (r"a.c", ["abc", "a c"], ["a\nc", "ac"]),
        (r"(a|bc)*d?", ["", "abcad", "d"], ["b", "dd"]),
        (r"[a-z-[aeiou]]+", ["xyz"], ["xaz"]),
        (r"[^: \n\r\t]+", ["kg", "m/s"], ["a b", "a:b"]),
        (r"\p{Lu}\P{Lu}", ["Éa", "A1"], ["aa", "AA"]),
        (r"\i\c*", ["_a:b", "a-1"], ["1a", ""]),
        (r"a{2}b{0}c{1,}", ["aac", "aacc"], ["aabc", "aa"]),
        (r"(a?b?){2,3}", ["", "ab", "ababab"], ["abababab", "c"]),
        (r"[\-+.\]]", ["-", "+", ".", "]"], ["a", "\\"]),
        (r"\s\S", [" x"], ["x "]),
        (r"\p{IsGreek}[\P{IsBasicLatin}-[é]]", ["ωβ", "ωè"], ["aβ", "ωb", "ωé"]),
        (r"\p{IsPrivateUse}+", ["\ue000\U00100000"], ["\uf900"]),
    ],
)
def test_a_pattern_matches_whole_texts(
    pattern: str, matching: list[str], others: list[str]
) -> None:
    regex = Regex(pattern)
    assert [text for text in matching if not regex.matches(text)] == []
    assert [text for text in others if regex.matches(text)] == []


def test_blocks_of_characters_are_those_of_the_jdk(xerces: XercesOracle, tmp_path: Path) -> None:
    declared = "".join(
        f'<xs:element name="{name}"><xs:simpleType><xs:restriction base="xs:string">'
        f'<xs:pattern value="\\p{{Is{name}}}"/></xs:restriction></xs:simpleType></xs:element>'
        for name in BLOCKS
    )
    file = tmp_path / "blocks.xsd"
    file.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r">'
        f'<xs:complexType><xs:choice maxOccurs="unbounded">{declared}</xs:choice>'
        "</xs:complexType></xs:element></xs:schema>"
    )
    for name, ranges in BLOCKS.items():
        ends = [end + step for pair in ranges for end in pair for step in (-1, 0, 1)]
        told = [end for end in sorted({*ends, 0x41}) if _is_written(end)]
        body = "".join(f"<{name}>&#{end};</{name}>" for end in told)
        matches = Regex(f"\\p{{Is{name}}}").matches
        expected = sum(not matches(chr(end)) for end in told)
        assert len(xerces.ask(file, f"<r>{body}</r>".encode())) == 2 * expected, name


def _is_written(code: int) -> bool:
    """Whether XML may hold a character."""
    return 0x20 <= code <= 0x10FFFF and not 0xD800 <= code < 0xE000 and code not in (0xFFFE, 0xFFFF)


_ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", "."])
_PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{0,2}", "{2,}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@given(_PATTERNS, st.text("abc", max_size=8))
def test_python_s_own_expressions_agree(pattern: str, text: str) -> None:
    assert Regex(pattern).matches(text) == (re.fullmatch(pattern, text) is not None)


def test_a_pattern_that_others_try_for_ever_takes_one_look_at_each_character() -> None:
    regex = Regex(r"([\w-]+\.?){4,10}")
    began = time.process_time()
    assert not regex.matches("a" * 200_000 + "!")
    assert regex.matches("a.b" + "c" * 200_000)
    assert time.process_time() - began < 5, "seconds for what takes tenths"


@pytest.mark.parametrize(
    "pattern", ["(a", "a{1", "[a", "a{x}", r"\q", r"\p{IsNope}", "(a{1000}){1000}", "a)"]
)
def test_what_is_no_pattern_or_too_large_is_not_read(pattern: str) -> None:
    with pytest.raises(Unread):
        Regex(pattern)
