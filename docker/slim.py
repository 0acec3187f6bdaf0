"""What runs in the image and nothing else, gathered in a folder that becomes its whole file system.

    python3 slim.py VENV OUT

Python without its tests and tools, the environment without installers, both without symbols; the
libraries that they load, a shell, the authorities of the web. Times are those of SOURCE_DATE_EPOCH,
so that the same versions give the same files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

UNUSED_STANDARD = [
    "test",
    "idlelib",
    "tkinter",
    "turtledemo",
    "turtle.py",
    "lib2to3",
    "ensurepip",
    "pydoc_data",
    "site-packages",
]
UNUSED = ("pip", "pip-*", "setuptools*", "wheel*", "lxml/isoschematron", "lxml/includes")
NEEDLESS = ("tests", "test", "*.pyx", "*.pxd", "*.pxi", "*.c", "*.h", "*.a", "__pycache__")
UNUSED_EXTENSIONS = re.compile(r"/(_tkinter|_test|_ctypes_test|xxlimited|xxsubtype|objectify)")
TOOLS = (
    *("/bin/sh", "/bin/ls", "/bin/cat", "/bin/chown", "/bin/chmod", "/bin/cp", "/bin/mkdir"),
    *("/bin/rm", "/bin/touch", "/bin/sleep", "/bin/grep", "/usr/bin/env", "/usr/bin/id"),
    *("/usr/bin/find", "/usr/bin/head", "/usr/bin/tail"),
)
FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/nsswitch.conf", "/etc/os-release")
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


def main() -> int:
    """Gather it."""
    venv, out = Path(sys.argv[1]), Path(sys.argv[2])
    base = Path(sys.base_prefix)
    python = base / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    standard = {one.name for one in python.iterdir()} - set(UNUSED_STANDARD)
    for name in sorted(standard):
        if not name.startswith("config-"):
            copy(python / name, out)
    for file in [*base.glob("lib/libpython*.so*"), *base.glob("bin/python3*")]:
        if "config" not in file.name:
            copy(file, out)
    for pattern in UNUSED:
        for one in venv.glob(f"lib/python3*/site-packages/{pattern}"):
            remove(one)
    for program in venv.glob("bin/*"):
        if program.name not in ("hubemu", "python", "python3", python.name):
            program.unlink()
    copy(venv, out)
    for place in map(Path, (*TOOLS, *FILES)):
        copy(place.resolve(), out, place)
    shorten(out)
    libraries(out)
    people(out)
    compile_all(out)
    same_times(out)
    return 0


def copy(source: Path, out: Path, place: Path | None = None) -> None:
    """Put a file or folder where it is in the file system, or at `place`."""
    target = out / str(place or source).lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def remove(path: Path) -> None:
    """A file or a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def shorten(out: Path) -> None:
    """Leave out what is not run, and the symbols of what is."""
    for pattern in NEEDLESS:
        for one in [*out.rglob(pattern)]:
            if one.exists():
                remove(one)
    for one in [*out.rglob("*.so*")]:
        if UNUSED_EXTENSIONS.search(str(one)):
            one.unlink()
    binaries = [
        one for one in out.rglob("*") if one.is_file() and not one.is_symlink() and is_elf(one)
    ]
    for one in binaries:
        one.chmod(one.stat().st_mode | 0o200)
        subprocess.run(["strip", "--strip-unneeded", str(one)], check=True)


def is_elf(file: Path) -> bool:
    """Whether it is machine code."""
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF"


def libraries(out: Path) -> None:
    """The libraries that all of it loads, and those of name look-ups, which are opened by name."""
    wanted: set[Path] = set()
    for one in [*out.rglob("*")]:
        if one.is_file() and not one.is_symlink() and is_elf(one):
            wanted |= loaded_by(one)
    for folder in {one.parent for one in wanted}:
        wanted |= set(folder.glob("libnss_files.so*")) | set(folder.glob("libnss_dns.so*"))
        wanted |= set(folder.glob("libgcc_s.so*"))
    for library in sorted(wanted):
        if not (out / str(library).lstrip("/")).exists():
            copy(library.resolve(), out, library)
    for one in (Path("/etc/ld.so.conf"), Path("/etc/ld.so.conf.d")):
        copy(one, out)
    subprocess.run(["ldconfig", "-r", str(out)], check=True)


def loaded_by(file: Path) -> set[Path]:
    """The libraries of the system that a binary needs."""
    told = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=False).stdout
    return {Path(path) for path in _LIBRARY.findall(told) if not path.startswith("/out")}


def people(out: Path) -> None:
    """The user, whose home anybody may write, and the folder for what is temporary."""
    (out / "etc/passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\nhubemu:x:1000:1000::/home/hubemu:/bin/sh\n"
    )
    (out / "etc/group").write_text("root:x:0:\nhubemu:x:1000:\n")
    for name in ("tmp", "home/hubemu", "home/hubemu/.hubemu"):
        (out / name).mkdir(parents=True, exist_ok=True)
        (out / name).chmod(0o1777)


def compile_all(out: Path) -> None:
    """Byte code that is never compared with its source: nothing here changes."""
    folders: Iterable[str] = (str(out / name) for name in ("usr/local/lib", "opt/hubemu/lib"))
    compiling = ["-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    command = [sys.executable, *compiling, "-s", str(out), "-p", "/", *folders]
    subprocess.run(command, check=True)


def same_times(out: Path) -> None:
    """All times are one."""
    at = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    for one in [out, *out.rglob("*")]:
        os.utime(one, (at, at), follow_symlinks=False)


if __name__ == "__main__":
    sys.exit(main())
