"""What packages say of themselves: whom they need, and their licence as an SPDX expression."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution

from packaging.requirements import Requirement

__all__ = ["licence_of", "needed_for", "normalized", "required_by"]

_CLASSIFIERS: Mapping[str, str] = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_TEXTS: Mapping[str, str] = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "MIT License": "MIT",
}
_EXPRESSION = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def normalized(name: str) -> str:
    """The name of a package as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required_by(root: str, installed: Mapping[str, Distribution], *, deep: bool = True) -> set[str]:
    """A package and those it needs without an extra, as far as they are installed."""
    return _closed([root], installed, deep=deep)


def needed_for(
    root: str, extras: Sequence[str], installed: Mapping[str, Distribution]
) -> dict[str, str]:
    """What each package but the root is for: `hubemu` itself or an extra such as `hubemu[otel]`."""
    uses = dict.fromkeys(required_by(root, installed) - {root}, root)
    for extra in extras:
        for name in _closed(_named(installed[root], extra), installed):
            uses.setdefault(name, f"{root}[{extra}]")
    return uses


def _closed(
    roots: Sequence[str], installed: Mapping[str, Distribution], *, deep: bool = True
) -> set[str]:
    found: set[str] = set()
    left = list(roots)
    while left:
        name = left.pop()
        if name in found or name not in installed:
            continue
        found.add(name)
        if deep or name in roots:
            left += _named(installed[name])
    return found


def _named(of: Distribution, extra: str = "") -> list[str]:
    """What a package requires on this machine, or what an extra of it requires besides."""
    requirements = [Requirement(line) for line in of.requires or ()]
    return [
        normalized(one.name)
        for one in requirements
        if _holds(one, extra) and not (extra and _holds(one, ""))
    ]


def _holds(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def licence_of(of: Distribution) -> str | None:
    """The licence by the metadata of a package; `None` if it says none that is known."""
    told = of.metadata.json
    if expression := told.get("license_expression"):
        return str(expression)
    for classifier in told.get("classifier", ()):
        name = classifier.rpartition(" :: ")[2]
        if classifier.startswith("License :: ") and name in _CLASSIFIERS:
            return _CLASSIFIERS[name]
    text = str(told.get("license", "")).strip()
    if text in _TEXTS:
        return _TEXTS[text]
    return text if len(text) < 40 and _EXPRESSION.fullmatch(text) else None


if __name__ == "__main__":
    sys.exit("a part of sbom.py and licences.py")
