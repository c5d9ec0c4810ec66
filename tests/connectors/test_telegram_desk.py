"""One conversation over Telegram from end to end: bot, button, operator, kill -9 in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import Server
from tests.connectors.telegram_desk import CASE, Operator, deliver, telegram_desk
from tests.fakes.telegram import FakeTelegram

CHAT = "1001"


@pytest.fixture
def desk(project_copy: Path) -> Iterator[tuple[Server, FakeTelegram]]:
    with telegram_desk(project_copy) as running:
        running[1].wait_until(lambda: any(c.method == "setWebhook" for c in running[1].took))
        yield running


def messages(fake: FakeTelegram, chat: str = CHAT) -> list[dict[str, object]]:
    """Return what was said in a chat."""
    said = [dict(c.payload) for c in fake.took if c.method == "sendMessage"]
    return [payload for payload in said if payload["chat_id"] == chat]


def test_a_customer_presses_a_button_and_a_person_takes_over(
    desk: tuple[Server, FakeTelegram],
) -> None:
    server, fake = desk
    assert deliver(server, fake, CASE.message("what can you do?", 1).content) == 200
    fake.wait_until(lambda: len(messages(fake)) == 1)
    keys = [key for row in messages(fake)[0]["reply_markup"]["inline_keyboard"] for key in row]  # type: ignore[index]
    (person,) = [key for key in keys if key["text"] == "Talk to a person"]

    press = CASE.press(person["callback_data"], person["text"], 2).content
    assert deliver(server, fake, press) == 200
    fake.wait_until(lambda: any(c.method == "answerCallbackQuery" for c in fake.took))
    fake.wait_until(lambda: len(messages(fake)) == 2)

    operator = Operator(server)
    operator.post(f"/conversations/{CHAT}/claim")
    server.kill()
    server.start()
    operator.post(f"/conversations/{CHAT}/messages", cid="first-words", text="Hello, Kim here.")
    fake.wait_until(lambda: len(messages(fake)) == 3)

    assert messages(fake)[-1]["text"] == "Hello, Kim here."
    assert not fake.refused
    assert operator.heard(CHAT) == ["what can you do?", "Talk to a person"]


def test_an_update_that_comes_again_after_a_kill_is_answered_once(
    desk: tuple[Server, FakeTelegram],
) -> None:
    server, fake = desk
    update = CASE.message("hello", 1).content
    assert deliver(server, fake, update) == 200
    fake.wait_until(lambda: len(messages(fake)) == 1)

    server.kill()
    server.start()
    assert deliver(server, fake, update) == 200
    assert deliver(server, fake, CASE.message("bye", 2).content) == 200
    fake.wait_until(lambda: len(messages(fake)) == 2)

    assert Operator(server).heard(CHAT) == ["hello", "bye"]


def test_telegrams_pauses_are_kept_and_nothing_is_lost(desk: tuple[Server, FakeTelegram]) -> None:
    server, fake = desk
    fake.script.extend(["rate_limited", "broken", "ok"])

    assert deliver(server, fake, CASE.message("hello", 1).content) == 200

    fake.wait_until(lambda: len(messages(fake)) == 1)


def test_a_stranger_without_the_secret_is_refused(desk: tuple[Server, FakeTelegram]) -> None:
    server, _ = desk
    url = f"{server.url}{CASE.webhook}"

    assert httpx.post(url, content=CASE.message("hello", 1).content).status_code == 403
    assert httpx.get(f"{server.url}/webhooks/telegram/").json() == {"status": "ok"}
    assert httpx.post(f"{server.url}/webhooks/telegram/set_webhook").status_code == 200
