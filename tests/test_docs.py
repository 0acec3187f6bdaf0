"""The documentation says what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from hubemu.cli.app import APP
from tests.conftest import REPOSITORY

_NAMED = re.compile(r"[\"'](HUBEMU_[A-Z_]+|NUXT_PUBLIC_BACKEND_LRM_SERVER)[\"']")


def test_every_variable_that_is_read_or_set_has_its_page() -> None:
    page = (REPOSITORY / "docs/exit-codes.md").read_text()
    for file in (REPOSITORY / "hubemu").rglob("*.py"):
        for name in _NAMED.findall(file.read_text()):
            assert name in page, f"{name} ({file.name}) is not in docs/exit-codes.md"


def test_the_manual_page_has_every_command_and_variable() -> None:
    """If this fails: python docs/manpage.py > docs/hubemu.1"""
    page = (REPOSITORY / "docs/hubemu.1").read_text().replace(r"\-", "-")
    for words in _commands(APP, []):
        assert f".TP\n.B {words}\n" in page, words
    for row in re.findall(r"^\| (`[A-Z_`, ]+`|\d+) \| ", _exit_codes(), re.MULTILINE):
        assert f".B {row.replace('`', '')}\n" in page, row


def _exit_codes() -> str:
    return (REPOSITORY / "docs/exit-codes.md").read_text()


def _commands(group: click.Group, path: list[str]) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, [*path, name])
        else:
            yield " ".join([*path, name])


def test_every_page_of_the_documentation_is_on_the_site() -> None:
    """`mkdocs --strict` checks the links; the hook must name what stands outside the folder."""
    hook = (REPOSITORY / "docs/site.py").read_text()
    for name in re.findall(r'^    "([^"]+\.md)":', hook, re.MULTILINE):
        assert (REPOSITORY / name).is_file(), name
