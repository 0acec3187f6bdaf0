"""Only this machine's own tools and pages may speak to the Hub."""

from __future__ import annotations

from base64 import b64encode

import pytest

from hubemu.control.guard import HostNames, refuse_cross_site, require_token
from hubemu.control.problems import Problem

HOSTS = HostNames("192.0.2.7", ["Hub.Example.test"])


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8671",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1:1",
        "[::1]",
        "[::1]:8671",
        "192.0.2.7:8671",
        "hub.example.test",
    ],
)
def test_the_hubs_own_names_are_answered(host: str) -> None:
    HOSTS.refuse(host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil.example:8671", "192.0.2.8", "xlocalhost"],
)
def test_a_foreign_name_is_misdirected_and_told_the_mend(host: str) -> None:
    with pytest.raises(Problem, match="--san") as caught:
        HOSTS.refuse(host)
    assert caught.value.status == 421


@pytest.mark.parametrize(
    "host", [None, "", "localhost/x", "a b", "user@localhost", "[localhost", "localhost:", "::1"]
)
def test_an_unusable_host_header_is_refused(host: str | None) -> None:
    with pytest.raises(Problem) as caught:
        HOSTS.refuse(host)
    assert caught.value.status == 400


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "::", ""])
def test_on_every_interface_any_address_is_answered_but_no_foreign_name(wildcard: str) -> None:
    hosts = HostNames(wildcard)
    hosts.refuse("203.0.113.9:8671")
    hosts.refuse("[2001:db8::1]:8671")
    with pytest.raises(Problem):
        hosts.refuse("evil.example")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:8671"},
        {"host": "localhost:8671", "origin": "http://localhost:8671"},
        {"host": "localhost:8671", "sec-fetch-site": "same-origin"},
        {"host": "localhost:8671", "sec-fetch-site": "none"},
    ],
)
def test_programs_and_own_pages_may_change_the_hub(headers: dict[str, str]) -> None:
    refuse_cross_site("POST", headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:8671", "origin": "http://evil.example"},
        {"host": "localhost:8671", "origin": "http://localhost:3000"},
        {"host": "localhost:8671", "origin": "null"},
        {"host": "localhost:8671", "sec-fetch-site": "cross-site"},
        {"host": "localhost:8671", "sec-fetch-site": "same-site"},
    ],
)
def test_a_page_of_another_origin_may_not(method: str, headers: dict[str, str]) -> None:
    with pytest.raises(Problem) as caught:
        refuse_cross_site(method, headers)
    assert caught.value.status == 403


def test_a_foreign_page_may_follow_a_link_to_read() -> None:
    refuse_cross_site("GET", {"host": "localhost", "sec-fetch-site": "cross-site"})


def basic(credentials: str) -> str:
    return "Basic " + b64encode(credentials.encode()).decode()


@pytest.mark.parametrize(
    "shown",
    ["Bearer t0ken", "bearer t0ken", "Bearer  t0ken ", basic("anybody:t0ken"), basic(":t0ken")],
)
def test_who_bears_the_token_is_let_in(shown: str) -> None:
    require_token("t0ken", {"authorization": shown})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "t0ken"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer t0ke"},
        {"authorization": "Bearer T0KEN"},
        {"authorization": "Bearer t0ken, Bearer t0ken"},
        {"authorization": "Bearer \u00e9"},
        {"authorization": "Digest t0ken"},
        {"authorization": basic("t0ken")},
        {"authorization": basic("t0ken:")},
        {"authorization": "Basic \u00e9\u00e9"},
        {"authorization": "Basic /w=="},
    ],
)
def test_anybody_else_is_refused_and_told_the_mend(headers: dict[str, str]) -> None:
    with pytest.raises(Problem, match="--http-token") as caught:
        require_token("t0ken", headers)
    assert caught.value.status == 401
    assert caught.value.headers["WWW-Authenticate"].startswith("Bearer ")
