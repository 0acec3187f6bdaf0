"""Hosts and ports as URLs write them."""

from __future__ import annotations

import pytest

from hubemu.address import authority


@pytest.mark.parametrize(
    ("host", "written"),
    [("localhost", "localhost:1"), ("127.0.0.1", "127.0.0.1:1"), ("::1", "[::1]:1")],
)
def test_ipv6_is_bracketed(host: str, written: str) -> None:
    assert authority(host, 1) == written
