"""Everything that an installation without a way to the outside needs, in one archive.

    make bundle                        (or: python bundle/make_bundle.py --out dist)

The archive has the wheels of hubemu and of all it needs (for this Python and this kind of machine),
those of its tests and of what builds it, the Node packages of its tests if npm is here, its
sources, an installer, a script that runs the whole test suite, a bill of materials (CycloneDX), the
image if docker is here and has it, and SHA256SUMS.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from zipfile import ZipFile

from sbom import as_text, bill

ROOT = Path(__file__).resolve().parent.parent
IMAGE = "hubemu:latest"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
INSTALL = """\
#!/bin/sh
# Installs hubemu from this folder alone: sh install.sh [FOLDER], default ./hubemu-venv.
# Needs Python {python}; EXTRAS='[test]' brings what the tests of hubemu need.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
where=${{1:-./hubemu-venv}}
( cd "$here" && if command -v sha256sum >/dev/null; then sha256sum --quiet -c SHA256SUMS
  else shasum -a 256 --quiet -c SHA256SUMS; fi )
"${{PYTHON:-python3}}" -m venv "$where"
"$where/bin/python" -m pip install --quiet --disable-pip-version-check \\
  --no-index --find-links "$here/wheels" "hubemu${{EXTRAS:-}}"
echo "installed: $where/bin/hubemu" >&2
"""
TEST = """\
#!/bin/sh
# The whole test suite, from this folder alone: sh test.sh [FOLDER], default ./hubemu-source.
# What the tests need beside Python (RabbitMQ, Node.js, a browser) is used if it is here; the end of
# the run says what was skipped, and why. Node's packages come from this folder too, if it has them.
# ARGS='tests/pki' runs a part of it.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
where=${1:-./hubemu-source}
mkdir -p "$where"
tar -xzf "$here"/hubemu-*.tar.gz -C "$where" --strip-components 1
if [ -f "$here/node_modules.tar.gz" ]; then
  mkdir -p "$where/build"
  where=$(CDPATH= cd -- "$where" && pwd)
  tar -xzf "$here/node_modules.tar.gz" -C "$where/build"
  export HUBEMU_NODE_MODULES="$where/build/node_modules"
fi
PIP_NO_INDEX=1 PIP_FIND_LINKS="$here/wheels" exec make -C "$where" test ARGS="${ARGS:-}"
"""
BUILDERS = ("hatchling>=1.27", "editables", "pip")
"""What builds hubemu, in an editable installation such as that of `make test` too, and the pip that
pipx wants for itself."""


def main() -> int:
    """Make the archive and print where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the archive")
    parser.add_argument("--no-image", action="store_true", help="leave the image out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "hubemu-bundle"
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        collect_wheels(wheels)
        collect_sources(folder, wheels)
        collect_node_packages(folder / "node_modules.tar.gz")
        (folder / "sbom.cdx.json").write_text(as_text(bill(sorted(map(str, wheels.glob("*.whl"))))))
        if not options.no_image:
            save_image(folder / "image.tar")
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        (folder / "install.sh").write_text(INSTALL.format(python=python))
        (folder / "test.sh").write_text(TEST)
        write_checksums(folder)
        print(archive(folder, options.out))
    return 0


def collect_wheels(folder: Path) -> None:
    """The wheels of this checkout, of what it and its tests need, and of what builds it."""
    wanted = [f"{ROOT}[test]", *BUILDERS]
    subprocess.run([*PIP, "wheel", "--quiet", "--wheel-dir", str(folder), *wanted], check=True)


def collect_sources(folder: Path, wheels: Path) -> None:
    """The source distribution of this checkout, made by the backend among the wheels."""
    with tempfile.TemporaryDirectory() as backend:
        for wheel in wheels.glob("*-py3-none-any.whl"):
            with ZipFile(wheel) as packed:
                packed.extractall(backend)
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": backend},
            stdout=subprocess.DEVNULL,
            check=True,
        )


def collect_node_packages(file: Path) -> None:
    """The Node packages that the tests use, as installed here; said where they cannot be had."""
    asked = subprocess.run(
        [sys.executable, "-m", "tests.support.nodejs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        reason = asked.stderr.strip().splitlines()[-1:] or ["no reason given"]
        print(f"the bundle has no Node packages: {reason[0]}", file=sys.stderr)
        return
    with tarfile.open(file, "w:gz") as tar:
        tar.add(asked.stdout.strip(), arcname="node_modules")


def save_image(file: Path) -> None:
    """The image, where docker is here and has it; said where not."""
    if shutil.which("docker") is None:
        print("no docker here: the bundle has no image", file=sys.stderr)
        return
    saved = subprocess.run(
        ["docker", "save", "--output", str(file), IMAGE],
        capture_output=True,
        text=True,
        check=False,
    )
    if saved.returncode:
        file.unlink(missing_ok=True)
        reason = saved.stderr.strip().splitlines()[-1:] or ["no reason given"]
        print(f"the bundle has no image: {reason[0]}", file=sys.stderr)


def write_checksums(folder: Path) -> None:
    """SHA256SUMS of all files, as `sha256sum -c` reads it."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    lines = [
        f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.relative_to(folder)}\n"
        for one in files
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


def archive(folder: Path, out: Path) -> Path:
    """The folder as a .tar.gz, with its own checksum beside it."""
    version = next(one.name.split("-")[1] for one in (folder / "wheels").glob("hubemu-*.whl"))
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"hubemu-{version}-bundle.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        tar.add(folder, arcname=f"hubemu-{version}-bundle")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    file.with_suffix(".gz.sha256").write_text(f"{digest}  {file.name}\n")
    return file


if __name__ == "__main__":
    sys.exit(main())
