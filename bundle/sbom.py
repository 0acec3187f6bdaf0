"""The bill of materials of an environment: CycloneDX 1.6 in JSON, from what is installed there.

    python bundle/sbom.py [SITE_PACKAGES|WHEEL]... > sbom.cdx.json

No network, no time stamp, no random number: the same environment gives the same document.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distributions
from typing import Any

from packages import licence_of, normalized, required_by

ROOT = "hubemu"


def main() -> int:
    """Print the document."""
    print(as_text(bill(sys.argv[1:] or [sysconfig.get_paths()["purelib"]])), end="")
    return 0


def as_text(document: dict[str, Any]) -> str:
    """The document as it is kept."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def bill(places: Sequence[str]) -> dict[str, Any]:
    """The document of what hubemu needs, from folders of packages or from wheels."""
    installed = {normalized(one.name): one for one in distributions(path=list(places))}
    wanted = sorted(required_by(ROOT, installed) - {ROOT})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**_component(installed[ROOT]), "type": "application"}},
        "components": [_component(installed[name]) for name in wanted],
        "dependencies": list(_dependencies(installed, [ROOT, *wanted])),
    }


def _component(of: Distribution) -> dict[str, Any]:
    reference = _reference(of)
    told = {"type": "library", "name": of.name, "version": of.version}
    licence = licence_of(of)
    return {
        **told,
        "bom-ref": reference,
        "purl": reference,
        "licenses": [{"expression": licence}] if licence else [],
    }


def _reference(of: Distribution) -> str:
    return f"pkg:pypi/{normalized(of.name)}@{of.version}"


def _dependencies(installed: dict[str, Distribution], names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        needs = sorted(required_by(name, installed, deep=False) - {name})
        yield {
            "ref": _reference(installed[name]),
            "dependsOn": [_reference(installed[one]) for one in needs],
        }


if __name__ == "__main__":
    sys.exit(main())
