"""Importing hubemu changes nothing of the process: whoever embeds it keeps theirs as it was."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

from tests.conftest import REPOSITORY

PROGRAM = """
import gc, importlib, logging, os, pkgutil, signal, socket, sys, threading, warnings
import hubemu

def state():
    return {
        "collector": (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()),
        "signals": [signal.getsignal(one) for one in sorted(signal.valid_signals())],
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "threads": [one.name for one in threading.enumerate()],
        "logging": (logging.root.handlers[:], logging.root.level, logging.raiseExceptions),
        "loggers": {
            name: (one.handlers[:], one.level, one.propagate, one.disabled)
            for name, one in logging.root.manager.loggerDict.items()
            if isinstance(one, logging.Logger) and (one.handlers or one.level or one.disabled)
        },
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook),
        "timeout": socket.getdefaulttimeout(),
        "warnings": warnings.filters[:],
    }

# What others do at their import is theirs: they come first.
THEIRS = "aiormq click cryptography h11 httpx jsonschema_rs lxml.etree msgspec orjson pamqp"
THEIRS += " prometheus_client pydantic starlette uvicorn uvloop yaml yarl asyncio"
for name in THEIRS.split():
    importlib.import_module(name)
before = state()
for found in pkgutil.walk_packages(hubemu.__path__, "hubemu."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
after = state()
print(len([name for name in sys.modules if name.startswith("hubemu")]))
print({name: after[name] for name in before if before[name] != after[name]})
"""


def test_importing_every_module_changes_nothing_of_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    modules, changed = ended.stdout.splitlines() or ("0", ended.stderr)
    assert changed == "{}"
    assert int(modules) > 300


def test_the_command_looks_for_cycles_seldom() -> None:
    program = """
import gc, sys
from hubemu.cli import main
before = gc.get_threshold()[0]
sys.argv = ["hubemu", "--version"]
try:
    main()
except SystemExit as end:
    print(end.code, before, gc.get_threshold()[0])
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    code, before, after = ended.stdout.split()[-3:]
    assert (code, after) == ("0", "50000")
    assert int(before) < 50_000


def test_no_choice_is_made_by_the_generator_of_the_process_or_by_one_without_a_seed() -> None:
    """Names that nobody may guess come of `secrets`; a seed itself of `SystemRandom`."""
    for file in sorted((REPOSITORY / "hubemu").rglob("*.py")):
        assert list(_unseeded(ast.parse(file.read_text("utf-8")))) == [], file


def _unseeded(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name == "random")
            case ast.ImportFrom(module="random", names=names):
                yield from {one.name for one in names} - {"Random", "SystemRandom"}
            case ast.Call(func=ast.Name(id="Random"), args=[]):
                yield "Random()"
