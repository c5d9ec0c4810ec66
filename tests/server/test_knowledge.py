"""`/v1/knowledge/search` of a running bot."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import running

KEY = "a token"


@pytest.fixture(scope="module")
def url(trained_bot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("knowledge") / "bot"
    shutil.copytree(trained_bot, folder, ignore=shutil.ignore_patterns("frontdesk.db*", "*.lock"))
    with running(folder, ["-m", "bot", "run", "--auth-token", KEY]) as server:
        yield server.url


def ask(url: str, **body: Any) -> httpx.Response:
    address = f"{url}/v1/knowledge/search"
    return httpx.post(address, params={"token": KEY}, json=body, timeout=30)


def test_passages_are_found_with_their_chance(url: str) -> None:
    hits = ask(url, text="how long do refunds take", k=3).json()["hits"]

    assert len(hits) == 3
    assert hits[0]["id"].endswith("#refund-time")
    assert (hits[0]["language"], "refund" in hits[0]["tags"]) == ("en", True)
    assert hits[0]["source"].startswith("https://shop.example/")
    chances = [hit["probability"] for hit in hits]
    assert chances == sorted(chances, reverse=True) and chances[0] > 0.5


def test_language_tags_and_day_limit_what_is_found(url: str) -> None:
    chinese = ask(url, text="refund", languages=["zh"]).json()["hits"]
    tagged = ask(url, text="退款", tags=["privacy"], on="2026-01-01").json()["hits"]

    assert {hit["language"] for hit in chinese} == {"zh"}
    assert tagged and all("privacy" in hit["tags"] for hit in tagged)


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": "x", "k": 0}, {"text": "x", "on": "soon"}, {"text": "x", "kk": 1}],
)
def test_a_request_that_makes_no_sense_is_refused(url: str, body: dict[str, Any]) -> None:
    assert ask(url, **body).status_code in (400, 422)


def test_without_the_token_nothing_is_told(url: str) -> None:
    answer = httpx.post(f"{url}/v1/knowledge/search", json={"text": "refund"}, timeout=30)

    assert answer.status_code == 401


def test_the_description_of_the_api_names_it(url: str) -> None:
    described = httpx.get(f"{url}/openapi.json", params={"token": KEY}, timeout=30).json()

    assert "/v1/knowledge/search" in described["paths"]
