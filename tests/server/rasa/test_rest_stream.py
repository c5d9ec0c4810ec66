"""The REST channel's stream and its names of channels."""

from __future__ import annotations

import json
import uuid

import httpx


def test_a_stream_holds_one_line_per_message(url: str) -> None:
    body = {"sender": uuid.uuid4().hex, "message": "/hello"}

    answer = httpx.post(f"{url}/webhooks/rest/webhook?stream=true", json=body, timeout=30)

    assert answer.headers["content-type"] == "text/event-stream"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == [{"recipient_id": body["sender"], "text": "Hello."}]


def test_the_sender_may_name_the_channel(url: str) -> None:
    body = {"sender": uuid.uuid4().hex, "message": "/hello", "input_channel": "my_app"}

    answer = httpx.post(f"{url}/webhooks/rest/webhook", json=body, timeout=30)

    assert [item["text"] for item in answer.json()] == ["Hello."]
    tracker = httpx.get(f"{url}/conversations/{body['sender']}/tracker").json()
    assert tracker["latest_input_channel"] == "my_app"


def test_a_slash_at_the_end_means_nothing(url: str) -> None:
    body = {"sender": uuid.uuid4().hex, "message": "/hello"}

    answer = httpx.post(f"{url}/webhooks/rest/webhook/", json=body, timeout=30)

    assert [item["text"] for item in answer.json()] == ["Hello."]
    assert httpx.get(f"{url}/webhooks/rest").json() == {"status": "ok"}
    tracker = httpx.get(f"{url}/conversations/{body['sender']}/tracker/")
    assert tracker.json()["latest_message"]["text"] == "/hello"
    assert httpx.get(f"{url}/status/").status_code == 200
