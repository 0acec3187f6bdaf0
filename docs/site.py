"""Hook of mkdocs: pages made from the code, and those that stand outside this folder.

Links that lead out of the documentation become plain text: the sources are read in a checkout.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))  # mkdocs loads this file by its path alone
from languages import PAGES as MADE_FROM_EXAMPLES
from languages import PLACES
from reference import PAGES, routing_schemas

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
OUTSIDE = {
    "README.md": "index.md",
    "README.fr.md": "index.fr.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "certs/README.md": "certificates.md",
    "examples/README.md": "examples.md",
    "examples/containers/testcontainers.md": "testcontainers.md",
}
"""Pages of the repository, and where they stand on the site."""
_LINK = r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)]*)?\)"
_CODE = r"```.*?```|`[^`\n]*`"
_LINK_OR_CODE = re.compile(f"{_LINK}|{_CODE}", re.DOTALL)
"""What begins first has what is in it: the label of a link may be code, code may look like one."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is not in the folder of the documentation."""
    for source, page in OUTSIDE.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=_relinked(text, source, page)))
    files.append(File.generated(config, "reference/commands.md", content="\n".join(_commands())))
    files.append(File.generated(config, "reference/api.md", content="\n".join(_api())))
    for name, schema in routing_schemas():
        content = json.dumps(schema, indent=2, ensure_ascii=False)
        files.append(File.generated(config, f"reference/{name}", content=content))
    for page, lines in {**PAGES, **MADE_FROM_EXAMPLES}.items():
        files.append(File.generated(config, page, content="\n".join(lines())))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Have the links of the folder's own pages lead to pages."""
    source = page.file.src_uri
    if page.file.generated_by is not None:
        return markdown
    return _relinked(markdown, f"docs/{source}", source)


def _relinked(text: str, source: str, page: str) -> str:
    """The text of `source`, a path in the repository, with the links that it needs as `page`."""

    def changed(link: re.Match[str]) -> str:
        image, label, target, anchor = link[1], link[2], link[3], link[4] or ""
        if target is None:  # code
            return link[0]
        if "://" in target or target.startswith("mailto:"):
            return link[0]
        place = normpath(str(PurePosixPath(source).parent / target))
        if place in OUTSIDE or place in PLACES:
            place = OUTSIDE.get(place) or PLACES[place]
        elif place.startswith("docs/") and (ROOT / place).is_file():
            place = place.removeprefix("docs/")
        else:
            return label
        return f"{image}[{label}]({relpath(place, PurePosixPath(page).parent)}{anchor})"

    return _LINK_OR_CODE.sub(changed, text)


def _commands() -> Iterator[str]:
    """The help of every command."""
    from hubemu.cli.app import APP

    yield "# Commands\n"
    yield "Made from the help of the commands; exit codes have [their page](../exit-codes.md).\n"
    yield from _help(APP, ["hubemu"])


def _help(command: click.Command, path: list[str]) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(path), max_content_width=100)
    yield f"{'#' * min(len(path) + 1, 4)} {' '.join(path)}\n"
    yield f"```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _help(inner, [*path, name])


def _api() -> Iterator[str]:
    """Every operation of the control API."""
    from hubemu.control.operations import document
    from hubemu.control.routes import ENDPOINTS
    from hubemu.control.schemas import SCHEMAS

    described = document(((one.method, one.path, one.operation) for one in ENDPOINTS), SCHEMAS)
    yield "# HTTP API\n"
    yield "Made from the description that a Hub serves at `/api/v1/openapi.json`.\n"
    yield "| method and path | what | parameters | answers |"
    yield "|---|---|---|---|"
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield _row(method, path, operation)


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = ", ".join(f"`{one['name']}`" for one in operation.get("parameters", ()))
    answers = ", ".join(operation["responses"])
    summary = operation["summary"].replace("|", "\\|")
    return f"| `{method.upper()} {path}` | {summary} | {parameters} | {answers} |"
