"""The routing tables: the built-in ones, a user's own, and every mistake told with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hubemu.data_folders import data_folder
from hubemu.errors import InputError
from hubemu.routing import RoutingTables, is_health, load_routing
from hubemu.settings import Environment

SANDBOX, PROD = Environment.SANDBOX, Environment.PROD


@pytest.fixture(scope="module")
def tables() -> RoutingTables:
    return load_routing()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(data_folder("routing"), tmp_path / "routing")
    return tmp_path / "routing"


def test_the_built_in_tables_pass_every_check_and_are_read_the_same(tables: RoutingTables) -> None:
    assert load_routing(data_folder("routing")) == tables


def test_the_twelve_vhosts_and_their_models(tables: RoutingTables) -> None:
    assert {name: row.model for name, row in tables.vhosts.items()} == {
        "15-15_v1.5": "1.0",
        "15-15_v2.0": "2.0.0",
        "15-15_v2.1": "3.0.0",
        "15-smur_v1.4": "1.0",
        "15-smur_v1.6": "2.0.0",
        "15-smur_v1.7": "3.0.0",
        "15-gps_v1.0": "1.0",
        "15-gps_v1.2": "2.0.0",
        "15-gps_v1.3": "3.0.0",
        "15-nexsis_v1.8": "1.0",
        "15-nexsis_v1.9": "2.0.0",
        "15-nexsis_v1.9.1": "3.0.0",
    }


def test_only_samub_prefers_xml_and_speaks_cisu(tables: RoutingTables) -> None:
    assert [c.id for c in tables.clients.values() if c.use_xml] == ["fr.health.samuB"]
    assert [c.id for c in tables.clients.values() if c.direct_cisu] == ["fr.health.samuB"]


def test_the_types_of_a_vhost(tables: RoutingTables) -> None:
    assert "RS-EDA" in tables.types_allowed("15-nexsis_v1.9.1", SANDBOX)
    assert "RS-EDA" not in tables.types_allowed("15-nexsis_v1.9", SANDBOX)
    assert "RC-REF" in tables.types_allowed("15-gps_v1.0", PROD)
    assert "customContent" in tables.types_allowed("15-gps_v1.0", SANDBOX)
    assert "customContent" not in tables.types_allowed("15-gps_v1.0", PROD)


def test_the_test_lrm_acts_for_others_and_has_no_queue(tables: RoutingTables) -> None:
    assert "fr.health.samuC" in tables.clients["local.test"].own_ids
    assert "local.test" not in tables.queue_owners()
    assert "fr.health.fire" in tables.queue_owners()


def test_igc_names_are_fqdns_of_their_chain(tables: RoutingTables) -> None:
    client = tables.clients["fr.health.samuA"]
    assert client.common_name("legacy", SANDBOX) == "fr.health.samuA"
    assert client.common_name("igc", SANDBOX) == "fr-health-samua.test.hubemu.example"
    assert client.common_name("igc", PROD) == "fr-health-samua.hubemu.example"


def test_health_is_a_prefix() -> None:
    assert is_health("fr.health.samuA")
    assert not is_health("fr.fire.nexsis.sdisZ")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("clients.yaml", "useXML: true", "useXm: true", "did you mean 'useXML'"),
        ("clients.yaml", "useXML: true", "useXML: maybe", r"14, clients\[1\].useXML, column 27: "),
        ("clients.yaml", "id: fr.health.samuC", "id: fr.health.samuA", "listed twice"),
        ("clients.yaml", "id: fr.health.samuC", "id: 'fr health'", r"clients\[2\]\.id"),
        ("clients.yaml", "clients:", "clients: [", "not valid YAML"),
        ("vhosts.yaml", "perimeter: 15-GPS", "perimeter: 15-GSP", "use 15-15, 15-SMUR, 15-GPS"),
        ("vhosts.yaml", 'model: "1.0"}', 'model: "1.0", ttl: 0}', r"vhosts\.15-15_v1\.5\.ttl"),
        ("vhosts.yaml", "15-gps_v1.2:", "15-gps_v1.0:", "given twice"),
        ("vhosts.yaml", "vhosts:", "vhost:", "allowed are transverse"),
    ],
)
def test_a_mistake_names_file_place_and_mend(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    path = folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=told) as error:
        load_routing(folder)
    assert str(path) in str(error.value)


def test_missing_or_unreadable_files_are_told(folder: Path) -> None:
    (folder / "clients.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        load_routing(folder)
    (folder / "clients.yaml").unlink()
    with pytest.raises(InputError, match="no such file"):
        load_routing(folder)
    with pytest.raises(InputError, match="no such folder"):
        load_routing(folder / "absent")


def test_the_official_preferences_win_over_the_clients(folder: Path) -> None:
    (folder / "client.preferences.csv").write_text(
        "client_id;useXML;directCISU;editor;more\n"
        "fr.health.samuA;true;false;Editor A;x\n\nfr.health.samuNew;FALSE;true;\n"
    )
    warnings: list[str] = []
    tables = load_routing(folder, warn=warnings)
    assert tables.clients["fr.health.samuA"].use_xml
    assert tables.clients["fr.health.samuNew"].direct_cisu
    assert tables.clients["fr.health.samuNew"].editor == "unknown"
    assert tables.clients["local.test"].acts_for
    assert len(warnings) == 1
    assert "line 2" in warnings[0]


def test_the_official_preferences_alone_are_enough(folder: Path) -> None:
    (folder / "clients.yaml").unlink()
    (folder / "client.preferences.csv").write_text("h;h;h;h\nfr.health.samuA;true;false;E\n")
    assert list(load_routing(folder).clients) == ["fr.health.samuA"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("fr.health.samuA;true", "2 columns"),
        ("fr.health.samuA;yes;false;E", "useXML is 'yes'"),
        ("not an id;true;false;E", "not a client id"),
    ],
)
def test_a_bad_preference_names_its_line(folder: Path, row: str, told: str) -> None:
    (folder / "client.preferences.csv").write_text(f"header\n{row}\n")
    with pytest.raises(InputError, match=f"line 2: .*{told}"):
        load_routing(folder)
