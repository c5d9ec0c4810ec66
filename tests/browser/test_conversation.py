"""A customer and an operator in Chromium: ask, track an order, hand over, take over, hand back."""

from __future__ import annotations

import concurrent.futures
import re

import httpx
from playwright.sync_api import Browser, expect

from tests.browser.conftest import needs_chromium
from tests.browser.pages import DELAY_MS, log_in, new_context, open_chat, transcript, write
from tests.conftest import Server
from tests.server.test_rest import console, new_sender, say

pytestmark = needs_chromium


def test_a_question_in_english_gets_the_answer_and_its_source(
    browser: Browser, desk: Server
) -> None:
    page = open_chat(new_context(browser), desk.url)

    write(page, "How long does delivery take?")

    expect(transcript(page)).to_contain_text("working days", timeout=DELAY_MS)
    links = page.locator("a[href^='https://shop.example/help/']")
    expect(links.first).to_be_visible()


def test_a_question_in_chinese_gets_a_chinese_answer_and_its_source(
    browser: Browser, desk: Server
) -> None:
    page = open_chat(new_context(browser, locale="zh-CN"), desk.url)

    write(page, "一般多久能送到？")

    expect(transcript(page)).to_contain_text("工作日", timeout=DELAY_MS)
    expect(page.get_by_text("智能助手", exact=True).first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("a[href^='https://shop.example/help/']").first).to_be_visible()


def test_the_history_is_there_after_a_reload(browser: Browser, desk: Server) -> None:
    page = open_chat(new_context(browser), desk.url)
    write(page, "hello there")
    expect(page.get_by_role("article")).to_have_count(2, timeout=DELAY_MS)

    page.reload()
    page.get_by_role("button", name=re.compile("Open chat")).click()

    expect(transcript(page)).to_contain_text("hello there", timeout=DELAY_MS)


def test_order_handover_takeover_and_hand_back(browser: Browser, desk: Server) -> None:
    customer = open_chat(new_context(browser), desk.url)
    write(customer, "where is my order?")
    expect(transcript(customer)).to_contain_text("order number", timeout=DELAY_MS)
    write(customer, "FD204815")
    expect(transcript(customer)).to_contain_text("FD204815", timeout=DELAY_MS)
    expect(transcript(customer)).to_contain_text("in transit with DHL", timeout=DELAY_MS)

    write(customer, "I want to talk to a person")
    expect(customer.get_by_text("Waiting for a colleague").first).to_be_visible(timeout=DELAY_MS)

    ana = log_in(new_context(browser), desk.url)
    row = ana.get_by_role("option").first
    expect(row).to_be_visible(timeout=DELAY_MS)
    row.click()
    why = ana.get_by_role("complementary", name="Why the bot said it")
    expect(why).to_be_visible(timeout=DELAY_MS)
    expect(why).to_contain_text("action_handoff")
    expect(why).to_contain_text("Asked for a person")
    expect(why).to_contain_text("talk_to_person")
    ana.get_by_role("button", name="Claim", exact=True).first.click()
    expect(customer.get_by_text("Chatting with admin").first).to_be_visible(timeout=DELAY_MS)

    reply = ana.get_by_role("textbox", name="Reply")
    reply.fill("Hello, this is Ana. Your parcel leaves today.")
    reply.press("Enter")
    expect(transcript(customer)).to_contain_text("Your parcel leaves today.", timeout=DELAY_MS)

    ana.get_by_role("button", name="Hand back to bot").first.click()
    expect(customer.get_by_text("Assistant", exact=True).first).to_be_visible(timeout=DELAY_MS)
    write(customer, "How long does delivery take?")
    expect(transcript(customer)).to_contain_text("working days", timeout=DELAY_MS)


def test_of_two_operators_who_claim_at_once_one_wins_and_the_other_learns_who(
    desk: Server,
) -> None:
    sender = new_sender()
    say(desk.url, "I want to talk to a person", sender)
    bo = console(desk.url)
    hired = bo.post(
        "/console/api/operators",
        json={"name": "bo", "password": "another password", "role": "agent"},
    )
    assert hired.status_code == 200, hired.text
    second = httpx.Client(base_url=desk.url, headers={"X-Frontdesk-CSRF": "1"})
    second.post("/console/api/login", json={"username": "bo", "password": "another password"})

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        path = f"/console/api/conversations/{sender}/claim"
        answers = list(pool.map(lambda client: client.post(path), (bo, second)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    won = next(answer for answer in answers if answer.status_code == 200)
    assert lost.json()["code"] == "already_claimed"
    assert lost.json()["winner"]["name"] == won.json()["assignee"]["name"]


def test_an_angry_customer_is_first_in_the_queue_and_the_operator_knows_what_about(
    browser: Browser, desk: Server
) -> None:
    patient, angry = new_sender(), new_sender()
    say(desk.url, "I want to talk to a person", patient)
    say(desk.url, "The kettle from order FD204815 leaks at the bottom", angry)
    ana = log_in(new_context(browser), desk.url)
    expect(ana.get_by_role("option").first).to_be_visible(timeout=DELAY_MS)

    say(desk.url, "You are liars! Give me my money back or I will sue you!!", angry)
    say(desk.url, "/talk_to_person", angry)

    first = ana.get_by_role("option").first
    expect(first).to_contain_text("Angry", timeout=DELAY_MS)
    expect(ana.locator(f"#row-{patient}")).not_to_contain_text("Angry")
    first.click()
    profile = ana.get_by_role("region", name="About the customer")
    expect(profile).to_contain_text("Angry", timeout=DELAY_MS)
    expect(profile).to_contain_text("leaks at the bottom")
    expect(profile).to_contain_text("kettle")

    say(desk.url, "and refund €39.90 to my credit card", angry)
    expect(profile).to_contain_text("credit card", timeout=DELAY_MS)
