"""What the pages on scenarios show works as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hubemu.scenarios.format.steps import ACTIONS
from tests.conftest import REPOSITORY
from tests.support.commands import hubemu

ENGLISH = (REPOSITORY / "docs/scenarios.md").read_text("utf-8")
FRENCH = (REPOSITORY / "docs/premier-scenario.md").read_text("utf-8")


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("text", [ENGLISH, FRENCH], ids=["English", "French"])
def test_the_first_scenario_passes_and_fails_as_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "first.yaml"
    story = blocks(text, "yaml")[0]
    file.write_text(story)
    good = hubemu("scenario", "run", str(file))
    assert good.code == 0, good.out + good.err
    file.write_text(re.sub(r'(fields: .*)"\$\{caseId\}"', r"\1another", story))
    assert hubemu("scenario", "run", str(file)).code == 1


def test_every_step_is_on_the_page() -> None:
    told = ENGLISH.partition("| step | |")[2].partition("\n\n")[0]
    assert {name for name in ACTIONS if f"`{name}`" not in told} == set()


def test_python_and_pytest_work_as_shown(tmp_path: Path) -> None:
    plain, tested = blocks(ENGLISH, "python")
    (tmp_path / "test_shown.py").write_text(tested)
    (tmp_path / "plain.py").write_text(plain)
    for command in (["plain.py"], ["-m", "pytest", "-q", "-p", "no:cacheprovider"]):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
