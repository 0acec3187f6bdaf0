"""Pages of the site made from examples/: five minutes in a language, and the recipes of CI.

What a language needs and how its program is run stands in the table of examples/README.md, what to
mind in that of docs/how-to.md: the pages read both, so they cannot say something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
_CODE = re.compile(r"`([^`]+)`")
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Language:
    """A language with an example.

    Attributes:
        name: as both tables call it.
        slug: of its page.
        fence: what the highlighter calls it.
        program: file below examples/.
        kits: further files of its page, and what each is.
    """

    name: str
    slug: str
    fence: str
    program: str
    kits: Mapping[str, str]


LANGUAGES = (
    Language("Java", "java", "java", "java/Client.java", {
        "java/application.yaml": "Spring AMQP",
        "java/junit5/HubExtension.java": "JUnit 5",
        "java/junit5/ExchangeTest.java": "",
    }),
    Language("C#", "csharp", "csharp", "csharp/Program.cs", {}),
    Language("Node", "node", "js", "node/client.js", {
        "node/vitest/hub.js": "Vitest",
        "node/vitest/hub.setup.js": "",
        "node/vitest/vitest.config.js": "",
        "node/vitest/exchange.test.js": "",
    }),
    Language("Python", "python", "python", "python/client.py", {}),
    Language("Ruby", "ruby", "ruby", "ruby/client.rb", {}),
    Language("Go", "go", "go", "go/client.go", {}),
    Language("PHP", "php", "php", "php/client.php", {}),
    Language("C", "c", "c", "c/client.c", {}),
)  # fmt: skip
_FENCES = {".yml": "yaml", ".yaml": "yaml", ".java": "java", ".js": "js", "": "groovy"}

_ENGLISH: Words = {
    "title": "Five minutes in {}",
    "about": "A client of the Hub, complete: mutual TLS with the certificate as login, a "
    "publication with its "
    "confirm, the three queues with acknowledgement, and the way back after a connection is lost.",
    "hub": "## 1. A Hub",
    "hub text": "In a folder of yours, with the command `hubemu` installed ([how](../index.md)):",
    "program": "## 2. The program",
    "needs": "It needs {}. Save it as `{}`:",
    "run": "## 3. Run it",
    "listen": "In one terminal samuB listens:",
    "send": "In another one, in the same folder, samuA writes to it:",
    "seen": "samuA prints `confirmed message.json`, samuB the message: in XML, which it prefers. "
    "What the Hub refuses comes "
    "back to samuA as a line that begins with `info`. `hubemu logs` and the page at "
    "<http://127.0.0.1:8671/> show both sides. "
    "`hubemu down` stops the Hub.",
    "mind": "## 4. What to mind",
    "key": "key",
    "trust": "trust",
    "tests": "## In your tests",
    "any": "Whatever runs your tests, `hubemu run -- CMD` gives it a Hub of its own: [continuous "
    "integration]"
    "(../continuous-integration.md). In a container: [Testcontainers](../testcontainers.md).",
    "pytest": "With pytest and from Python: [fixtures and "
    "`hubemu.testing`](../scenarios.md#from-python-and-pytest).",
    "other": "[En français]({})",
}  # fmt: skip
_FRENCH: Words = {
    "title": "Cinq minutes en {}",
    "about": "Un client du Hub, complet : TLS mutuel avec connexion par certificat, une "
    "publication avec sa confirmation, les "
    "trois files avec acquittement, et le retour après une connexion perdue.",
    "hub": "## 1. Un Hub",
    "hub text": "Dans un dossier à vous, la commande `hubemu` étant installée "
    "([comment](../index.fr.md)) :",
    "program": "## 2. Le programme",
    "needs": "Il lui faut {}. Enregistrez-le dans `{}` :",
    "run": "## 3. Le lancer",
    "listen": "Dans un terminal, samuB écoute :",
    "send": "Dans un autre, dans le même dossier, samuA lui écrit :",
    "seen": "samuA affiche `confirmed message.json`, samuB le message : en XML, qu'il préfère. Ce "
    "que le Hub refuse revient à "
    "samuA, sur une ligne qui commence par `info`. `hubemu logs` et la page "
    "<http://127.0.0.1:8671/> montrent les deux côtés. "
    "`hubemu down` arrête le Hub.",
    "mind": "## 4. À savoir (en anglais)",
    "key": "clé",
    "trust": "confiance",
    "tests": "## Dans vos tests",
    "any": "Quel que soit ce qui lance vos tests, `hubemu run -- CMD` lui donne un Hub à lui : "
    "[intégration continue]"
    "(../continuous-integration.md). En conteneur : [Testcontainers](../testcontainers.md).",
    "pytest": "Avec pytest et depuis Python : [fixtures et "
    "`hubemu.testing`](../premier-scenario.md#depuis-python-et-pytest).",
    "other": "[In English]({})",
}  # fmt: skip

RECIPES = {
    "ci/github.yml": "GitHub Actions",
    "ci/gitlab.yml": "GitLab CI",
    "ci/Jenkinsfile": "Jenkins",
}


def five_minutes(language: Language, words: Words, other: str) -> Iterator[str]:
    """The page of a language; `other` is the same page in the other tongue."""
    needs, run = row(ROOT / "examples/README.md", language.name)[1:3]
    build, command = _commands(run)
    file = Path(language.program).name
    yield f"# {words['title'].format(language.name)}\n"
    yield f"{words['other'].format(other)}\n"
    yield f"{words['about']}\n"
    yield f"{words['hub']}\n\n{words['hub text']}\n"
    yield _block("sh", "hubemu up --detach")
    yield f"{words['program']}\n\n{words['needs'].format(needs, file)}\n"
    yield _source(language.program, language.fence)
    yield f"{words['run']}\n"
    yield f"{words['listen']}\n"
    yield _block("sh", *build, _environment("samuB"), f"{command} fr.health.samuB")
    yield f"{words['send']}\n"
    yield _block(
        "sh",
        _environment("samuA"),
        "hubemu models example RS-EDA --vhost 15-15_v2.0 > message.json",
        f"{command} fr.health.samuA message.json",
    )
    yield f"{words['seen']}\n"
    key, trust, mind = row(ROOT / "docs/how-to.md", language.name)[1:4]
    yield f"{words['mind']}\n"
    yield f"- {words['key']}: {key}\n- {words['trust']}: {trust}\n- {mind}\n"
    yield f"{words['tests']}\n\n{words['any']}\n"
    if language.name == "Python":
        yield f"{words['pytest']}\n"
    for kit, title in language.kits.items():
        if title:
            yield f"### {title}\n"
        yield f"`{Path(kit).name}`\n"
        yield _source(kit, _FENCES[Path(kit).suffix])


def continuous_integration() -> Iterator[str]:
    """The recipes, each whole."""
    yield "# Continuous integration\n"
    yield (
        "`hubemu run -- CMD` starts a Hub on free ports for one command, with the environment that "
        "clients read, and ends with the command's exit code: "
        "[how it behaves](how-to.md#run-it-in-continuous-integration). These recipes are whole.\n"
    )
    for file, title in RECIPES.items():
        yield f"## {title}\n"
        yield _source(file, _FENCES[Path(file).suffix])


def row(page: Path, name: str) -> list[str]:
    """The cells of the row of a language in the table of a page; links give their labels.

    Raises:
        LookupError: it has none.
    """
    for line in page.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        cells[0] = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", cells[0]).partition(" (")[0].strip()
        if line.startswith("| ") and cells[0] == name and len(cells) > 2:
            return cells
    raise LookupError(f"{page}: no row for {name}")


def _commands(cell: str) -> tuple[list[str], str]:
    """How a program is built, and how it is run up to its client id."""
    *build, run = _CODE.findall(cell)[0].split(" && ")
    return build, run.removesuffix(" ID")


def _environment(client: str) -> str:
    return f'eval "$(hubemu env --client fr.health.{client} --vhost 15-15_v2.0 --format shell)"'


def _source(file: str, fence: str) -> str:
    return _block(fence, (EXAMPLES / file).read_text("utf-8").rstrip())


def _block(fence: str, *lines: str) -> str:
    text = "\n".join(lines)
    return f"```{fence}\n{text}\n```\n"


def _page(language: Language, french: bool) -> Iterator[str]:
    other = f"{language.slug}.md" if french else f"{language.slug}.fr.md"
    return five_minutes(language, _FRENCH if french else _ENGLISH, other)


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    **{f"languages/{one.slug}.md": partial(_page, one, False) for one in LANGUAGES},
    **{f"languages/{one.slug}.fr.md": partial(_page, one, True) for one in LANGUAGES},
    "continuous-integration.md": continuous_integration,
}
"""Page of the site to what makes it."""

PLACES: Mapping[str, str] = {
    **{f"examples/{one.program}": f"languages/{one.slug}.md" for one in LANGUAGES},
    **{f"examples/{kit}": f"languages/{one.slug}.md" for one in LANGUAGES for kit in one.kits},
    **{f"examples/{file}": "continuous-integration.md" for file in RECIPES},
    "examples": "examples.md",
}
"""Path in the repository to the page that shows it."""
