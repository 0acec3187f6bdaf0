"""A rehearsal beside a Hub that is up in the same home: neither disturbs the other."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hubemu.hub import Hub
from hubemu.pki import open_pki
from hubemu.pki.migration import load_migration
from hubemu.pki.stores import pem
from hubemu.rehearsal import RehearsalOrder, rehearse
from hubemu.service import serve
from hubemu.settings import Settings
from tests.rehearsal.conftest import CLIENT, cells, nothing


def test_the_hub_that_is_up_and_its_certificates_stay(tmp_path: Path) -> None:
    home = tmp_path / "home"

    async def both() -> list[str]:
        async with serve(Settings(home=home, port=0, http_port=0)) as hub:
            before = _files(hub)
            pinned = tmp_path / "pinned.pem"
            pinned.write_bytes(pem([open_pki(hub.home.certs).shown()[-1]]))
            files = hub.pki.client_files(CLIENT, "igc")
            order = RehearsalOrder(
                settings=Settings(home=home, port=0, http_port=0),
                migration=load_migration("renewal"),
                vhost="15-15_v2.0",
                clients=(CLIENT,),
                certificate=files.certificate,
                key=files.key,
                truststores=[pinned],
            )
            found = cells(await rehearse(order, nothing))
            assert _files(hub) == before
            assert hub.reports.connections()["connections"] == []
            return found

    # Whoever pins what the Hub shows now is let in at the first step: it is the same certificate.
    assert asyncio.run(both()) == ["YYYY-Y", "nnnnYn"]


def _files(hub: Hub) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in hub.home.certs.rglob("*") if path.is_file()}
