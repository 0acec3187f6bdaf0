from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hubemu.data_folders import data_folder
from hubemu.errors import InputError
from hubemu.home import Home
from hubemu.hub_tables import HubTables
from hubemu.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(data_folder("routing"), tmp_path / "routing"))


def test_a_release_that_is_not_there_is_told_with_its_place(folder: Path, tmp_path: Path) -> None:
    file = folder / "vhosts.yaml"
    lines = file.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if "15-smur_v1.4:" in line)
    column = lines[at].index("model:") + 1
    lines[at] = lines[at].replace('model: "1.0"', 'model: "1.O"')
    file.write_text("\n".join(lines))
    tables = HubTables(Settings(home=tmp_path, routing=folder), Home(tmp_path), [])
    with pytest.raises(InputError, match=r"'1\.O' is not known here; did you mean 1\.0\?") as told:
        tables.read_models()
    assert told.value.source == str(file)
    assert told.value.place == f"line {at + 1}, vhosts.15-smur_v1.4.model, column {column}"


def test_one_that_an_option_names_is_told_with_the_option(folder: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, routing=folder, models={"15-15_v2.0": "9.9"})
    with pytest.raises(InputError, match=r"^--model 15-15_v2\.0: .*'9\.9' is not known here"):
        HubTables(settings, Home(tmp_path), []).read_models()


def test_models_that_are_there_are_read(tmp_path: Path) -> None:
    tables = HubTables(Settings(home=tmp_path), Home(tmp_path), [])
    tables.read_models()
    assert tables.contexts.keys() == tables.in_force.now.vhosts.keys()
