"""Telegram and Slack as cases of the channel contract."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from connectors.channel import Desk
from connectors.push import Operation, RawRequest
from connectors.slack.channel import Slack, SlackSettings
from connectors.telegram.channel import SECRET_HEADER, Telegram, TelegramSettings
from tests.contracts.channel_case import Body, ChannelCase
from tests.fakes import slack, telegram
from tests.fakes.platform import Fake, Mood

SHARED = Path(os.environ.get("FRONTDESK_SHARED", Path(__file__).parents[3] / "shared"))
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
WEBHOOK_SECRET = "a-secret_for-tests"
_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")


def published(channel: str) -> Iterator[tuple[str, Any]]:
    """Return the published JSON payloads of `channel` by their file names."""
    folder = SHARED / "fixtures" / channel
    if not folder.is_dir():
        pytest.skip(f"the published payloads are not here: {folder}")
    for path in sorted(folder.glob("*.json")):
        yield path.stem, json.loads(path.read_text())


class TelegramCase(ChannelCase):
    """Telegram."""

    name = "telegram"
    webhook = "/webhooks/telegram/webhook"
    has_timestamp = False
    moods: tuple[Mood, ...] = ("rate_limited", "broken", "bad_token", "blocked", "moved")

    def open(self, desk: Desk, api_url: str) -> Telegram:
        settings = {
            "access_token": telegram.TOKEN, "verify": telegram.USERNAME, "api_url": api_url,
            "secret_token": WEBHOOK_SECRET,
        }  # fmt: skip
        return Telegram(desk, TelegramSettings.model_validate(settings))

    def message(self, text: str, number: int, *, customer: str = "1001") -> Body:
        message = _telegram_message(customer, number) | {"text": text}
        return _json({"update_id": number, "message": message})

    def press(self, value: str, title: str, number: int, *, customer: str = "1001") -> Body:
        message = _telegram_message(customer, number)
        markup = {"inline_keyboard": [[{"text": title, "callback_data": value}]]}
        query = {
            "id": f"q{number}", "from": message["from"], "data": value,
            "message": message | {"reply_markup": markup},
        }  # fmt: skip
        return _json({"update_id": number, "callback_query": query})

    def sign(self, body: Body, *, at_s: float, secret: str | None = None) -> RawRequest:
        headers = {"content-type": body.content_type, SECRET_HEADER: secret or WEBHOOK_SECRET}
        return RawRequest(method="POST", headers=headers, body=body.content, received_at=at_s)

    def fixtures(self) -> Iterator[tuple[str, Body]]:
        for name, found in published("telegram"):
            if name.startswith("bottender"):
                # That project keeps the payloads in camel case and often without an update id.
                updates = {key: _snake(value) for key, value in found.items()}
            else:
                updates = dict(enumerate(found)) if isinstance(found, list) else {"": found}
            for key, update in updates.items():
                yield f"{name} {key}".strip(), _json({"update_id": 1} | update)

    def fake(self) -> Fake:
        return telegram.FakeTelegram()

    @contextmanager
    def serve(self, fake: Fake) -> Iterator[str]:
        with fake.serving("/bot{token}/{method}") as url:
            yield url

    def buttons(self, operation: Operation) -> list[str]:
        rows = (operation.payload.get("reply_markup") or {}).get("inline_keyboard") or []
        return [key["callback_data"] for row in rows for key in row]


class SlackCase(ChannelCase):
    """Slack."""

    name = "slack"
    webhook = "/webhooks/slack/webhook"
    has_timestamp = True

    def open(self, desk: Desk, api_url: str) -> Slack:
        settings = {
            "slack_token": slack.TOKEN, "slack_signing_secret": SIGNING_SECRET,
            "slack_channel": "C111", "use_threads": True, "api_url": api_url,
        }  # fmt: skip
        return Slack(desk, SlackSettings.model_validate(settings))

    def message(self, text: str, number: int, *, customer: str = "1001") -> Body:
        event = {
            "type": "message", "channel_type": "im", "channel": f"D{customer}", "text": text,
            "user": f"U{customer}", "ts": f"1700000000.{number:06}",
        }  # fmt: skip
        envelope = {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{number}"}
        return _json(envelope | {"event": event})

    def press(self, value: str, title: str, number: int, *, customer: str = "1001") -> Body:
        action = {
            "type": "button", "action_id": "choice_1", "value": value,
            "action_ts": f"1700000001.{number:06}", "text": {"type": "plain_text", "text": title},
        }  # fmt: skip
        payload = {
            "type": "block_actions", "team": {"id": "T1"}, "user": {"id": f"U{customer}"},
            "channel": {"id": f"D{customer}"}, "container": {"message_ts": "1700000000.000001"},
            "actions": [action],
        }  # fmt: skip
        return _form({"payload": json.dumps(payload)})

    def sign(self, body: Body, *, at_s: float, secret: str | None = None) -> RawRequest:
        timestamp = str(int(at_s))
        signer = SignatureVerifier(secret or SIGNING_SECRET)
        signature = signer.generate_signature(timestamp=timestamp, body=body.content)
        headers = {
            "content-type": body.content_type,
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": str(signature),
        }
        return RawRequest(method="POST", headers=headers, body=body.content, received_at=at_s)

    def fixtures(self) -> Iterator[tuple[str, Body]]:
        for name, found in published("slack"):
            if name.startswith("opsdroid_method"):
                continue  # answers of the Web API
            if name.startswith("bottender"):
                for key, event in found.items():
                    yield f"{name} {key}", _slack_body(_snake(event))
            else:
                yield name, _slack_body(found)

    def fake(self) -> Fake:
        return slack.FakeSlack()

    @contextmanager
    def serve(self, fake: Fake) -> Iterator[str]:
        with fake.serving("/{method}") as url:
            yield url

    def buttons(self, operation: Operation) -> list[str]:
        blocks = operation.payload.get("blocks") or []
        elements = [e for block in blocks for e in block.get("elements", [])]
        return [element["value"] for element in elements]


def _telegram_message(customer: str, number: int) -> dict[str, Any]:
    person = {"id": int(customer), "is_bot": False, "first_name": "Test", "language_code": "en"}
    chat = {"id": int(customer), "type": "private"}
    return {"message_id": number, "date": 1_700_000_000, "chat": chat, "from": person}


def _slack_body(found: dict[str, Any]) -> Body:
    """Return a payload as it travels: events in an envelope, the rest as a form."""
    if "command" in found:
        return _form({key: str(value) for key, value in found.items()})
    if "actions" in found or "trigger_id" in found:
        return _form({"payload": json.dumps(found)})
    if "event" in found:
        return _json(found | {"type": "event_callback"})
    if found.get("type") == "url_verification":
        return _json(found)
    return _json({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": found})


def _snake(value: Any) -> Any:
    if isinstance(value, dict):
        return {_CAMEL.sub(r"_\1", key).lower(): _snake(item) for key, item in value.items()}
    return [_snake(item) for item in value] if isinstance(value, list) else value


def _json(content: Any) -> Body:
    return Body(json.dumps(content).encode())


def _form(fields: dict[str, str]) -> Body:
    return Body(urlencode(fields).encode(), "application/x-www-form-urlencoded")
