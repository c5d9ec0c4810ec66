"""Replies as Slack messages, and what Slack's checks of the address get."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.types import Button, ConversationId, Outbound, Reply
from connectors.push import Address
from connectors.slack.channel import Slack, SlackSettings
from connectors.slack.render import render
from tests.contracts.cases import SIGNING_SECRET, SlackCase
from tests.contracts.channel_case import Body

AT = Address(chat="D1")
DESK: Any = SimpleNamespace(store=None, hints=None)


def outbound(reply: Reply, sender_id: str = "U1") -> Outbound:
    return Outbound(
        idem_key="1:0", conversation_id=ConversationId("U1"), channel="slack", sender_id=sender_id,
        reply=reply, seq=1,
    )  # fmt: skip


def messages(reply: Reply, at: Address = AT) -> list[dict[str, Any]]:
    return [dict(operation.payload) for operation in render(outbound(reply), at).operations]


def test_buttons_stand_below_the_text_in_blocks() -> None:
    (message,) = messages(Reply(text="Sure?", buttons=(Button(title="Yes", payload="/affirm"),)))

    section, actions = message["blocks"]
    assert (message["channel"], message["text"]) == ("D1", "Sure?")
    assert section["text"]["text"] == "Sure?"
    assert [(e["text"]["text"], e["value"]) for e in actions["elements"]] == [("Yes", "/affirm")]


def test_an_image_is_a_block_with_its_name() -> None:
    (message,) = messages(Reply(image="https://x.example/mug.png"))

    assert message["blocks"] == [
        {"type": "image", "image_url": "https://x.example/mug.png", "alt_text": "mug.png"}
    ]


def test_a_thread_is_answered_in_the_thread() -> None:
    (message,) = messages(Reply(text="x"), Address(chat="C1", thread="10.1"))

    assert message["thread_ts"] == "10.1"


def test_custom_json_goes_out_as_it_is_written() -> None:
    (message,) = messages(Reply(custom={"blocks": [{"type": "divider"}], "channel": "C9"}))

    assert message == {"channel": "C9", "blocks": [{"type": "divider"}]}


def test_an_attachment_in_slacks_form_is_kept() -> None:
    attachment = {"fallback": "a bill", "title": "Bill"}

    (message,) = messages(Reply(attachment=attachment))

    assert message == {"channel": "D1", "text": "a bill", "attachments": [attachment]}


def channel(**more: Any) -> Slack:
    settings = {"slack_token": "xoxb-1", "slack_signing_secret": SIGNING_SECRET} | more
    return Slack(DESK, SlackSettings.model_validate(settings))


def test_the_challenge_is_echoed() -> None:
    body = Body(b'{"type": "url_verification", "challenge": "abc"}')

    answer = channel().handshake(SlackCase().sign(body, at_s=0))

    assert answer is not None and answer.body == b"abc"


def test_a_check_of_the_certificate_is_answered() -> None:
    body = Body(b"ssl_check=1&token=x", "application/x-www-form-urlencoded")

    answer = channel().handshake(SlackCase().sign(body, at_s=0))

    assert answer is not None and answer.status_code == 200


@pytest.mark.parametrize(
    ("sender_id", "more", "chat"),
    [
        ("U1", {}, "U1"),
        ("U1", {"slack_channel": "C1"}, "C1"),
        ("U1_C2", {"slack_channel": "C1"}, "C2"),
        ("U1_C2_10.1", {"use_threads": True}, "C2"),
    ],
)
def test_who_never_wrote_is_reached_by_the_conversations_name(
    sender_id: str, more: dict[str, Any], chat: str
) -> None:
    address = channel(**more).address_of(outbound(Reply(text="x"), sender_id))

    assert address is not None and address.chat == chat


def test_the_published_signature_is_accepted() -> None:
    import json

    from connectors.push import RawRequest
    from tests.contracts.cases import SHARED

    path = SHARED / "fixtures" / "signature_vectors.json"
    if not path.is_file():
        pytest.skip(f"the published vectors are not here: {path}")
    vector = json.loads(path.read_text())["slack"]
    headers = {
        "x-slack-request-timestamp": vector["timestamp"],
        "x-slack-signature": vector["signature"],
    }
    request = RawRequest(
        method="POST", headers=headers, body=vector["body"].encode(),
        received_at=float(vector["timestamp"]),
    )  # fmt: skip

    channel(slack_signing_secret=vector["signing_secret"]).verify(request)
