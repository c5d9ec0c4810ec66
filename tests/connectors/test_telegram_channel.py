"""What is special to Telegram's channel: start-up, markup that cannot be read, typing, settings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from bot.server.channels import open_channels
from bot.types import ConversationId, Outbound, Reply
from connectors.channel import Desk
from connectors.notes import Contact
from connectors.push import Address
from connectors.telegram.channel import Telegram, TelegramSettings
from connectors.webchat.channel import typing_frame
from tests.contracts.cases import WEBHOOK_SECRET, TelegramCase
from tests.contracts.conftest import desk as desk
from tests.fakes.telegram import NEW_CHAT, TOKEN, USERNAME, FakeTelegram

CASE = TelegramCase()
CHAT = ConversationId("1001")


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    telegram = FakeTelegram()
    with CASE.serve(telegram):
        yield telegram


def opened(desk: Desk, fake: FakeTelegram, **more: str) -> Telegram:
    settings = {"access_token": TOKEN, "verify": USERNAME, "api_url": fake.url} | more
    return Telegram(desk, TelegramSettings.model_validate(settings))


def saying(reply: Reply) -> Outbound:
    return Outbound(
        idem_key="1:0", conversation_id=CHAT, channel="telegram", sender_id=CHAT, reply=reply,
        seq=1,
    )  # fmt: skip


async def test_the_webhook_is_registered_at_the_start_even_if_telegram_is_away_at_first(
    desk: Desk, fake: FakeTelegram
) -> None:
    fake.script.append("broken")
    channel = opened(desk, fake, webhook_url="https://desk.example/webhooks/telegram/webhook")
    running = asyncio.create_task(channel.run())

    await asyncio.to_thread(fake.wait_until, lambda: len(fake.took) == 2)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [call.method for call in fake.took] == ["getMe", "setWebhook"]
    assert fake.took[1].payload["url"] == "https://desk.example/webhooks/telegram/webhook"
    assert fake.took[1].payload["secret_token"] == channel.secret


async def test_the_secret_is_made_from_the_token_and_can_be_given(
    desk: Desk, fake: FakeTelegram
) -> None:
    first, second = opened(desk, fake), opened(desk, fake)

    assert first.secret == second.secret
    assert TOKEN not in first.secret
    assert opened(desk, fake, secret_token=WEBHOOK_SECRET).secret == WEBHOOK_SECRET


async def test_markup_that_cannot_be_read_goes_out_as_plain_text(
    desk: Desk, fake: FakeTelegram
) -> None:
    channel = opened(desk, fake)

    await channel.send(saying(Reply(custom={"text": "2 * 3", "parse_mode": "Markdown"})))

    assert [dict(call.payload) for call in fake.took] == [{"chat_id": CHAT, "text": "2 * 3"}]


async def test_a_group_that_moved_is_followed(desk: Desk, fake: FakeTelegram) -> None:
    channel = opened(desk, fake)
    await channel.notes.keep_contact(CHAT, Contact(address=Address(chat=CHAT, is_group=True)))
    fake.script.append("moved")
    with pytest.raises(Exception, match="moved"):
        await channel.send(saying(Reply(text="hi")))

    await channel.send(saying(Reply(text="hi")))

    assert fake.took[-1].payload["chat_id"] == str(NEW_CHAT)


async def test_a_person_who_types_is_seen_typing(desk: Desk, fake: FakeTelegram) -> None:
    channel = opened(desk, fake)
    await channel.notes.keep_contact(CHAT, Contact(address=Address(chat=CHAT)))
    running = asyncio.create_task(channel.run())
    await asyncio.sleep(0)  # let it subscribe

    desk.hints.typing(CHAT, typing_frame("bot", True))
    desk.hints.typing(CHAT, typing_frame("agent", True, "Kim"))

    await asyncio.to_thread(fake.wait_until, lambda: bool(fake.took))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [call.method for call in fake.took] == ["sendChatAction"]


async def test_a_secret_that_telegram_would_refuse_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        TelegramSettings.model_validate({"access_token": TOKEN, "secret_token": "no spaces!"})

    assert TOKEN not in str(caught.value)


async def test_rasas_credentials_open_both_channels(desk: Desk) -> None:
    credentials = {
        "telegram": {"access_token": TOKEN, "verify": USERNAME, "webhook_url": "https://x.example"},
        "slack": {
            "slack_token": "xoxb-1", "slack_channel": "C1", "slack_signing_secret": "s",
            "use_threads": True, "conversation_granularity": "thread",
            "slack_retry_reason_header": "x-slack-retry-reason",
            "slack_retry_number_header": "x-slack-retry-num",
            "errors_ignore_retry": ["http_timeout"],
        },
    }  # fmt: skip

    channels = open_channels(desk, credentials)

    paths = {
        route.path for name in credentials for r in channels[name].routers() for route in r.routes
    }
    assert paths == {
        "/webhooks/telegram/", "/webhooks/telegram/webhook", "/webhooks/telegram/set_webhook",
        "/webhooks/slack/", "/webhooks/slack/webhook",
    }  # fmt: skip
