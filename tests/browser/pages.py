"""What a customer does in the shop's chat, and an operator in the console."""

from __future__ import annotations

import functools
import re
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.conftest import PASSWORD

DELAY_MS = 15_000
"""How long an answer may take on a busy machine."""
CSRF = {"X-Frontdesk-CSRF": "1"}
NOT_OURS = re.compile(r"net::ERR_|status of (409|503)")
"""What Chromium itself reports of a lost connection, or of an answer that the page expects."""


def watched(page: Page) -> list[str]:
    """Return the list that the page's errors and warnings go to."""
    problems: list[str] = []

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not NOT_OURS.search(text):
            problems.append(text)

    page.on("console", lambda message: note(message.type, message.text))
    page.on("pageerror", lambda error: note("error", str(error)))
    return problems


def new_context(browser: Browser, **more: Any) -> BrowserContext:
    """Return a browser of somebody new, who wants no motion."""
    settings: dict[str, Any] = {"locale": "en-US", "reduced_motion": "reduce"} | more
    return browser.new_context(**settings)


def launcher(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("Open chat|打开聊天"))


def open_chat(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/")
    launcher(page).click()
    expect(transcript(page)).to_be_visible(timeout=DELAY_MS)
    return page


def transcript(page: Page) -> Locator:
    return page.get_by_role("log")


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("Write a message|输入消息"))


def write(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")


def ask(page: Page, text: str, expected: str) -> None:
    """Write, and wait for an answer that holds `expected`."""
    write(page, text)
    expect(transcript(page)).to_contain_text(expected, timeout=DELAY_MS)


def conversation_id(page: Page) -> str:
    """Return the id that the server gave this visitor."""
    stored = page.evaluate(
        "Object.entries(localStorage).find(([key]) => /^frontdesk:[^:]+:\\d+$/.test(key))[1]"
    )
    found = re.search(r'"conv":"([^"]+)"', stored)
    assert found
    return found[1]


def log_in(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/console/")
    page.locator("#username").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator(".desk")).to_be_visible(timeout=DELAY_MS)
    return page


@functools.cache
def session_of(url: str) -> dict[str, str]:
    """Return the cookies of an operator who logged in once: logins are limited."""
    body = {"username": "admin", "password": PASSWORD}
    answer = httpx.post(f"{url}/console/api/login", json=body, headers=CSRF, timeout=30)
    answer.raise_for_status()
    return dict(answer.cookies)


def operator(url: str) -> httpx.Client:
    """Return an operator who works by the API, for what a test does not look at."""
    return httpx.Client(base_url=url, headers=CSRF, cookies=session_of(url), timeout=30)


def say_as_operator(client: httpx.Client, conversation: str, text: str) -> None:
    body = {"cid": f"test-{abs(hash(text))}", "text": text, "takeover": True}
    path = f"/console/api/conversations/{conversation}/messages"
    client.post(path, json=body).raise_for_status()
