"""The model understands, predicts, is trained and changed while the server runs."""

from __future__ import annotations

import http.server
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import running
from tests.server.rasa.conftest import FILES, write_project


@pytest.fixture
def own_url(tmp_path: Path) -> Iterator[str]:
    """Return the address of a server whose model may be changed."""
    with running(write_project(tmp_path / "bot")) as server:
        yield server.url


def whole_document(hello: str) -> str:
    parts = (FILES[name].replace('version: "3.1"\n', "") for name in FILES if "cred" not in name)
    return "\n".join(parts).replace("Hello.", hello)


def greeting(url: str) -> list[Any]:
    body = {"sender": uuid.uuid4().hex, "message": "/hello"}
    answer = httpx.post(f"{url}/webhooks/rest/webhook", json=body, timeout=60)
    return [item["text"] for item in answer.json()]


def test_a_trained_package_is_returned_and_can_be_loaded(own_url: str, tmp_path: Path) -> None:
    trained = httpx.post(f"{own_url}/model/train", content=whole_document("Good day."), timeout=120)
    assert trained.status_code == 200, trained.text
    package = tmp_path / trained.headers["filename"]
    package.write_bytes(trained.content)
    assert greeting(own_url) == ["Hello."]

    loaded = httpx.put(f"{own_url}/model", json={"model_file": str(package)}, timeout=60)

    assert loaded.status_code == 204
    assert greeting(own_url) == ["Good day."]
    assert httpx.get(f"{own_url}/status").json()["model_file"] == package.name


def test_without_a_model_the_api_conflicts_and_messages_wait(own_url: str) -> None:
    package = httpx.get(f"{own_url}/status").json()["model_file"]
    assert httpx.delete(f"{own_url}/model").status_code == 204
    body = {"sender": "waiting", "message": "/hello", "message_id": "1"}

    refused = httpx.get(f"{own_url}/conversations/waiting/tracker")
    unanswered = httpx.post(f"{own_url}/webhooks/rest/webhook", json=body, timeout=60)

    assert (refused.status_code, refused.json()["reason"]) == (409, "Conflict")
    assert unanswered.status_code == 504
    assert httpx.put(f"{own_url}/model", json={"model_file": "no.tar.gz"}).status_code == 400
    loaded = httpx.put(f"{own_url}/model", json={"model_file": f"models/{package}"}, timeout=60)
    assert loaded.status_code == 204
    answered = httpx.post(f"{own_url}/webhooks/rest/webhook", json=body, timeout=60)
    assert [item["text"] for item in answered.json()] == ["Hello."]


def test_a_callback_gets_the_trained_package(url: str) -> None:
    received: list[bytes] = []
    arrived = threading.Event()

    class Callback(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            arrived.set()

        def log_message(self, *_: Any) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Callback) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        answer = httpx.post(
            f"{url}/model/train",
            params={"callback_url": address},
            content=whole_document("Hi."),
            timeout=30,
        )
        assert answer.status_code == 204
        assert arrived.wait(120)
        server.shutdown()

    assert received[0][:2] == b"\x1f\x8b"  # gzip


def test_mistakes_in_training_data_are_told(url: str) -> None:
    document = whole_document("Hi.").replace("action: utter_news", "action: utter_nothing")

    answer = httpx.post(f"{url}/model/train", content=document, timeout=120)

    assert answer.status_code == 500
    assert "utter_nothing" in answer.json()["message"]


def test_a_text_is_understood_in_rasas_form(url: str) -> None:
    text = '/item{"item": "lamp"}'

    parsed = httpx.post(f"{url}/model/parse", json={"text": text}).json()

    assert parsed["intent"] == {"name": "item", "confidence": 1.0}
    assert parsed["entities"][0]["value"] == "lamp"
    assert "language" not in parsed


@pytest.mark.parametrize(
    ("mode", "path"),
    [
        ("WIT", ("entities", "item:item", 0, "value")),
        ("LUIS", ("prediction", "entities", "item", 0)),
        ("DIALOGFLOW", ("queryResult", "parameters", "item", 0)),
    ],
)
def test_other_services_are_emulated(url: str, mode: str, path: tuple[Any, ...]) -> None:
    answer = httpx.post(
        f"{url}/model/parse",
        params={"emulation_mode": mode},
        json={"text": '/item{"item": "lamp"}'},
    ).json()

    for key in path:
        answer = answer[key]
    assert answer == "lamp"


def test_the_domain_comes_as_json_or_yaml(url: str) -> None:
    as_json = httpx.get(f"{url}/domain", headers={"Accept": "application/json"})
    as_yaml = httpx.get(f"{url}/domain", headers={"Accept": "application/x-yaml"})
    other = httpx.get(f"{url}/domain", headers={"Accept": "text/plain"})

    assert as_json.json()["intents"] == ["hello", "item", "news"]
    assert as_yaml.headers["content-type"].startswith("application/x-yaml")
    assert "utter_hello:" in as_yaml.text
    assert other.status_code == 406
