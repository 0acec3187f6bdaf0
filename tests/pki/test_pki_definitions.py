"""The PKI as data: what the built-in files say, and mistakes in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hubemu.data_folders import data_folder
from hubemu.errors import InputError
from hubemu.pki.definitions import load_definitions
from hubemu.settings import Phase


def test_the_built_in_files_pass_every_check_and_are_read_the_same() -> None:
    assert load_definitions(data_folder("certs")) == load_definitions()


def test_built_in_phases() -> None:
    definitions = load_definitions()
    assert [definitions.phases[phase].shows for phase in Phase] == ["legacy", "igc", "igc"]
    assert [definitions.trusted_chains(phase, "igc-test") for phase in Phase] == [
        ("legacy",),
        ("legacy", "igc-test"),
        ("igc-test",),
    ]


@pytest.mark.parametrize(
    ("file", "right", "wrong", "told"),
    [
        ("migrations/igc-sante.yaml", "shows: legacy", "shows: both", ":11: steps[0].shows"),
        ("migrations/igc-sante.yaml", "shows: legacy", "show: legacy", "did you mean 'shows'"),
        ("profiles.yaml", "days: 730", "days: 7300", "must be at least the days of server"),
        ("profiles.yaml", "serverAuth", "server", "extended_key_usage"),
        ("authorities.yaml", "key_bits: 2048", "key_bits: 1024", "2048 or more is needed"),
        ("authorities.yaml", "igc-prod:", "igc-dev:", "'igc-prod'"),
        (
            "authorities.yaml",
            "mark: EMULATOR - DO NOT TRUST",
            "mark: ''",
            "1 characters or more",
        ),
    ],
)
def test_mistakes_name_file_and_place(
    tmp_path: Path, file: str, right: str, wrong: str, told: str
) -> None:
    folder = Path(shutil.copytree(data_folder("certs"), tmp_path / "certs"))
    text = (folder / file).read_text("utf-8")
    assert right in text
    (folder / file).write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(InputError) as caught:
        load_definitions(folder)
    assert file in str(caught.value)
    assert told in str(caught.value)
