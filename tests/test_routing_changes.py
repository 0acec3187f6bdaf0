"""Changes of the routing tables: what each gives, and which tables no Hub can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hubemu.errors import HubemuError, InputError
from hubemu.kept_routing import KeptRouting
from hubemu.routing import Client, RoutingTables, VHost, load_routing
from hubemu.routing_changes import (
    TablesRefused,
    check_tables,
    rows_changed,
    with_client,
    with_vhost,
    without_client,
    without_vhost,
)
from hubemu.routing_json import tables_of, tables_row

A, B, NEW = "fr.health.samuA", "fr.health.samuB", "fr.health.samuX"
TABLES = load_routing()
ROW = VHost(perimeter="15-15", model="3.4.1")


def test_a_client_is_added_at_the_end_and_changed_where_it_is() -> None:
    added = with_client(TABLES, Client(id=NEW), new=True)
    assert [*added.clients] == [*TABLES.clients, NEW]
    changed = with_client(added, Client(id=A, use_xml=True))
    assert [*changed.clients] == [*added.clients]
    assert rows_changed(added.clients, changed.clients).changed == (A,)


def test_a_client_that_goes_is_nobody_elses_either() -> None:
    """Its queues go only if no other certificate reads them."""
    left = without_client(TABLES, B)
    assert B not in left.queue_owners()
    rows = rows_changed(TABLES.clients, left.clients)
    assert (rows.added, rows.changed, rows.removed) == ((), ("local.test",), (B,))


def test_what_was_removed_and_added_again_is_as_before() -> None:
    assert without_client(with_client(TABLES, Client(id=NEW)), NEW) == TABLES
    assert without_vhost(with_vhost(TABLES, "15-15_v3.0", ROW), "15-15_v3.0") == TABLES


REFUSED: dict[str, tuple[Callable[[RoutingTables], RoutingTables], str, str, str]] = {
    "there already": (lambda t: with_client(t, Client(id=A), new=True), A, "id", "already"),
    "vHost there already": (
        lambda t: with_vhost(t, "15-15_v2.0", ROW, new=True),
        "15-15_v2.0",
        "name",
        "already",
    ),
    "another case": (
        lambda t: with_client(t, Client(id="fr.health.samua")),
        "fr.health.samua",
        "id",
        "but for the case",
    ),
    "the same certificate name": (
        lambda t: with_client(t, Client(id="fr.health_samuA")),
        "fr.health_samuA",
        "igc_name",
        "fr-health-samua.test.hubemu.example, as that of 'fr.health.samuA'",
    ),
    "the name of another": (
        lambda t: with_client(t, Client(id=NEW, igc_name=A)),
        NEW,
        "igc_name",
        "igc_name of its own",
    ),
    "the dispatcher": (
        lambda t: with_client(t, Client(id="dispatcher")),
        "dispatcher",
        "id",
        "the Hub's own user",
    ),
    "too long": (lambda t: with_client(t, Client(id="x" * 65)), "x" * 65, "id", "64 characters"),
    "too long as a host": (
        lambda t: with_client(t, Client(id="x" * 60)),
        "x" * 60,
        "igc_name",
        "give it an igc_name, or an id of 44 at most",
    ),
    "no such perimeter": (
        lambda t: with_vhost(t, "v", replace(ROW, perimeter="15-16")),
        "v",
        "perimeter",
        "did you mean 15-15?",
    ),
    "no name": (lambda t: with_vhost(t, "a\nb", ROW), "a\nb", "", "printable"),
    "nobody left": (lambda t: replace(t, clients={}), "", "", "no client would be left"),
    "no vHost left": (lambda t: replace(t, vhosts={}), "", "", "no vHost would be left"),
    "unknown client": (lambda t: without_client(t, "fr.health.samuD"), "fr.health.samuD", "", "no"),
    "unknown vHost": (lambda t: without_vhost(t, "15-15_v9"), "15-15_v9", "", "no vHost is called"),
    "nobody without it": (
        lambda t: without_client(with_client(t, Client(id=NEW, acts_for=(A,))), A),
        A,
        "",
        "fr.health.samuX acts for fr.health.samuA alone",
    ),
}


@pytest.mark.parametrize(("change", "row", "key", "text"), REFUSED.values(), ids=REFUSED)
def test_what_no_hub_can_have_is_refused_with_its_place(
    change: Callable[[RoutingTables], RoutingTables], row: str, key: str, text: str
) -> None:
    with pytest.raises(TablesRefused) as refused:
        check_tables(change(TABLES))
    assert text in str(refused.value)
    assert (refused.value.row, refused.value.key) == (row, key)


def test_a_folder_with_such_names_is_refused_too(tmp_path: Path) -> None:
    built_in = Path(__file__).parents[1] / "routing"
    (tmp_path / "vhosts.yaml").write_bytes((built_in / "vhosts.yaml").read_bytes())
    clients = "clients:\n  - {id: fr.health.samuA}\n  - {id: fr.health.samua}\n"
    (tmp_path / "clients.yaml").write_text(clients)
    with pytest.raises(InputError, match=r"clients\.yaml: client 'fr\.health\.samua'"):
        load_routing(tmp_path)


def test_tables_are_the_same_after_a_way_through_json() -> None:
    assert tables_of(tables_row(TABLES)) == TABLES


def test_what_was_changed_is_kept_beside_the_tables_it_was_changed_from(tmp_path: Path) -> None:
    changed = with_client(TABLES, Client(id=NEW, use_xml=True))
    kept = KeptRouting(tmp_path, TABLES)
    assert kept.read() is None
    kept.write(changed)
    assert KeptRouting(tmp_path, TABLES).read() == changed
    others = without_vhost(TABLES, "15-15_v1.5")
    assert KeptRouting(tmp_path, others).read() is None
    kept.write(TABLES)
    assert not kept.file.exists()


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"tables": 1}', b'"x"'])
def test_a_damaged_file_is_told_with_its_mend(tmp_path: Path, content: bytes) -> None:
    kept = KeptRouting(tmp_path, TABLES)
    kept.file.write_bytes(content)
    with pytest.raises(HubemuError, match=r"routing\.json: damaged: delete it"):
        kept.read()
