"""axe-core over shop, chat and console, in every state that a person can bring them into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

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
    transcript,
    write,
)
from tests.conftest import PASSWORD, Server
from tests.server.test_rest import new_sender, say

AXE = Path(__file__).parent / "widget" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
TARGET_PX = 40

RICH = """Order **FD204815**:

| Item | Price |
|---|--:|
| Kettle | €39 |

> It waits ten days.

- `code` and [a link](https://shop.example/help)
"""

pytestmark = [
    *needs_chromium,
    pytest.mark.skipif(
        not AXE.is_file(), reason="needs axe-core: run `npm ci` in tests/browser/widget"
    ),
]


class Audit:
    """Runs axe on the page's states and keeps what is serious or critical."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []

    def look(self, state: str) -> None:
        """Audit the page as it is."""
        self.page.evaluate(AXE.read_text("utf-8"))
        results: Any = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        self.found += [
            f"{state}: {item['id']} ({item['impact']}): {node['target']} {node['html'][:90]}"
            for item in results["violations"]
            if item["impact"] in ("serious", "critical")
            for node in item["nodes"]
        ]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_shop_and_its_chat(
    browser: Browser, desk: Server, scheme: Any, size: dict[str, int]
) -> None:
    context = new_context(browser, color_scheme=scheme, viewport=size)
    page = context.new_page()
    audit = Audit(page)
    page.goto(f"{desk.url}/")
    audit.look("shop")
    page.locator(".add").first.click()
    page.locator("#open-basket").click()
    audit.look("basket")
    page.locator("#close-basket").click()

    launcher(page).click()
    expect(transcript(page)).to_be_visible(timeout=DELAY_MS)
    audit.look("empty chat")
    ask(page, "How long does delivery take?", "working days")
    ask(page, "what can you do?", "Track an order")
    audit.look("answers, sources, buttons")
    page.get_by_role("button", name="More options").click()
    audit.look("menu")
    page.keyboard.press("Escape")
    write(page, "I want to talk to a person")
    expect(page.get_by_text("Waiting for a colleague").first).to_be_visible(timeout=DELAY_MS)
    audit.look("queued")
    say_as_operator(operator(desk.url), conversation_id(page), RICH)
    expect(transcript(page)).to_contain_text("ten days", timeout=DELAY_MS)
    audit.look("operator, table, quote")
    composer(page).fill("x" * 4010)
    audit.look("too long")
    composer(page).fill("")
    context.set_offline(True)
    write(page, "written while offline")
    expect(page.get_by_text("You are offline")).to_be_visible(timeout=DELAY_MS)
    audit.look("offline")

    assert not audit.found, "\n".join(audit.found)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_console(browser: Browser, desk: Server, scheme: Any, size: dict[str, int]) -> None:
    context = new_context(browser, color_scheme=scheme, viewport=size)
    page = context.new_page()
    audit = Audit(page)
    page.goto(f"{desk.url}/console/")
    expect(page.locator("#username")).to_be_visible(timeout=DELAY_MS)
    audit.look("login")
    page.locator("#username").fill("nobody")
    page.locator("#password").fill("wrong")
    page.locator("#password").press("Enter")
    expect(page.locator("#login-problem")).to_be_visible(timeout=DELAY_MS)
    audit.look("login refused")
    page.locator("#username").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator(".desk")).to_be_visible(timeout=DELAY_MS)
    page.goto(f"{desk.url}/console/#/resolved")
    audit.look("an empty view")

    sender = new_sender()
    say(desk.url, "How long does delivery take?", sender)
    say(desk.url, "I want to talk to a person", sender)
    page.goto(f"{desk.url}/console/#/queue")
    row = page.get_by_role("option", name=sender)
    expect(row).to_be_visible(timeout=DELAY_MS)
    audit.look("queue")
    row.click()
    expect(page.locator("article").first).to_be_visible(timeout=DELAY_MS)
    page.locator(".steps summary").first.click()
    audit.look("conversation")
    page.locator("article.from-bot .why-button").first.click()
    expect(page.locator(".passages li").first).to_be_visible(timeout=DELAY_MS)
    audit.look("reasons")
    if size == PHONE:
        page.locator(".why-close").click()
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_text("Handled by you")).to_be_visible(timeout=DELAY_MS)
    page.locator("#reply").fill("Hello")
    page.locator("#reply").press("Enter")
    expect(page.locator("article.from-agent")).to_be_visible(timeout=DELAY_MS)
    audit.look("replied")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_text("Undo")).to_be_visible(timeout=DELAY_MS)
    audit.look("resolved, with a notice")
    if size == PHONE:
        page.goto(f"{desk.url}/console/#/queue")
    page.locator(".nav-me").click()
    audit.look("settings")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    audit.look("shortcuts")

    assert not audit.found, "\n".join(audit.found)


def too_small(page: Page, root: str) -> list[str]:
    """Return what a finger would miss among the buttons and fields below `root`."""
    targets = page.locator(
        f"{root} :is(button, a.chip, textarea, input:not([type=radio]), summary)"
    )
    small = []
    for target in targets.all():
        box = target.bounding_box() if target.is_visible() else None
        # A field may lie in a taller label; a tab stop that is no target has no size.
        if box and min(box["height"], box["width"]) + 0.5 < TARGET_PX:
            small.append(f"{target.inner_text() or target.get_attribute('aria-label')}: {box}")
    return small


def test_everything_is_large_enough_for_a_finger(browser: Browser, desk: Server) -> None:
    phone = new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True)
    chat = open_chat(phone, desk.url)
    ask(chat, "How long does delivery take?", "working days")
    ask(chat, "what can you do?", "Track an order")
    chat.get_by_role("button", name="More options").click()
    sender = new_sender()
    say(desk.url, "I want to talk to a person", sender)
    console = log_in(phone, desk.url)

    assert too_small(chat, "frontdesk-chat") == []
    assert too_small(console, ".desk") == []
    console.get_by_role("option", name=sender).click()
    expect(console.locator("article").first).to_be_visible(timeout=DELAY_MS)
    assert too_small(console, ".desk") == []


def test_the_chat_is_used_by_keyboard_alone(browser: Browser, desk: Server) -> None:
    page = new_context(browser).new_page()
    page.goto(f"{desk.url}/")
    launcher(page).focus()

    page.keyboard.press("Enter")
    expect(composer(page)).to_be_focused(timeout=DELAY_MS)
    page.keyboard.type("what can you do?")
    page.keyboard.press("Enter")
    choice = transcript(page).get_by_role("button", name="Track an order")
    expect(choice).to_be_visible(timeout=DELAY_MS)
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        if choice.evaluate("node => node.getRootNode().activeElement === node"):
            break
    page.keyboard.press("Enter")
    expect(choice).to_be_disabled(timeout=DELAY_MS)
    expect(composer(page)).to_be_focused()
    page.keyboard.press("Escape")

    expect(transcript(page)).to_be_hidden()
    expect(launcher(page)).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/console/"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_is_wider_than_a_small_phone(
    browser: Browser, desk: Server, path: str, direction: str
) -> None:
    context = new_context(browser, viewport={"width": 320, "height": 640})
    page = log_in(context, desk.url) if path == "/console/" else open_chat(context, desk.url)
    page.evaluate("direction => document.documentElement.dir = direction", direction)

    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert wider <= 0


def test_new_messages_are_announced_once_and_politely(browser: Browser, desk: Server) -> None:
    page = open_chat(new_context(browser), desk.url)

    ask(page, "How long does delivery take?", "working days")

    assert transcript(page).get_attribute("aria-live") == "polite"
    assert transcript(page).get_attribute("aria-relevant") == "additions"
    expect(transcript(page).get_by_role("article")).to_have_count(2)
    for article in transcript(page).get_by_role("article").all():
        assert article.get_attribute("aria-label")
