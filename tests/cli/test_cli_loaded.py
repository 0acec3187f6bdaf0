"""What a command loads: a start is mostly imports, so each loads what it needs and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hubemu.edxl import Format
from hubemu.messages import example_message
from tests.support.kept_certificates import KEPT

HEAVY = {
    "asyncio",
    "cryptography",
    "hubemu.broker.core",
    "hubemu.control",
    "hubemu.conversion",
    "hubemu.journal.journal",
    "pydantic",
    "starlette",
}
"""What takes some 10 ms and more, and no verdict on a message in order needs."""
_SHOW = """
import json, sys
from hubemu.cli.entry import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""

_START = """
import json, sys
from pathlib import Path
from hubemu.cli.loop import run_async
from hubemu.settings import Settings

async def start():
    from hubemu.service import serve

    async with serve(Settings(home=Path(sys.argv[1]), port=0, http_port=0)):
        print(json.dumps(sorted(sys.modules)))

run_async(start())
"""


def loaded_by(*arguments: str) -> set[str]:
    """The modules in a process of its own after a command that went well."""
    ended = subprocess.run(
        [sys.executable, "-P", "-c", _SHOW, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    code, modules = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0, ended.stderr
    return set(modules)


@pytest.mark.parametrize(("written", "also"), [("json", {"lxml.etree"}), ("xml", set[str]())])
def test_check_loads_what_a_message_in_order_needs(
    tmp_path: Path, written: Format, also: set[str]
) -> None:
    file = tmp_path / f"eda.{written}"
    file.write_bytes(example_message("RS-EDA", "2.0.0", written=written))
    modules = loaded_by("check", str(file), "--vhost", "15-15_v2.0")
    assert "msgspec" in modules, "this looks at the process that judged"
    assert not modules & (HEAVY | also)


def test_keys_are_begun_before_anything_heavy_is_loaded() -> None:
    show = "import json, sys, hubemu.keys.supply; print(json.dumps(sorted(sys.modules)))"
    ended = subprocess.run(
        [sys.executable, "-P", "-c", show], capture_output=True, check=True, timeout=60
    )
    modules = set(json.loads(ended.stdout))
    assert "hubemu.keys.makers" in modules
    assert not modules & {*HEAVY, "ctypes", "hashlib"}


def test_a_hub_is_ready_before_what_answers_http_is_loaded(home: Path) -> None:
    modules = loaded_by_a_start(home)
    assert "hubemu.broker.server" in modules, "this looks at the process of the Hub"
    wanted_later = {"aiormq", "jsonschema_rs", "lxml.etree", "pydantic", "starlette", "uvicorn"}
    assert not modules & wanted_later


def loaded_by_a_start(home: Path) -> set[str]:
    """The modules in the process of a Hub when it is ready."""
    KEPT.given(home)
    ended = subprocess.run(
        [sys.executable, "-P", "-c", _START, str(home)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(json.loads(ended.stdout.splitlines()[-1]))
