"""docs/fidelity.md names tests that exist, and every quirk."""

from __future__ import annotations

import re

import pytest

from hubemu.settings import QUIRKS
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "fidelity.md").read_text("utf-8")


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`([\w/]+\.py::\w+)`", PAGE))))
def test_a_test_that_is_named_exists(named: str) -> None:
    file, function = named.split("::")
    assert f"def {function}(" in (REPOSITORY / "tests" / file).read_text("utf-8")


def test_every_quirk_has_its_line() -> None:
    listed = set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE))
    assert set(QUIRKS) == listed
