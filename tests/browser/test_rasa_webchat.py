"""Rasa's usual widget, rasa-webchat 1.0.1 as published, against the Socket.IO channel."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import needs_chromium
from tests.conftest import Server
from tests.connectors.channel_server import channel_server, console, tracker_events

WIDGET = Path(__file__).parent / "widget" / "node_modules" / "rasa-webchat" / "lib" / "index.js"
PAGE = """<!doctype html>
<meta charset="utf-8"><title>A shop</title><h1>A shop</h1>
<div id="webchat"></div>
<script src="widget.js"></script>
<script>
  WebChat.default({
    socketUrl: "%s", socketPath: "/socket.io/", title: "Help", initPayload: "/greet",
    customData: {language: "en"}, params: {storage: "local"},
    customMessageDelay: () => 0,
  }, null);
</script>
"""
DELAY_MS = 20_000

pytestmark = [
    *needs_chromium,
    pytest.mark.skipif(
        not WIDGET.is_file(), reason="needs the widget: run `npm ci` in tests/browser/widget"
    ),
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve a folder as a website of its own origin."""
    folder = tmp_path_factory.mktemp("shop")
    handler = functools.partial(_Quiet, directory=str(folder))
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{site.server_port}", folder
    site.shutdown()
    thread.join()
    site.server_close()


@pytest.fixture(scope="module")
def server(shop: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    origin, folder = shop
    settings = {
        "session_persistence": True,
        "metadata_key": "customData",
        "cors_allowed_origins": origin,
    }
    target = tmp_path_factory.mktemp("widget") / "bot"
    with channel_server(target, {"socketio": settings}) as started:
        shutil.copy(WIDGET, folder / "widget.js")
        (folder / "index.html").write_text(PAGE % started.url, "utf-8")
        yield started


def new_visitor(browser: Browser) -> BrowserContext:
    """Return a fresh visitor who reaches this machine only: the bot shows a picture elsewhere."""
    context = browser.new_context(viewport={"width": 900, "height": 800})
    context.route(lambda url: not url.startswith("http://127.0.0.1"), lambda route: route.abort())
    return context


def open_chat(page: Page) -> None:
    page.locator(".rw-launcher").click()
    expect(page.locator(".rw-conversation-container")).to_be_visible(timeout=DELAY_MS)


def write(page: Page, text: str) -> None:
    box = page.locator("textarea.rw-new-message")
    box.fill(text)
    box.press("Enter")


def answers(page: Page) -> list[str]:
    return page.locator(".rw-messages-container .rw-response").all_inner_texts()


def session_of(page: Page) -> str:
    stored = page.evaluate("JSON.parse(localStorage.getItem('chat_session')).session_id")
    assert isinstance(stored, str)
    return stored


def test_the_unmodified_widget_talks_clicks_and_keeps_its_session(
    browser: Browser, server: Server, shop: tuple[str, Path], tmp_path: Path
) -> None:
    page = new_visitor(browser).new_page()
    page.goto(shop[0])
    open_chat(page)
    # Opening sends the widget's `initPayload`.
    expect(page.locator(".rw-response")).to_have_count(2, timeout=DELAY_MS)
    assert answers(page) == ["Hello there.", "How are you?"]

    write(page, "buttons")
    reply = page.locator(".rw-reply", has_text="Say hi")
    expect(reply).to_be_visible(timeout=DELAY_MS)
    page.screenshot(path=tmp_path / "buttons.png")
    reply.click()
    expect(page.locator(".rw-response")).to_have_count(6, timeout=DELAY_MS)
    assert answers(page)[-4:] == ["First part.", "Choose one:", "Hello there.", "How are you?"]
    session_id = session_of(page)
    said = [event["text"] for event in tracker_events(server, session_id, "user")]
    assert said == ["/greet", "buttons", "/greet"]

    page.reload()
    expect(page.locator(".rw-conversation-container")).to_be_visible(timeout=DELAY_MS)
    expect(page.locator(".rw-response")).to_have_count(6, timeout=DELAY_MS)
    write(page, "image")
    expect(page.locator(".rw-response", has_text="Here is one:")).to_be_visible(timeout=DELAY_MS)
    page.screenshot(path=tmp_path / "reloaded.png")

    assert session_of(page) == session_id
    assert len(tracker_events(server, session_id, "user")) == 4


def test_the_widget_hears_what_was_said_while_its_page_was_closed(
    browser: Browser, server: Server, shop: tuple[str, Path]
) -> None:
    context = new_visitor(browser)
    page = context.new_page()
    page.goto(shop[0])
    open_chat(page)
    expect(page.locator(".rw-response")).to_have_count(2, timeout=DELAY_MS)
    session_id = session_of(page)
    page.close()
    _operator_says(server, session_id, "This is Ana.")

    page = context.new_page()
    page.goto(shop[0])

    expect(page.get_by_text("This is Ana.").first).to_be_visible(timeout=DELAY_MS)
    page.reload()
    expect(page.get_by_text("This is Ana.")).to_have_count(1, timeout=DELAY_MS)


def _operator_says(server: Server, session_id: str, text: str) -> None:
    ana = console(server)
    path = f"/console/api/conversations/{session_id}"
    assert ana.post(f"{path}/claim").status_code == 200
    assert ana.post(f"{path}/messages", json={"cid": "c" * 12, "text": text}).status_code == 200
