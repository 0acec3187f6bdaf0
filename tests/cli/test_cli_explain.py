"""`hubemu explain` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

FIELDS = {"code", "title", "why", "check", "mend", "source"}


def explain(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hubemu", "explain", *arguments]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_code_is_told_with_the_mend_of_a_stack() -> None:
    done = explain("c1", "--stack", "java", "--lang", "fr")
    assert done.returncode == 0
    assert done.stdout.startswith("C1  Le Hub ne reconnaît pas l'autorité")
    assert "KeyStore" in done.stdout


def test_a_trace_on_standard_input_is_read_as_json() -> None:
    done = explain("-", "--json", text="Error: x\n  code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'\n")
    found = json.loads(done.stdout)
    assert [one["code"] for one in found] == ["S1", "S2"]
    assert all(set(one) >= FIELDS for one in found)
    assert all(isinstance(one["code"], str) for one in found)


def test_words_need_no_quotes() -> None:
    assert explain("certificate", "has", "expired").stdout.startswith("S4")


@pytest.mark.parametrize("asked", ["S19", "999", "all is well"])
def test_what_nothing_fits_ends_with_1(asked: str) -> None:
    done = explain(asked, "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])
    assert "nothing known fits" in done.stderr


def test_an_unknown_stack_is_wrong_usage() -> None:
    done = explain("C1", "--stack", "cobol")
    assert done.returncode == 2
    assert "cobol" in done.stderr


def test_it_loads_neither_pydantic_nor_the_broker() -> None:
    code = (
        "import sys; from hubemu.cli.entry import run; run(['explain', 'ECONNRESET']);"
        "print([m for m in ('pydantic', 'cryptography', 'asyncio', 'hubemu.broker') "
        "if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.strip() == "[]"
