"""The knowledge is complete in both languages; the pages of the documentation are made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubemu.explain.knowledge import (
    LANGUAGES,
    STACKS,
    KnownTrouble,
    Language,
    all_entries,
    entry,
    read,
)
from hubemu.explain.page import PAGES, page
from hubemu.explain.reading import codes_in

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_HUB = (100, 101, 102, 200, 300, 301, 400, 500, 501, 600, 700, 701, 702, 703, 704)
_AMQP = (
    200,
    311,
    312,
    313,
    320,
    402,
    403,
    404,
    405,
    406,
    501,
    502,
    503,
    504,
    505,
    506,
    530,
    540,
    541,
)
EXPECTED = (
    *(f"S{number}" for number in range(1, 19)),
    *(f"C{number}" for number in range(1, 21)),
    *(f"F{number}" for number in range(1, 13)),
    *(f"P{number}" for number in range(1, 16)),
    *(f"hub:{number}" for number in _HUB),
    *(f"schema:{key}" for key in read("schema")),
    *(f"amqp:{number}" for number in _AMQP),
)


def test_every_code_is_known() -> None:
    assert [one.id for one in all_entries()] == list(EXPECTED)


@pytest.mark.parametrize("known", list(all_entries()), ids=lambda one: one.id)
def test_an_entry_is_complete_in_both_languages(known: KnownTrouble) -> None:
    for part in ("title", "why", "check", "mend"):
        english, french = known.text(part, "en"), known.text(part, "fr")
        assert english.strip()
        assert french.strip()
        assert english != french or part in ("check", "mend")  # a command line is the same
    assert known.source
    assert not known.recipe or known.recipe in read("recipes")
    assert set(known.prints) <= set(STACKS)


@pytest.mark.parametrize("name", list(read("recipes")))
def test_a_recipe_is_used_and_for_known_stacks(name: str) -> None:
    assert any(one.recipe == name for one in all_entries())
    assert set(read("recipes")[name]) <= set(STACKS)


def test_every_text_row_leads_to_known_codes() -> None:
    for row in read("texts")["rows"]:
        assert row["sure"] in (1, 2, 3)
        for id_ in row["codes"]:
            assert entry(id_) is not None, id_


@pytest.mark.parametrize("known", [one for one in all_entries() if one.id[0] in "SCF"],
                         ids=lambda one: one.id)  # fmt: skip
def test_what_an_entry_says_is_printed_leads_back_to_it(known: KnownTrouble) -> None:
    for stack, text in known.prints.items():
        if not text.startswith("("):
            assert known.id in codes_in(text), (stack, text, codes_in(text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_the_documentation_is_up_to_date(language: Language) -> None:
    written = (_DOCS / PAGES[language]).read_text(encoding="utf-8")
    assert written == page(language), "run: python -m hubemu.explain.page"
