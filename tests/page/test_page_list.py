"""The list of messages: filters in the address, keyboard, thousands of rows, a burst; axe."""

from __future__ import annotations

import json
import re
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.gate import Gate
from tests.support.live import LiveHub, live_hub

SENDERS = ("fr.health.samuA", "fr.health.samuC")


def send(hub: LiveHub, count: int) -> None:
    """So many messages that the Hub refuses, in turn of two senders."""
    for number in range(count):
        message = {"as": SENDERS[number % 2], "vhost": "15-15_v2.0", "body": f"<no{number}/>"}
        hub.http("POST", "/api/v1/messages", message)


def rows(page: Page) -> Any:
    return page.locator("#rows [role=row]")


def test_filters_stand_in_the_address_and_work_from_it(page: Page, hub: LiveHub) -> None:
    send(hub, 6)
    page.goto("/")
    expect(rows(page)).to_have_count(6)
    page.get_by_label("Client", exact=True).select_option("fr.health.samuC")
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Search", exact=True).fill("no3")
    expect(rows(page)).to_have_count(1)
    assert "client=fr.health.samuC" in page.url
    page.goto("about:blank")
    page.goto("/#/messages?client=fr.health.samuC&q=no3")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_label("Search", exact=True)).to_have_value("no3")


def test_what_was_forgotten_elsewhere_is_gone_here(page: Page, hub: LiveHub) -> None:
    page.goto("/")
    for method, path in (("POST", "/api/v1/reset"), ("DELETE", "/api/v1/messages")):
        send(hub, 2)
        expect(rows(page)).to_have_count(2)
        hub.http(method, path)
        expect(page.get_by_role("heading", name="No messages")).to_be_visible()


def test_a_search_goes_on_while_messages_come(page: Page, hub: LiveHub) -> None:
    page.goto("/#/messages?q=no1")
    expect(page.locator(".live")).to_be_visible()
    send(hub, 3)
    expect(rows(page)).to_have_count(1)


def test_the_keyboard_alone_opens_and_closes(page: Page, hub: LiveHub) -> None:
    send(hub, 3)
    page.goto("/")
    rows(page).first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=2)
    expect(heading).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows(page).nth(1)).to_be_focused()


def test_bodies_are_never_html(page: Page, hub: LiveHub) -> None:
    evil = '{"distributionID":"<img src=x onerror=alert(1)>"}'
    hub.http("POST", "/api/v1/messages", {"as": SENDERS[0], "vhost": "15-15_v2.0", "body": evil})
    page.goto("/")
    rows(page).first.click()
    expect(page.locator(".tree")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("main img").count() == 0


def test_a_burst_loses_no_row_and_only_what_is_in_sight_is_drawn(page: Page, hub: LiveHub) -> None:
    page.goto("/")
    expect(page.locator(".live")).to_be_visible()
    burst = """async count => { const one = i => fetch('/api/v1/messages', {method: 'POST',
        headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({as: 'fr.health.samuA', vhost: '15-15_v2.0', body: `<no${i}/>`})});
        await Promise.all(Array.from({length: count}, (_, i) => one(i))); }"""
    page.evaluate(burst, 640)
    expect(page.locator(".count")).to_contain_text("640 of 640")
    assert rows(page).count() < 60
    numbers = seen_by_scrolling(page)
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 640


def seen_by_scrolling(page: Page) -> list[int]:
    """The number of each row from the top to the bottom."""
    found: dict[str, None] = {}
    for _ in range(100):
        ids = rows(page).evaluate_all("all => all.map(row => row.id)")
        found.update(dict.fromkeys(ids))
        at_end = page.locator("#rows").evaluate(
            "list => { const end = list.scrollTop + list.clientHeight >= list.scrollHeight - 1; "
            "list.scrollTop += list.clientHeight; return end; }"
        )
        page.evaluate("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
        if at_end:
            break
    return [int(re.sub(r"\D", "", one)) for one in found]


def test_the_messages_of_a_case_are_folded(page: Page, hub: LiveHub) -> None:
    for case in ("fr.health.samuA.DRFR15DDXAAJJJ00001", "fr.health.samuA.DRFR15DDXAAJJJ00002"):
        example = hub.http("GET", "/api/v1/examples/didier-morel-01a?vhost=15-15_v2.0")
        [content] = example["content"]
        inner = content["jsonContent"]["embeddedJsonContent"]["message"]
        inner["createCaseHealth"]["caseId"] = case
        for number in range(3):
            changed = example | {"distributionID": f"fr.health.samuA_{case[-1]}{number}"}
            order = {"as": "fr.health.samuA", "vhost": "15-15_v2.0", "body": json.dumps(changed)}
            hub.http("POST", "/api/v1/messages", order)
    page.goto("/#/messages?group=1")
    expect(rows(page)).to_have_count(6)
    second = page.get_by_role("button", name="Fold the case").first
    expect(second).to_have_attribute("aria-expanded", "true")
    second.click()
    expect(rows(page)).to_have_count(4)
    expect(rows(page).first).to_contain_text("00002")
    rows(page).nth(1).focus()
    page.keyboard.press("ArrowLeft")  # the other one, by the keyboard alone
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("ArrowRight")
    expect(rows(page)).to_have_count(4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["messages", "messages?id=m1", "lrm", "hub"])
def test_axe_finds_nothing(
    browser: Browser, hub: LiveHub, axe: str, scheme: Literal["light", "dark"], view: str
) -> None:
    context = browser.new_context(
        base_url=hub.endpoints["http"], locale="fr-FR", color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    send(hub, 2)
    first = hub.http("GET", "/api/v1/messages")["messages"][0]["id"]
    page.goto(f"/#/{view.replace('m1', first)}")
    if view == "lrm":
        page.get_by_role("button", name="Envoyer", exact=True).click()
        expect(page.locator(".station")).to_be_visible()
    if view == "hub":
        page.get_by_text("Ajouter une panne").click()
    expect(page.get_by_text("Chargement…")).to_have_count(0)
    page.evaluate(axe)
    found = page.evaluate(
        "axe.run().then(told => told.violations.map(one => "
        "[one.id, one.nodes.map(node => node.html + node.failureSummary)]))"
    )
    context.close()
    assert found == []


@pytest.mark.parametrize("view", ["messages", "lrm", "hub"])
def test_at_360_pixels_nothing_is_cut(browser: Browser, hub: LiveHub, view: str) -> None:
    context = browser.new_context(
        base_url=hub.endpoints["http"], viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    send(hub, 2)
    page.goto(f"/#/{view}")
    expect(page.locator("main")).not_to_be_empty()
    expect(page.get_by_text("Loading…")).to_have_count(0)
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert width <= 360


def test_the_page_asks_for_the_token(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Once: later calls bear it, and so does what the page is reloaded for."""
    options = ("--http-host", "0.0.0.0", "--http-token", "of-my-own")
    with live_hub(tmp_path_factory.mktemp("token") / "home", *options) as hub:
        base = hub.endpoints["http"].replace("0.0.0.0", "127.0.0.1")
        context = browser.new_context(base_url=base, locale="en-GB")
        page = context.new_page()
        page.goto("/")
        token = page.get_by_label("Access token")
        for given in ("wrong", "of-my-own"):
            token.fill(given)
            page.get_by_role("button", name="Enter").click()
        expect(page.locator(".live").or_(page.get_by_text("No messages"))).not_to_have_count(0)
        page.reload()
        expect(page.get_by_role("heading", name="No messages")).to_be_visible()
        context.close()


def made_up(number: int) -> dict[str, Any]:
    """A row as the API gives it."""
    return {
        "id": f"m{number}",
        "at": "2026-11-28T12:00:00.000Z",
        "vhost": "15-15_v2.0",
        "sender": SENDERS[number % 2],
        "recipient": "fr.health.samuB",
        "distributionID": f"x_{number}",
        "kind": "Report",
        "type": "RS-EDA",
        "format": "json",
        "outcome": "routed",
        "errorCode": None,
        "errorCause": None,
        "problems": [],
        "spec": None,
        "queue": None,
    }


def answer_with_rows(route: Route) -> None:
    """What a Hub with ten thousand messages answers, page by page."""
    query = dict(parse_qsl(urlsplit(route.request.url).query))
    first = int(query.get("after", "m0")[1:]) + 1
    if "latest" in query:
        first = 10_001 - int(query["latest"])
    last = min(10_000, first + int(query.get("limit", "10000")) - 1)
    rows = [made_up(number) for number in range(first, last + 1)]
    route.fulfill(json={"messages": rows, "next": f"m{last}" if last < 10_000 else None})


MODULES = re.compile("/page/(app|page|words|lit-html).js")
LATER = re.compile("/page/(message|lrm|hub|form).js")


def test_the_newest_rows_are_asked_for_before_the_modules_are_there(
    page: Page, hub: LiveHub
) -> None:
    """Two waves: the page, then at once all that the first rows need."""
    send(hub, 1)
    gate = Gate(page, MODULES)
    with page.expect_response(re.compile(r"/api/v1/messages\?latest=")):
        page.goto("/", wait_until="commit")
    assert page.locator("main").count() == 0
    gate.open()
    expect(rows(page)).to_have_count(1)


def test_the_first_rows_need_few_requests(page: Page, hub: LiveHub) -> None:
    """The modules of the other views come once the rows are in sight."""
    send(hub, 1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    gate = Gate(page, LATER)
    page.goto("/", wait_until="commit")
    expect(rows(page)).to_have_count(1)
    first = asked[: asked.index("/api/v1/messages") + 1]
    assert len(first) <= 8
    assert not any(map(LATER.search, first))
    page.get_by_role("link", name="Test LRM").click()
    expect(page.get_by_text("Loading…")).to_be_visible()
    gate.open()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


def test_the_newest_rows_are_drawn_before_the_rest_has_come(page: Page) -> None:
    held: list[Route] = []
    rest = re.compile(r"/api/v1/messages\?limit=")
    page.route(re.compile(r"/api/v1/messages\?latest="), answer_with_rows)
    page.route(rest, lambda route: held.append(route))  # noqa: PLW0108 - a function with a place
    page.goto("/")
    expect(rows(page).first).to_be_visible()
    expect(page.locator(".count")).to_contain_text("60 of 60")
    page.unroute(rest)
    page.route(rest, answer_with_rows)
    for route in held:
        answer_with_rows(route)
    expect(page.locator(".count")).to_contain_text("10000 of 10000")


def test_ten_thousand_rows_in_their_order(page: Page) -> None:
    page.route(re.compile(r"/api/v1/messages\?"), answer_with_rows)
    page.goto("/")
    expect(page.locator(".count")).to_contain_text("10000 of 10000")
    assert rows(page).count() < 60
    assert rows(page).first.get_attribute("id") == "row-m10000"
    rows(page).first.focus()
    page.keyboard.press("End")
    expect(page.locator("#row-m1")).to_be_focused()
    expect(page.locator("#row-m1")).to_have_attribute("aria-rowindex", "10001")
    page.get_by_label("Client", exact=True).select_option(SENDERS[1])
    expect(page.locator(".count")).to_contain_text("5000 of 10000")
