"""Lost lines, restarts, several tabs, hidden tabs: nothing is lost, doubled or jumps."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import needs_chromium
from tests.browser.pages import (
    DELAY_MS,
    ask,
    composer,
    conversation_id,
    launcher,
    log_in,
    new_context,
    open_chat,
    operator,
    say_as_operator,
    session_of,
    transcript,
    watched,
    write,
)
from tests.conftest import Server
from tests.server.test_rest import new_sender, say

pytestmark = needs_chromium

RETURN_MS = 45_000
"""The longest pause between two tries is 30 s."""
BADGE = "frontdesk-chat .badge"
LONG = "\n".join(f"Line {number} of a long answer." for number in range(60))


@pytest.fixture
def queue_cleared(desk: Server) -> Iterator[None]:
    """Leave nobody waiting, so that the next test counts from zero."""
    yield
    client = operator(desk.url)
    for item in client.get("/console/api/conversations", params={"view": "queue"}).json()["items"]:
        path = f"/console/api/conversations/{item['id']}"
        client.post(f"{path}/claim")
        client.post(f"{path}/resolve", json={"if_customer_last_seq": item["customer_last_seq"]})


def lines(page: Page, text: str) -> Locator:
    return transcript(page).get_by_role("article").filter(has_text=text)


def test_a_message_typed_while_the_server_restarts_is_sent_once(
    browser: Browser, desk: Server
) -> None:
    page = open_chat(new_context(browser), desk.url)
    problems = watched(page)
    ask(page, "How long does delivery take?", "working days")
    desk.stop()
    expect(page.get_by_text("Connection lost. Reconnecting")).to_be_visible(timeout=DELAY_MS)

    write(page, "Which ways can I pay?")
    expect(page.get_by_text("Will be sent when you are back online")).to_be_visible()
    desk.start()

    expect(transcript(page)).to_contain_text("PayPal", timeout=RETURN_MS)
    expect(page.get_by_text("Connection lost. Reconnecting")).to_be_hidden()
    expect(lines(page, "Which ways can I pay?")).to_have_count(1)
    page.reload()
    launcher(page).click()
    expect(lines(page, "Which ways can I pay?")).to_have_count(1, timeout=DELAY_MS)
    assert problems == []


@pytest.mark.usefixtures("queue_cleared")
def test_replies_typed_while_the_server_restarts_are_sent_once_and_in_order(
    browser: Browser, desk: Server
) -> None:
    sender = new_sender()
    say(desk.url, "I want to talk to a person", sender)
    page = log_in(new_context(browser), desk.url)
    problems = watched(page)
    page.get_by_role("option", name=sender).click()
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_text("Handled by you")).to_be_visible(timeout=DELAY_MS)
    desk.stop()
    expect(page.get_by_text("Connection lost. Reconnecting")).to_be_visible(timeout=DELAY_MS)

    reply = page.locator("#reply")
    for text in ("First of two", "Second of two"):
        reply.fill(text)
        reply.press("Enter")
    expect(page.get_by_text("Goes out when the connection is back").first).to_be_visible()
    expect(page.get_by_text("Not sent")).to_have_count(0)
    desk.start()

    sent = page.locator("article.from-agent:not(.message-pending)")
    expect(sent).to_contain_text(["First of two", "Second of two"], timeout=RETURN_MS)
    expect(sent).to_have_count(2)
    path = f"/console/api/conversations/{sender}"
    told = operator(desk.url).get(path).json()["events"]
    texts = [event["text"] for event in told if event["from"]["kind"] == "agent" and event["text"]]
    assert texts == ["First of two", "Second of two"]
    assert problems == []


def test_two_tabs_of_a_customer_show_the_same_and_share_what_was_read(
    browser: Browser, desk: Server
) -> None:
    context = new_context(browser)
    first = open_chat(context, desk.url)
    ask(first, "How long does delivery take?", "working days")
    second = open_chat(context, desk.url)
    expect(transcript(second)).to_contain_text("working days", timeout=DELAY_MS)

    write(second, "Which ways can I pay?")
    expect(transcript(first)).to_contain_text("PayPal", timeout=DELAY_MS)
    expect(lines(first, "Which ways can I pay?")).to_have_count(1)
    second.keyboard.press("Escape")
    first.keyboard.press("Escape")
    say_as_operator(operator(desk.url), conversation_id(first), "A word from Ana")
    expect(first.locator(BADGE)).to_have_text("1", timeout=DELAY_MS)
    expect(second.locator(BADGE)).to_have_text("1", timeout=DELAY_MS)
    first.bring_to_front()
    first.locator(".launcher").click()

    expect(first.locator(BADGE)).to_be_hidden()
    expect(second.locator(BADGE)).to_be_hidden(timeout=DELAY_MS)


def test_the_badge_counts_what_was_not_seen_and_the_chat_opens_there(
    browser: Browser, desk: Server
) -> None:
    page = open_chat(new_context(browser), desk.url)
    ask(page, "How long does delivery take?", "working days")
    page.keyboard.press("Escape")
    ana = operator(desk.url)
    for text in (LONG, "Two", "Three"):
        say_as_operator(ana, conversation_id(page), text)
    expect(page.locator(BADGE)).to_have_text("3", timeout=DELAY_MS)
    button = page.get_by_role("button", name="Open chat, 3 unread")

    button.click()

    expect(page.locator(BADGE)).to_be_hidden()
    expect(lines(page, "Three")).to_be_in_viewport()


def test_who_reads_back_is_not_moved_by_a_new_message(browser: Browser, desk: Server) -> None:
    page = open_chat(new_context(browser), desk.url)
    ask(page, "How long does delivery take?", "working days")
    ana = operator(desk.url)
    say_as_operator(ana, conversation_id(page), LONG)
    expect(transcript(page)).to_contain_text("Line 59", timeout=DELAY_MS)
    log = transcript(page)
    log.hover()
    page.mouse.wheel(0, -600)
    page.wait_for_function("node => node.scrollTop > 0", arg=log.element_handle())
    page.wait_for_timeout(200)
    before = log.evaluate("node => node.scrollTop")

    say_as_operator(ana, conversation_id(page), "Something new")
    pill = page.get_by_role("button", name="New messages")
    expect(pill).to_be_visible(timeout=DELAY_MS)

    assert log.evaluate("node => node.scrollTop") == before
    pill.click()
    expect(lines(page, "Something new")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_the_end_stays_in_sight_while_the_composer_grows_and_shrinks(
    browser: Browser, desk: Server
) -> None:
    page = open_chat(new_context(browser), desk.url)
    ask(page, "How long does delivery take?", "working days")
    say_as_operator(operator(desk.url), conversation_id(page), LONG)
    expect(transcript(page)).to_contain_text("Line 59", timeout=DELAY_MS)
    left = "node => node.scrollHeight - node.scrollTop - node.clientHeight"

    for text in ("one\ntwo\nthree\nfour\nfive", "", "x" * 500, ""):
        composer(page).fill(text)
        page.wait_for_timeout(100)

        assert transcript(page).evaluate(left) < 2, text


def test_typing_shows_and_ends(browser: Browser, desk: Server) -> None:
    page = open_chat(new_context(browser), desk.url)
    ask(page, "How long does delivery take?", "working days")
    conversation = conversation_id(page)
    say_as_operator(operator(desk.url), conversation, "Hello")
    console = log_in(new_context(browser), desk.url)
    console.goto(f"{desk.url}/console/#/all/{conversation}")
    reply = console.locator("#reply")
    expect(reply).to_be_visible(timeout=DELAY_MS)

    reply.press_sequentially("Let me see", delay=20)
    typing = page.get_by_role("img", name="admin is typing")
    expect(typing).to_be_visible(timeout=DELAY_MS)
    reply.fill("")
    expect(typing).to_be_hidden(timeout=DELAY_MS)
    composer(page).press_sequentially("And", delay=20)
    seen = console.get_by_role("log").get_by_text("is typing")
    expect(seen).to_be_visible(timeout=DELAY_MS)

    expect(seen).to_be_hidden(timeout=DELAY_MS)  # nobody said it ended: it lasts 6 seconds


@pytest.mark.usefixtures("queue_cleared")
def test_the_console_says_in_a_hidden_tab_that_somebody_waits(
    browser: Browser, desk: Server
) -> None:
    page = log_in(new_context(browser), desk.url)
    expect(page).to_have_title("Frontdesk")
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => window.isHidden})")
    page.evaluate("window.isHidden = true")

    say(desk.url, "I want to talk to a person", new_sender())

    expect(page).to_have_title("Customers waiting: 1", timeout=DELAY_MS)
    expect(page).to_have_title("(1) Frontdesk", timeout=DELAY_MS)
    page.evaluate("window.isHidden = false")
    page.wait_for_timeout(3500)
    assert page.title() == "(1) Frontdesk"


def test_a_session_that_ended_leads_to_the_password_not_to_endless_tries(
    browser: Browser, desk: Server
) -> None:
    context = new_context(browser)
    page = log_in(context, desk.url)
    # What the console asked for while it opened is answered: the session ends after that.
    page.wait_for_load_state("networkidle")
    problems = watched(page)
    context.clear_cookies()

    context.set_offline(True)
    context.set_offline(False)

    expect(page.locator("#password")).to_be_visible(timeout=DELAY_MS)
    expect(page.get_by_text("Your session ended")).to_be_visible()
    assert problems == []


@pytest.mark.usefixtures("queue_cleared")
def test_a_whole_conversation_leaves_no_error_in_any_console(
    browser: Browser, desk: Server
) -> None:
    shop = new_context(browser).new_page()
    page = new_context(browser).new_page()
    problems = [watched(shop), watched(page)]
    shop.goto(f"{desk.url}/")
    launcher(shop).click()
    ask(shop, "How long does delivery take?", "working days")
    write(shop, "I want to talk to a person")
    expect(shop.get_by_text("Waiting for a colleague").first).to_be_visible(timeout=DELAY_MS)
    for name, value in session_of(desk.url).items():
        page.context.add_cookies([{"name": name, "value": value, "url": f"{desk.url}/console"}])
    page.goto(f"{desk.url}/console/")
    row = page.get_by_role("option", name=re.compile("Visitor"))
    row.click()
    expect(page.locator(".row-preview").first).to_have_text("How long does delivery take?")
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(shop.get_by_text("Chatting with admin").first).to_be_visible(timeout=DELAY_MS)
    page.locator("#reply").fill("Hello")
    page.locator("#reply").press("Enter")
    expect(transcript(shop)).to_contain_text("Hello", timeout=DELAY_MS)
    page.get_by_role("button", name="Hand back to bot").click()
    expect(transcript(shop)).to_contain_text("The assistant is back", timeout=DELAY_MS)

    assert problems == [[], []]


def test_a_chat_that_cannot_be_loaded_says_so_and_loads_at_the_next_try(
    browser: Browser, desk: Server
) -> None:
    page = new_context(browser).new_page()
    page.route("**/widget-app.js*", lambda route: route.abort())
    page.goto(f"{desk.url}/")
    launcher(page).click()
    failed = page.get_by_role("button", name="Chat unavailable, try again")
    expect(failed).to_be_visible(timeout=DELAY_MS)
    expect(page.locator(BADGE)).to_have_text("!")
    page.unroute("**/widget-app.js*")

    failed.click()

    expect(composer(page)).to_be_focused(timeout=DELAY_MS)
    expect(page.locator(BADGE)).to_be_hidden()
