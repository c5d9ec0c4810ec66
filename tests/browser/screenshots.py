"""Write the README's screenshots: real conversations on a real server, in Chromium.

Run from the repository's root: python tests/browser/screenshots.py
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from bot.cli.train import ensure_trained  # noqa: E402
from tests.browser.conftest import ARGUMENTS, CHROMIUM  # noqa: E402
from tests.conftest import PASSWORD, copy_shipped_bot, running  # noqa: E402

IMAGES = ROOT / ".github" / "images"
MAX_BYTES = 400_000
DESKTOP, DESK, PHONE = (1280, 800), (1440, 900), (360, 740)
CSRF = {"X-Frontdesk-CSRF": "1"}
TIMEOUT_MS = 20_000


def main() -> None:
    """Write every screenshot."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = copy_shipped_bot(Path(temporary) / "bot")
        ensure_trained(folder)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with running(folder) as server:
            hire(server.url, "Ana", "晓雯")
            others(server.url)
            english(browser, server.url)
            chinese(browser, server.url)
        browser.close()


def english(browser: Browser, url: str) -> None:
    """Write the English screenshots."""
    with chat(browser, url, "en-US", "light", PHONE) as page:
        ask(page, "How long does delivery take?", "working days")
        ask(page, "where is my order?", "order number")
        ask(page, "FD204815", "in transit with DHL")
        shoot(page, "widget-en-360")

    with chat(browser, url, "en-US", "light", DESKTOP) as page:
        ask(page, "How long does delivery take?", "working days")
        ask(page, "Where is my order FD204815?", "in transit with DHL")
        ask(page, "I want to talk to a person", "colleague")
        with console(browser, url, "Ana", "en-US", "light", DESK) as desk:
            open_newest(desk)
            desk.get_by_role("button", name="Claim", exact=True).click()
            expect(page.get_by_text("Chatting with Ana")).to_be_visible(timeout=TIMEOUT_MS)
            answer(desk, "Hello, this is Ana. DHL has your parcel in Leipzig, it is on time.")
            expect(page.get_by_text("in Leipzig")).to_be_visible(timeout=TIMEOUT_MS)
            shoot(page, "widget-en-light")
            ask(page, "Thank you! Can I give it to a neighbour if I am out?")
            expect(desk.locator("article").last).to_contain_text("neighbour", timeout=TIMEOUT_MS)
            answer(desk, "Of course. Please send me the house number and I will tell DHL.")
            explain(desk, "working days")
            shoot(desk, "console-en-light")
            address = desk.url
        with console(browser, url, "Ana", "en-US", "light", PHONE) as desk:
            desk.goto(address.removesuffix("/why"))
            expect(desk.get_by_text("house number").last).to_be_visible(timeout=TIMEOUT_MS)
            shoot(desk, "console-en-360")


def chinese(browser: Browser, url: str) -> None:
    """Write the Chinese screenshots."""
    with chat(browser, url, "zh-CN", "dark", DESKTOP) as page:
        ask(page, "一般多久能送到？", "工作日")
        ask(page, "我的订单到哪了？", "订单号")
        ask(page, "FD204815", "DHL")
        shoot(page, "widget-zh-dark")

    with chat(browser, url, "zh-CN", "dark", PHONE) as page:
        ask(page, "一般多久能送到？", "工作日")
        ask(page, "我的订单 FD204815 到哪了？", "DHL")
        ask(page, "转人工", "同事|客服")
        with console(browser, url, "晓雯", "zh-CN", "dark", DESK) as desk:
            open_newest(desk)
            desk.get_by_role("button", name="接入", exact=True).click()
            expect(page.get_by_text("正在与 晓雯 对话")).to_be_visible(timeout=TIMEOUT_MS)
            answer(desk, "您好，我是晓雯。包裹已到莱比锡，会按时送达。")
            expect(page.get_by_text("莱比锡")).to_be_visible(timeout=TIMEOUT_MS)
            shoot(page, "widget-zh-360")
            ask(page, "谢谢！不在家可以放邻居那里吗？")
            expect(desk.locator("article").last).to_contain_text("邻居", timeout=TIMEOUT_MS)
            answer(desk, "可以，请把门牌号发给我，我来联系 DHL。")
            explain(desk, "工作日")
            shoot(desk, "console-zh-dark")


def hire(url: str, *names: str) -> None:
    """Add operators."""
    with httpx.Client(base_url=url, headers=CSRF) as admin:
        who = {"username": "admin", "password": PASSWORD}
        while admin.post("/console/api/login", json=who).status_code == 401:
            time.sleep(0.5)  # the port opens a moment before the first admin is there
        for name in names:
            body = {"name": name, "password": PASSWORD, "role": "agent"}
            admin.post("/console/api/operators", json=body).raise_for_status()


def others(url: str) -> None:
    """Let other customers write, so that the desk is not empty."""
    said = {
        "Maria Lopez": ["Do you deliver to Norway?"],
        "李娜": ["可以用支付宝付款吗？", "谢谢"],
        "Tomasz Nowak": [
            "I want to talk to a person",
            "The second lamp is broken, too. This is a joke, I want my money back now!",
        ],
        "王强": ["转人工", "我要投诉，包裹丢了"],
        "Priya Raman": ["Which ways can I pay?"],
    }
    for sender, lines in said.items():
        for line in lines:
            body = {"sender": sender, "message": line}
            httpx.post(f"{url}/webhooks/rest/webhook", json=body, timeout=30).raise_for_status()


@contextmanager
def chat(
    browser: Browser, url: str, locale: str, scheme: str, size: tuple[int, int]
) -> Iterator[Page]:
    """Open the demo shop with the chat open."""
    with window(browser, locale, scheme, size) as page:
        page.goto(f"{url}/webchat/demo/?lang={locale[:2]}")
        page.get_by_role("button", name=re.compile("Open chat|打开聊天")).click()
        expect(page.get_by_role("log")).to_be_visible(timeout=TIMEOUT_MS)
        yield page


@contextmanager
def console(
    browser: Browser, url: str, name: str, locale: str, scheme: str, size: tuple[int, int]
) -> Iterator[Page]:
    """Open the console, signed in."""
    with window(browser, locale, scheme, size) as page:
        page.goto(f"{url}/console/")
        page.locator("#username").fill(name)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        expect(page.get_by_role("option").first).to_be_visible(timeout=TIMEOUT_MS)
        yield page


@contextmanager
def window(browser: Browser, locale: str, scheme: str, size: tuple[int, int]) -> Iterator[Page]:
    """Open a browser window of its own, as one person has it."""
    context = browser.new_context(
        locale=locale,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1,
        timezone_id="Asia/Shanghai" if locale == "zh-CN" else "Europe/Berlin",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def ask(page: Page, text: str, expected: str | None = None) -> None:
    """Write as the customer and wait for the answer."""
    box = page.get_by_role("textbox", name=re.compile("Write a message|输入消息"))
    articles = page.get_by_role("article")
    before = articles.count()
    box.fill(text)
    box.press("Enter")
    if expected:
        expect(articles.nth(before + 1)).to_contain_text(re.compile(expected), timeout=TIMEOUT_MS)
    else:
        expect(articles.nth(before)).to_contain_text(text, timeout=TIMEOUT_MS)


def open_newest(desk: Page) -> None:
    """Open the conversation that began to wait last."""
    expect(desk.get_by_role("option")).to_have_count(3, timeout=TIMEOUT_MS)
    desk.get_by_role("option").last.click()


def answer(desk: Page, text: str) -> None:
    """Answer as the operator."""
    box = desk.locator("#reply")
    box.fill(text)
    box.press("Enter")
    expect(desk.locator("article:not(.message-pending)", has_text=text)).to_be_visible()


def explain(desk: Page, text: str) -> None:
    """Show why the bot gave the answer that contains `text`, among all conversations."""
    desk.goto(re.sub(r"#/\w+/", "#/all/", desk.url))
    message = desk.locator("article.from-bot", has_text=text).first
    message.locator(".why-button").click()
    expect(desk.locator(".passages li").first).to_be_visible(timeout=TIMEOUT_MS)


def shoot(page: Page, name: str) -> None:
    """Write the page as an image."""
    page.mouse.move(1, 1)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(700)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    size = path.stat().st_size
    assert size < MAX_BYTES, f"{path.name} has {size} bytes"
    print(f"{path.relative_to(ROOT)}  {size // 1000} kB")


if __name__ == "__main__":
    main()
