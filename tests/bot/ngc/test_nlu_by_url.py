"""Understanding by URL: the protocol, failures, and a real Rasa at the other end."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.ngc.remote import NluServer
from bot.project import Endpoint
from bot.types import Intent
from tests.bot.builders import message
from tests.bot.web_server import Answer, web_server
from tests.conftest import free_port

RASA = os.environ.get("FRONTDESK_RASA")
"""The executable of a Rasa 3.6, which is not installed by our own requirements."""
START_TIMEOUT_S = 240.0
PROJECT = {
    "config.yml": """
recipe: default.v1
assistant_id: nlu_by_url
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: LogisticRegressionClassifier
  - name: RegexEntityExtractor
    use_lookup_tables: true
""",
    "nlu.yml": """
version: "3.1"
nlu:
  - intent: buy
    examples: |
      - I want a lamp
      - sell me a [sofa](item)
      - buy a chair
  - intent: complain
    examples: |
      - it is broken
      - this does not work
      - I am unhappy with it
  - lookup: item
    examples: |
      - lamp
      - sofa
""",
}


def test_the_request_is_rasas() -> None:
    parsed = {"text": "hi", "intent": {"name": "greet", "confidence": 0.9}, "entities": []}
    with web_server(lambda _: (200, parsed)) as server:
        settings = {"token": "secret", "headers": {"X-Key": "k"}}
        nlu = NluServer.at(Endpoint(url=f"{server.url}/", settings=settings))

        reading = nlu.understand(message("hi"))

    (asked,) = server.asked
    assert asked.path == "/model/parse"
    assert asked.json == {"token": "secret", "text": "hi", "message_id": "c"}
    assert asked.headers["x-key"] == "k"
    assert reading.intent == Intent(name="greet", confidence=0.9)


FAILURES: dict[str, Answer] = {
    "500": lambda _: (500, {}),
    "no JSON": lambda _: (200, b"<html>"),
    "a list": lambda _: (200, ["a"]),
    "odd entities": lambda _: (200, {"entities": [{}]}),
    "odd intent": lambda _: (200, {"intent": "greet"}),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
def test_a_failure_is_a_message_without_intent(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    with web_server(answer) as server, caplog.at_level(logging.ERROR):
        reading = NluServer.at(Endpoint(url=server.url)).understand(message("my secret"))

    assert reading.intent == Intent(name=None, confidence=0.0)
    assert reading.text == "my secret"
    assert "NLU server" in caplog.text and "my secret" not in caplog.text


def test_a_server_that_is_down_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        reading = NluServer.at(Endpoint(url="http://127.0.0.1:9")).understand(message("hi"))

    assert reading.intent.name is None
    assert "http://127.0.0.1:9/model/parse" in caplog.text


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Rasa that serves a model of its own."""
    if RASA is None or shutil.which(RASA) is None:
        pytest.skip("FRONTDESK_RASA names no Rasa 3.6 executable")
    folder = tmp_path_factory.mktemp("rasa")
    for name, content in PROJECT.items():
        (folder / name).write_text(content, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["RASA_TELEMETRY_ENABLED"] = "false"
    train = [RASA, "train", "nlu", "-u", "nlu.yml"]
    subprocess.run(train, cwd=folder, env=environment, check=True, capture_output=True)
    port = free_port()
    log = (folder / "server.log").open("wb")
    serve = [RASA, "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(serve, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait_ready(f"http://127.0.0.1:{port}/status", process, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"Rasa did not start:\n{log.read_text()}")


@pytest.mark.timeout(600)
def test_a_real_rasa_understands_for_us(rasa: str) -> None:
    nlu = NluServer.at(Endpoint(url=rasa))

    bought = nlu.understand(message("buy a lamp"))
    pressed = nlu.understand(message('/complain{"item": "sofa"}'))

    assert bought.intent.name == "buy"
    assert 0.3 < bought.intent.confidence <= 1
    assert [intent.name for intent in bought.ranking] == ["buy", "complain"]
    assert [(e.name, e.value, e.start, e.end) for e in bought.entities] == [("item", "lamp", 6, 10)]
    assert bought.text_tokens == ((0, 3), (4, 5), (6, 10))
    assert pressed.intent == Intent(name="complain", confidence=1.0)
    assert [(e.name, e.value) for e in pressed.entities] == [("item", "sofa")]


@pytest.mark.timeout(600)
def test_a_real_rasa_says_the_same_to_us_as_to_itself(rasa: str) -> None:
    text = "this lamp is broken"
    theirs = httpx.post(f"{rasa}/model/parse", content=json.dumps({"text": text})).json()

    ours = NluServer.at(Endpoint(url=rasa)).understand(replace(message(text), sender_id="other"))

    assert (ours.intent.name, ours.text) == (theirs["intent"]["name"], theirs["text"])
    assert ours.intent.confidence == pytest.approx(theirs["intent"]["confidence"])
