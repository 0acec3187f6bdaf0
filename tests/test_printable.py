"""Text of clients on a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubemu.printable import printable


def test_what_a_terminal_would_obey_or_hide_is_escaped() -> None:
    assert printable("a\nb\x1b[31m\x9b\u202e\ufeffé") == r"a\x0ab\x1b[31m\x9b\u202e\ufeffé"
    assert printable(b"\xff".decode("utf-8", "surrogateescape")) == r"\xff"
    assert printable("Santé 日本") == "Santé 日本"


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_the_result_is_one_line_of_utf_8(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert len(shown.splitlines()) <= 1
