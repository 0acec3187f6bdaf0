"""XML refusals against the JDK's own validator: damaged messages of official releases, counted.

    python benchmarks/xml_refusals.py FOLDER... [--seed TEXT] [--count N] [--java COMMAND]

Each FOLDER is a release of the official library (with `json-schema/` and `xsd/`). For each, N
messages are damaged, held against the three schemas by both, and compared text by text; where the
verdict of libxml2 is another than the JDK's is counted apart. Prints the processor time that the
explanation takes for 4 KB, its schemas read. Exits 1 if a text differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from hubemu.messages.releases.reading import read_folder
from hubemu.messages.schemas.layout import BARE_XSD, FULL_XSD
from hubemu.messages.text.xml_parsing import parse_xml
from hubemu.messages.xml.schemas import XmlSchemas
from tests.support.xerces import SCHEMAS, XercesOracle, originals
from tests.support.xml_damages import damages

_KB = 1024
_SHOWN = 3


def main() -> int:
    """Compare, print, and tell whether all was equal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=3_000)
    parser.add_argument("--java", default="java")
    options = parser.parse_args()
    with XercesOracle(options.java) as oracle:
        counted = [
            _compare(folder, oracle, options.seed, options.count) for folder in options.folders
        ]
    return 1 if any(counts["texts that differ"] for counts in counted) else 0


def _compare(folder: Path, oracle: XercesOracle, seed: str, count: int) -> Counter[str]:
    files = read_folder(folder, folder.name)
    schemas = XmlSchemas(files.xsds)
    counts: Counter[str] = Counter()
    seconds, size = 0.0, 0
    for number, body in enumerate(damages(originals(files), f"{seed} {folder.name}", count)):
        root = parse_xml(body)
        told = {}
        for name in SCHEMAS:
            began = time.process_time()
            told[name] = schemas.explanation(name, root)
            seconds += time.process_time() - began
            size += len(body)
            expected = oracle.ask(folder / "xsd" / name, body)
            kind = "texts that differ" if told[name] != expected else "equal texts"
            counts[kind if expected or told[name] else "valid for both"] += 1
            if told[name] != expected and counts[kind] <= _SHOWN:
                print(f"  {number} {name}:\n    ours {told[name]}\n    JDK  {expected}")
        refused = schemas.refusal(root, len(body)) is not None
        agree = refused == (bool(told[FULL_XSD]) and bool(told[BARE_XSD]))
        counts["verdicts that agree" if agree else "verdicts that differ"] += 1
    average = seconds * 1_000 / size * 4 * _KB
    print(f"{folder.name}: {count} messages, {dict(counts)}, {average:.2f} ms for 4 KB and schema")
    return counts


if __name__ == "__main__":
    sys.exit(main())
