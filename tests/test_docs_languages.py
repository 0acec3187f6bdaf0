"""The pages of the site that are made from examples/: every language, every file, both tongues."""

from __future__ import annotations

import re

import pytest
import yaml

from docs import languages
from tests.conftest import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
CODE = re.compile(r"```[a-z]*\n(.*?)\n```", re.DOTALL)


def page(path: str) -> str:
    return "\n".join(languages.PAGES[path]())


@pytest.mark.parametrize("language", languages.LANGUAGES, ids=lambda one: one.slug)
def test_a_language_has_its_page_in_english_and_french(language: languages.Language) -> None:
    english, french = (page(f"languages/{language.slug}{end}.md") for end in ("", ".fr"))
    blocks = CODE.findall(english)
    assert CODE.findall(french) == blocks
    files = [language.program, *language.kits]
    for file in files:
        assert (EXAMPLES / file).read_text("utf-8").rstrip() in blocks
    # One starts the Hub, two run the program: with these and the files a user has it all.
    assert len(blocks) == 3 + len(files)
    assert blocks[0] == "hubemu up --detach"
    assert blocks[-1 - len(language.kits)].endswith("fr.health.samuA message.json")
    assert english.count("\n## ") == french.count("\n## ") == 5


def test_every_program_of_the_examples_is_on_a_page() -> None:
    shown = {path.removeprefix("examples/") for path in languages.PLACES}
    kinds = {".c", ".cs", ".go", ".java", ".js", ".php", ".py", ".rb"}
    there = {str(one.relative_to(EXAMPLES)) for one in EXAMPLES.rglob("*") if one.suffix in kinds}
    assert there <= shown
    recipes = {f"ci/{one.name}" for one in (EXAMPLES / "ci").iterdir()}
    assert recipes == languages.RECIPES.keys()


def test_the_order_of_the_site_has_every_page_that_is_made_from_the_examples() -> None:
    ordered = (REPOSITORY / "mkdocs.yml").read_text()
    pages = str(yaml.safe_load(ordered)["nav"])
    for path in languages.PAGES:
        assert f"'{path}'" in pages, path
