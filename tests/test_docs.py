"""The documentation says what the code does."""

from __future__ import annotations

import re

from tests.conftest import REPOSITORY

_NAMED = re.compile(r"[\"'](HUBEMU_[A-Z_]+|NUXT_PUBLIC_BACKEND_LRM_SERVER)[\"']")


def test_every_variable_that_is_read_or_set_has_its_page() -> None:
    page = (REPOSITORY / "docs/exit-codes.md").read_text()
    for file in (REPOSITORY / "hubemu").rglob("*.py"):
        for name in _NAMED.findall(file.read_text()):
            assert name in page, f"{name} ({file.name}) is not in docs/exit-codes.md"


def test_every_page_of_the_documentation_is_on_the_site() -> None:
    """`mkdocs --strict` checks the links; the hook must name what stands outside the folder."""
    hook = (REPOSITORY / "docs/site.py").read_text()
    for name in re.findall(r'^    "([^"]+\.md)":', hook, re.MULTILINE):
        assert (REPOSITORY / name).is_file(), name
