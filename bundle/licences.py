"""The page of the licences of what hubemu stands on, from what is installed here.

    python bundle/licences.py > docs/licences.md

Run it where the extras are installed (`make test` does that).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions

from packages import licence_of, needed_for, normalized

EXTRAS = ("docker", "otel", "pytest")
HEAD = """\
# Licences

hubemu is under the [Apache License 2.0](https://www.apache.org/licenses/LICENSE-2.0). It stands
on these packages, each under its own licence, as its metadata says; none of them is changed. Made
by `python bundle/licences.py`, checked by our tests. The image and the bundle hold a bill of
materials (CycloneDX) with the versions in them.

The page at `/` has lit-html in it (BSD-3-Clause).

| package | licence | for |
|---|---|---|"""


def main() -> int:
    """Print the page."""
    installed = {normalized(one.name): one for one in distributions()}
    print(HEAD)
    print("\n".join(rows(installed)))
    return 0


def rows(installed: dict[str, Distribution]) -> Iterator[str]:
    """A row for each package but hubemu itself."""
    for name, use in sorted(needed_for("hubemu", EXTRAS, installed).items()):
        licence = licence_of(installed[name]) or "see its metadata"
        yield f"| {name} | {licence} | {use} |"


if __name__ == "__main__":
    sys.exit(main())
