"""The files of the page: nothing from outside, nothing inline, small, and lit-html as published."""

from __future__ import annotations

import gzip
import re
from hashlib import sha256
from pathlib import Path
from typing import get_args

import hubemu
from hubemu.dispatcher.checks import CHECKS
from hubemu.dispatcher.interposing import INTERPOSED
from hubemu.journal import Outcome

FOLDER = Path(hubemu.__file__).parent / "page"
FILES = sorted(file for file in FOLDER.iterdir() if file.suffix != ".LICENSE")
LIT_HTML = "b878e7f95dec8a9b6e9b217faca6b6a11bad82ebc44c0caa77419ed83edd81f2"
MOST = 40 * 1024


def test_lit_html_is_the_file_of_its_package() -> None:
    """lit-html.js of the npm package lit-html 3.3.3 (BSD-3-Clause)."""
    assert sha256((FOLDER / "lit-html.js").read_bytes()).hexdigest() == LIT_HTML
    assert "BSD 3-Clause" in (FOLDER / "lit-html.LICENSE").read_text("utf-8")


def test_all_of_it_is_small() -> None:
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in FILES) <= MOST


def test_nothing_is_inline_and_nothing_comes_from_outside() -> None:
    html = (FOLDER / "index.html").read_text("utf-8")
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)|\son\w+=", html)
    own = [file for file in FILES if file.name != "lit-html.js"]
    outside = {url for file in own for url in re.findall(r"https?://[^\s'\"`)]+", file.read_text())}
    assert outside <= {"http://www.w3.org/2000/svg"}


def test_every_word_is_said_in_both_languages() -> None:
    words = (FOLDER / "words.js").read_text("utf-8")
    lines = re.findall(
        r"^  [^ ].*$", words.partition("const WORDS = {\n")[2].partition("\n};")[0], re.M
    )
    assert len(lines) > 100
    assert [
        line for line in lines if not re.fullmatch(r"  \S.*: \[(['\"]).+\1, (['\"]).+\2\],", line)
    ] == []


def test_every_step_of_a_message_is_said_in_french() -> None:
    words = (FOLDER / "words.js").read_text("utf-8")
    steps = words.partition("const STEPS = {\n")[2].partition("\n};")[0]
    said = {one.strip("'") for one in re.findall(r"('[^']+'|\b\w+): '", steps)}
    said |= {one.strip("'") for one in re.findall(r"^  ('[^']+'|\w+): \[", words, re.M)}
    checks = {check.__name__.replace("_", " ") for check in CHECKS}
    assert (
        checks | {*get_args(Outcome), "received", "published", "sent", "lost", INTERPOSED} <= said
    )
