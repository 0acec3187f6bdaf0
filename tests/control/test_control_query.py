"""Query parameters are checked strictly: a typing error must not look like an empty answer."""

from __future__ import annotations

import pytest

from tests.control.conftest import Api

MESSAGES = "/api/v1/messages"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("outcom=routed", "did you mean 'outcome'?"),
        ("zzz=1", "allowed are vhost, sender"),
        ("sender=a&sender=b", "given twice"),
        ("outcome=lost", "use one of held, routed, rejected"),
        ("vhost=15-15", "15-15_v1.5"),
        ("limit=0", "whole number from 1 to 10000"),
        ("limit=1.5", "whole number"),
        ("limit=10001", "whole number"),
        ("limit=ten", "whole number"),
        ("wait=-1", "seconds from 0 to 60"),
        ("wait=61", "seconds from 0 to 60"),
        ("wait=nan", "seconds from 0 to 60"),
        ("wait=inf", "seconds from 0 to 60"),
        ("wait=5s", "seconds from 0 to 60"),
        ("after=nonsense", "'nonsense' is not a cursor"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_right(api: Api, query: str, words: str) -> None:
    assert words in api.refused(400, "GET", f"{MESSAGES}?{query}")["detail"]


def test_an_empty_parameter_counts_as_absent(api: Api) -> None:
    assert api("GET", f"{MESSAGES}?vhost=&limit=&wait=&q=").status_code == 200


def test_a_path_without_parameters_takes_none(api: Api) -> None:
    assert "takes none" in api.refused(400, "GET", "/health?full=1")["detail"]
