"""The JDK's validator, one process for all tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.support.xerces import XercesOracle


@pytest.fixture(scope="session")
def xerces() -> Iterator[XercesOracle]:
    """The oracle; skips where no JDK is."""
    if shutil.which("java") is None or shutil.which("javac") is None:
        pytest.skip("needs a JDK: its own validator says what is right")
    with XercesOracle() as oracle:
        yield oracle
