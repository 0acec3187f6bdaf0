"""What a person does with the page, by clicking: an exchange, a refusal, the Hub's switches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.live import LiveHub


def open_lrm(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Test LRM", exact=True).click()
    expect(page.get_by_text("The Hub would accept it")).to_be_visible()


def test_a_complete_exchange_by_clicking(page: Page) -> None:
    open_lrm(page)
    page.get_by_label("I am", exact=True).select_option("fr.health.samuA")
    page.get_by_label("I write to", exact=True).select_option("fr.health.samuB")
    page.get_by_role("button", name="Send", exact=True).click()
    sent = page.locator(".sent li")
    expect(sent).to_contain_text("RS-EDA")
    expect(sent).to_contain_text("routed")
    page.get_by_label("I am", exact=True).select_option("fr.health.samuB")
    expect(sent).to_contain_text("delivered")
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(sent).to_contain_text("acknowledged")
    expect(sent).to_contain_text("RC-REF received")


def test_looking_takes_no_message(page: Page, hub: LiveHub) -> None:
    open_lrm(page)
    expect(page.get_by_role("button", name="Connect as samuA")).to_be_visible()
    assert hub.http("GET", "/api/v1/connections")["connections"] == []


def test_a_queue_that_somebody_reads_is_not_shared_unasked(page: Page, hub: LiveHub) -> None:
    with hub.connect("fr.health.samuC") as samu_c:
        samu_c.channel.basic_consume("fr.health.samuC.message", lambda *_: None)
        open_lrm(page)
        page.get_by_label("I am", exact=True).select_option("fr.health.samuC")
        expect(page.get_by_text("Another program reads the queues")).to_be_visible()
        clients = [one["client"] for one in hub.http("GET", "/api/v1/connections")["connections"]]
        assert clients == ["fr.health.samuC"]
        page.get_by_role("button", name="Connect as samuC").click()
        expect(page.locator(".station")).to_contain_text("connected")


def test_a_refused_message_is_explained(page: Page) -> None:
    open_lrm(page)
    text = page.get_by_label("Text", exact=True)
    text.fill(text.input_value().replace('"caseId"', '"casId"', 1))
    expect(page.get_by_text("The Hub would refuse it")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("link", name="See why").click()
    detail = page.get_by_role("complementary")
    expect(detail).to_contain_text("300 INVALID_MESSAGE")
    expect(detail).to_contain_text("casId: is not defined in the schema")
    expect(detail).to_contain_text("DST 3.4")
    expect(detail.locator(".tree .faulty", has_text="casId").first).to_contain_text("additional")
    expect(detail.locator(".steps .bad").first).to_contain_text("rejected")


def test_a_dead_letter_is_told_to_its_sender(page: Page) -> None:
    open_lrm(page)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Connect as samuB").click()
    page.get_by_role("button", name="Refuse", exact=True).click()
    sent = page.locator(".sent li")
    expect(sent).to_contain_text("dead-lettered")
    expect(sent).to_contain_text("500 DEAD_LETTER_QUEUED")


def test_messages_are_acknowledged_by_themselves(page: Page) -> None:
    open_lrm(page)
    page.get_by_role("button", name="Connect as samuB").click()
    page.get_by_label("Automatic RC-REF").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".sent li")).to_contain_text("RC-REF received")


def test_a_form_edits_the_message(page: Page) -> None:
    open_lrm(page)
    page.get_by_label("Type", exact=True).select_option("RS-SR")
    page.get_by_role("button", name="Form", exact=True).click()
    page.get_by_label("caseId *", exact=True).fill("wrong")
    expect(page.get_by_text("The Hub would refuse it")).to_be_visible()
    expect(page.get_by_label("caseId *", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Form", exact=True).click()
    message = json.loads(page.get_by_label("Text", exact=True).input_value())
    inner = message["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    assert inner["resourcesStatus"]["caseId"] == "wrong"


def test_french_english_and_a_reload(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("link", name="Test LRM", exact=True)).to_be_visible()
    page.get_by_role("button", name="Français", exact=True).click()
    expect(page.get_by_role("link", name="LRM de test", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_label("Rechercher", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.get_by_role("link", name="LRM de test", exact=True).click()
    for label in ("Je suis", "J'écris à", "vHost", "Type", "Texte"):
        expect(page.get_by_label(label, exact=True)).to_be_visible()


def test_a_migration_is_stepped(page: Page, hub: LiveHub) -> None:
    page.goto("/#/hub")
    for phase in ("legacy", "dual", "igc"):
        button = page.get_by_role("button", name=phase, exact=True)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        assert hub.http("GET", "/api/v1/phase")["phase"] == phase


def test_another_change_of_certificates_is_stepped(page: Page, hub: LiveHub) -> None:
    page.goto("/#/hub")
    chosen = page.get_by_label("Certificate migration", exact=True)
    chosen.locator("xpath=self::select").select_option("renewal")
    renewed = page.get_by_role("button", name="renewed", exact=True)
    expect(renewed).to_have_accessible_description("A new key and certificate, the same authority")
    renewed.click()
    expect(renewed).to_have_attribute("aria-pressed", "true")
    at = hub.http("GET", "/api/v1/phase")
    assert (at["migration"], at["step"]) == ("renewal", "renewed")
    chosen.locator("xpath=self::select").select_option("igc-sante")
    igc = page.get_by_role("button", name="igc", exact=True)
    expect(igc).to_have_attribute("aria-pressed", "false")
    igc.click()
    expect(igc).to_have_attribute("aria-pressed", "true")


def test_what_a_fault_does_is_said_in_french(page: Page, hub: LiveHub) -> None:
    page.goto("/#/hub")
    page.get_by_role("button", name="Français", exact=True).click()
    page.get_by_text("Ajouter une panne").click()
    expect(page.get_by_text("Combien de temps, en millisecondes")).to_be_visible()


def test_what_a_rule_holds_is_shown_as_held(page: Page, hub: LiveHub) -> None:
    hub.http("POST", "/api/v1/faults", {"effect": "pause", "name": "held-back"})
    opened_case(page, hub)
    expect(page.locator(".message .badge.held")).to_contain_text("held")
    expect(page.get_by_role("complementary")).to_contain_text("held by fault held-back")
    hub.http("DELETE", "/api/v1/faults")
    expect(page.locator(".message .badge.held")).to_have_count(0)


def test_a_fault_is_added_and_its_strike_seen(page: Page, hub: LiveHub) -> None:
    page.goto("/#/hub")
    page.get_by_text("Add a fault").click()
    page.get_by_label("Where", exact=True).select_option("dispatch")
    page.get_by_label("Effect", exact=True).select_option(label="drop")
    page.get_by_role("button", name="Add", exact=True).click()
    rule = page.locator(".rules li")
    expect(rule).to_contain_text("dispatch · drop")
    hub.http(
        "POST", "/api/v1/messages", {"as": "fr.health.samuA", "vhost": "15-15_v2.0", "body": "{}"}
    )
    expect(rule).to_contain_text("Strikes : 1")


@pytest.mark.parametrize(
    ("file", "said"),
    [("igc.crt", "Logs in as : fr.health.samuA"), ("legacy.crt", "igc : refused")],
)
def test_a_certificate_is_looked_at(page: Page, hub: LiveHub, file: str, said: str) -> None:
    page.goto("/#/hub")
    own: Path = hub.certs / "clients" / "fr.health.samuA" / file
    page.get_by_label("Choose a file").set_input_files(own)
    expect(page.locator(".inspected")).to_contain_text(said)


def test_a_store_wants_its_passphrase(page: Page, hub: LiveHub) -> None:
    page.goto("/#/hub")
    store = hub.certs / "clients" / "fr.health.samuA" / "igc.p12"
    page.get_by_label("Choose a file").set_input_files(store)
    expect(page.get_by_role("status").filter(has_text="passphrase")).to_be_visible()
    page.get_by_label("Passphrase, if it needs one").fill(
        (hub.certs / "passphrase.txt").read_text().strip()
    )
    page.get_by_label("Choose a file").set_input_files(store)
    expect(page.locator(".inspected")).to_contain_text("pkcs12")


def test_a_scenario_is_run_and_followed(page: Page) -> None:
    page.goto("/#/hub")
    page.get_by_label("Scenarios", exact=True).select_option("code-300")
    page.get_by_role("button", name="Run", exact=True).click()
    run = page.locator("details", has_text="code-300")
    expect(run.locator("summary")).to_contain_text("pass", timeout=20_000)
    expect(run.locator(".steps .good").first).to_be_visible()
    with page.expect_download() as download:
        run.get_by_role("button", name="Report", exact=True).click()
    report = Path(download.value.path()).read_text("utf-8")
    assert report.startswith('<!DOCTYPE html><html lang="en">')
    assert "<svg" in report
    assert "INVALID_MESSAGE" in report


def opened_case(page: Page, hub: LiveHub) -> None:
    """A named case that was sent, opened."""
    path = "/api/v1/examples/didier-morel-01a?vhost=15-15_v2.0"
    case = json.dumps(hub.http("GET", path), ensure_ascii=False)
    message = {"as": "fr.health.samuA", "vhost": "15-15_v2.0", "body": case}
    identifier = hub.http("POST", "/api/v1/messages", message)["id"]
    page.goto(f"/#/messages?id={identifier}")
    expect(page.get_by_role("complementary")).to_contain_text("RS-EDA")


def test_an_export_replaces_identities(page: Page, hub: LiveHub) -> None:
    opened_case(page, hub)
    for replaced in (False, True):
        page.get_by_label("identities replaced").set_checked(replaced)
        with page.expect_download() as download:
            page.get_by_role("button", name="Export the conversation").click()
        exported = json.loads(Path(download.value.path()).read_text("utf-8"))
        text = json.dumps(exported["messages"], ensure_ascii=False)
        for personal in ("Didier", "Morel", "Sébastien", "+33607080915", "48.8668"):
            assert (personal in text) is not replaced, personal
        body = json.loads(exported["messages"][0]["body"])
        assert body["senderID"] == "fr.health.samuA"


def test_a_message_is_copied_and_sent_again(page: Page, hub: LiveHub) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened_case(page, hub)
    page.get_by_label("Copy as", exact=True).select_option(label="hubemu send")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "hubemu send --as fr.health.samuA --vhost 15-15_v2.0 message.json" in copied
    page.get_by_role("button", name="Resend", exact=True).click()
    expect(page.locator("#rows [role=row]")).to_have_count(2)


def test_a_button_under_the_pointer_stays_where_it_is(page: Page, hub: LiveHub) -> None:
    open_lrm(page)
    connect = page.get_by_role("button", name="Connect as samuB")
    before = connect.bounding_box()
    page.get_by_role("button", name="Connect as samuA").click()
    expect(page.locator(".station")).to_contain_text("connected")
    expect(page.get_by_role("button", name="Connect as samuA")).to_be_disabled()
    assert connect.bounding_box() == before


def test_what_was_pressed_is_refused_though_the_list_moves(page: Page, hub: LiveHub) -> None:
    open_lrm(page)
    page.get_by_role("button", name="Connect as samuB").click()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Refuse", exact=True).hover()
    page.mouse.down()
    page.get_by_role("button", name="Send", exact=True).dispatch_event("click")
    expect(page.locator(".delivery")).to_have_count(2)
    page.mouse.up()
    expect(page.get_by_role("button", name="Refuse", exact=True)).to_have_count(2)
    assert [one["state"] for one in hub.http("GET", "/api/v1/inboxes")["deliveries"]] == [
        "waiting",
        "waiting",
    ]
