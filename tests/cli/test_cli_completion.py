"""What the shell completes, asked as bash asks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import hubemu, hubemu_here
from tests.support.live import live_hub

ROUTING = Path(__file__).parents[2] / "routing"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Tables with one client and one vHost."""
    folder = tmp_path / "tables"
    shutil.copytree(ROUTING, folder)
    (folder / "clients.yaml").write_text("clients:\n  - {id: fr.health.ours}\n")
    vhosts = (folder / "vhosts.yaml").read_text().partition("\nvhosts:")[0]
    ours = "\nvhosts:\n  ours_v2.0: {perimeter: 15-15, model: 2.0.0}\n"
    (folder / "vhosts.yaml").write_text(vhosts + ours)
    return folder


def completed(words: str, **environment: str) -> list[str]:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)} | environment
    told = hubemu_here(home=None, _HUBEMU_COMPLETE="bash_complete", **asked)
    assert told.err == ""
    return [line.partition(",")[2] for line in told.out.splitlines()]


@pytest.mark.parametrize(
    ("words", "among"),
    [
        ("hubemu st", "status"),
        ("hubemu up --http-t", "--http-token"),
        ("hubemu up --phase ", "dual"),
        ("hubemu send --as fr.health.samuA", "fr.health.samuA"),
        ("hubemu env --client FR.FIRE", "fr.fire.nexsis.sdisZ"),
        ("hubemu listen --vhost 15-n", "15-nexsis_v1.9.1"),
        ("hubemu models example RS-E", "RS-EDA-MAJ"),
        ("hubemu models diff 2", "2.0.0"),
        ("hubemu scenario run did", "didier-morel"),
        ("hubemu phase --migration new-r", "new-root"),
        ("hubemu phase --migration renewal ren", "renewed"),
        ("hubemu phase du", "dual"),
    ],
)
def test_names_are_completed(words: str, among: str) -> None:
    begun = words.rpartition(" ")[2].lower()
    found = completed(words)
    assert among in found
    assert all(one.lower().startswith(begun) for one in found)


def test_files_are_left_to_the_shell() -> None:
    told = hubemu(_HUBEMU_COMPLETE="bash_complete", COMP_WORDS="hubemu send mess", COMP_CWORD="2")
    assert told.out == "file,mess\n"


def test_the_clients_and_vhosts_of_tables_of_ones_own_are_completed(tables: Path) -> None:
    """Wherever --routing stands on the line; nothing of the built-in tables is among them."""
    assert completed(f"hubemu check --routing {tables} --vhost ") == ["ours_v2.0"]
    assert completed(f"hubemu check --routing {tables} --as ") == ["fr.health.ours"]


def test_tables_that_cannot_be_read_complete_the_built_in_names(tmp_path: Path) -> None:
    words = f"hubemu check --routing {tmp_path / 'none'} --vhost 15-n"
    assert "15-nexsis_v1.9.1" in completed(words)


def test_the_clients_and_vhosts_of_the_hub_that_is_up_are_completed(
    tables: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with live_hub(home, "--routing", str(tables)):
        assert hubemu("health", "--home", str(home)).code == 0  # what answers HTTP is loaded
        assert completed(f"hubemu send --home {home} --as ") == ["fr.health.ours"]
        assert completed(f"hubemu listen --home {home} --vhost ") == ["ours_v2.0"]
        assert completed("hubemu listen --vhost ", HUBEMU_HOME=str(home)) == ["ours_v2.0"]
    assert "fr.health.samuA" in completed(f"hubemu send --home {home} --as ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_one_it_reads(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    script = tmp_path / "script"
    script.write_text(hubemu(_HUBEMU_COMPLETE=f"{shell}_source").out)
    assert "_HUBEMU_COMPLETE" in script.read_text()
    subprocess.run([shell, "-n", str(script)], check=True, timeout=60)


@pytest.mark.parametrize(
    ("shell", "program"),
    [
        (
            "bash",
            "source '{script}'; COMP_WORDS=(hubemu heal); COMP_CWORD=1; "
            "_hubemu_completion hubemu; echo ${{COMPREPLY[@]}}",
        ),
        ("fish", "source '{script}'; complete -C 'hubemu heal'"),
    ],
)
def test_a_shell_completes_a_command(shell: str, program: str, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("hubemu")
    if shutil.which(shell) is None or not command.exists():
        pytest.skip(f"no {shell}, or no command hubemu beside this Python")
    script = tmp_path / "script"
    script.write_text(hubemu(_HUBEMU_COMPLETE=f"{shell}_source").out)
    told = subprocess.run(
        [shell, "-c", program.format(script=script)],
        env=os.environ | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.split()[0] == "health", told.stderr
