"""Models over HTTP with little memory: the same answers as the large server gives."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.ngc.slim import MAX_BODY_BYTES, Server
from bot.ngc.tasks.answers import Answers
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.sample import Prediction, Sample, Span
from bot.server.ngc_models import create_ngc_app

WAIT_S = 10
NEEDED = {"numpy", "onnxruntime", "tokenizers"}


class Echo:
    """Says what it was asked: the last word is the label and the only entity."""

    kind = "echo"

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        return [self._one(sample) for sample in samples]

    def save(self, folder: Path) -> None:
        """Write nothing."""

    def _one(self, sample: Sample) -> Prediction:
        word = sample.text.split()[-1] if sample.text.split() else "none"
        start = len(sample.text) - len(word)
        spans = (Span(start, len(sample.text), "word", role="last"),) if sample.text.strip() else ()
        return Prediction(
            label=word, confidence=0.75, ranking=((word, 0.75), ("other", 0.25)), spans=spans
        )


TRAINED = [Trained(task=task, model=Echo()) for task in ("slots", "relations")]
PAIR = {"text": "kettle leaks", "head": {"start": 0, "end": 6}, "tail": {"start": 7, "end": 12}}
REQUESTS: list[tuple[str, Any]] = [
    ("intent", {"text": "where is my kettle"}),
    ("intent/batch", {"texts": ["hello", "退款 谢谢", ""]}),
    ("entities", {"text": "where is my kettle"}),
    ("relations", PAIR),
    ("relations", {"text": "where is my kettle"}),
    ("relations/batch", {"texts": [PAIR, "where is my kettle"]}),
    ("language", {"text": "你好，我的订单呢"}),
    ("language/batch", {"texts": ["hello there", "12345"]}),
]
MISTAKES: list[tuple[str, Any, int]] = [
    ("sentiment", {"text": "hello"}, 404),
    ("nothing", {"text": "hello"}, 404),
    ("intent", {"words": "hello"}, 422),
    ("intent", {"text": 5}, 422),
    ("intent", {"text": "a" * 10_001}, 422),
    ("intent", [], 422),
    ("intent/batch", {"texts": []}, 422),
    ("intent/batch", {"texts": ["a"] * 257}, 422),
    ("relations", PAIR | {"tail": {"start": 7, "end": 99}}, 422),
    ("relations", PAIR | {"tail": {"start": "7", "end": None}}, 422),
]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with Server(("127.0.0.1", 0), TRAINED) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(WAIT_S)


def post(port: int, path: str, content: bytes) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    connection.request("POST", f"/v1/ngc/{path}", content)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


@pytest.mark.parametrize(("path", "body"), REQUESTS, ids=[path for path, _ in REQUESTS])
def test_it_answers_as_the_large_server(port: int, path: str, body: Any) -> None:
    large = TestClient(create_ngc_app(Answers(TRAINED))).post(f"/v1/ngc/{path}", json=body)

    found = post(port, path, json.dumps(body).encode())

    assert found == (large.status_code, large.json()) and large.status_code == 200


@pytest.mark.parametrize(("path", "body", "status"), MISTAKES)
def test_a_mistake_is_told(port: int, path: str, body: Any, status: int) -> None:
    found, told = post(port, path, json.dumps(body).encode())

    assert found == status and told["detail"]


def test_what_is_no_json_or_too_large_is_refused(port: int) -> None:
    assert post(port, "intent", b"\xff{")[0] == 400
    assert post(port, "intent", b"[" * 100_000)[0] == 400
    assert post(port, "intent", b" " * (MAX_BODY_BYTES + 1))[0] == 413


def test_it_imports_three_packages_only() -> None:
    program = (
        "import sys, bot.ngc.slim, bot.ngc.transformer.model, bot.nsm.static\n"
        "named = {name.partition('.')[0] for name, one in sys.modules.items()"
        " if 'site-packages' in (getattr(one, '__file__', None) or '')}\n"
        "print(*sorted(named))"
    )
    root = Path(__file__).parents[3]

    found = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert {name for name in found if not name.startswith(("_", "bot", "knowledge"))} <= NEEDED
