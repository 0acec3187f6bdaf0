"""One word for one thing: what a class is called says which it is, wherever it is met."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "hubemu"
SAID_TWICE = {
    "Clock": "the Hub's; a step of scenarios, called by its key; what `hubemu.testing` gives",
    "Hub": "the Hub; what `hubemu.testing` gives",
    "Journal": "the Hub's; what `hubemu.testing` gives",
    "Client": "of the routing table; what `hubemu.testing` gives",
    "Message": "of the broker, in AMQP's word; of scenarios, called by its key",
    "Migration": "of certificates; of scenarios, called by its key",
}
"""Names that users write, in programs or files, or AMQP's own."""
SILENT = {
    *("asked", "choice", "given", "glance", "hot", "inside", "known", "lane", "mark", "material"),
    *("memory", "noticed", "shown", "trouble", "whole", "work", "utils", "helpers", "manager"),
}
"""Words that say nothing of what is in a module."""


def public_classes() -> dict[str, set[str]]:
    """The files that define each public class of hubemu."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].add(_place(file))
    return found


def _place(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def test_no_class_is_called_like_another_but_where_users_or_amqp_say_so() -> None:
    shared = {name: sorted(files) for name, files in public_classes().items() if len(files) > 1}
    assert shared.keys() == SAID_TWICE.keys(), shared


def test_modules_are_called_by_what_is_in_them() -> None:
    assert [_place(file) for file in PACKAGE.rglob("*.py") if file.stem in SILENT] == []
