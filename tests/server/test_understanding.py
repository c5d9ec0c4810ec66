"""`/v1/ngc` of a running bot."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import running

COMPLAINT = "My kettle from order FD204815 leaks, this is outrageous, I am furious!"


@pytest.fixture(scope="module")
def url(trained_bot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("understanding") / "bot"
    shutil.copytree(trained_bot, folder, ignore=shutil.ignore_patterns("frontdesk.db*", "*.lock"))
    with running(folder) as server:
        yield server.url


def ask(url: str, route: str, **body: Any) -> Any:
    answer = httpx.post(f"{url}/v1/ngc/{route}", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_intents_are_ranked(url: str) -> None:
    found = ask(url, "intent?top=3", text="where is my order")

    assert found["label"] == found["ranking"][0]["label"]
    assert len(found["ranking"]) == 3
    assert (
        ask(url, "intent/batch", texts=["where is my order", "你好"])[0]["label"] == found["label"]
    )


def test_entities_have_their_places(url: str) -> None:
    (found,) = ask(url, "entities/batch", texts=["where is FD204815"])

    order = next(one for one in found["entities"] if one["value"] == "FD204815")
    assert (order["start"], order["end"]) == (9, 17)


def test_an_angry_text_is_told(url: str) -> None:
    angry, calm = ask(url, "sentiment/batch", texts=[COMPLAINT, "what does the kettle cost?"])

    assert angry["label"] == "negative" and angry["anger"] > 0.5 > calm["anger"]


def test_relations_are_found_between_the_entities_of_a_text(url: str) -> None:
    found = ask(url, "relations", text=COMPLAINT)["relations"]

    told = {(one["relation"], one["head"]["value"], one["tail"]["value"]) for one in found}
    assert ("contains", "FD204815", "kettle") in told


def test_the_relation_of_two_parts_is_asked_for(url: str) -> None:
    head = {"start": COMPLAINT.index("FD"), "end": COMPLAINT.index(" leaks")}
    tail = {"start": 3, "end": 9}

    found = ask(url, "relations", text=COMPLAINT, head=head, tail=tail)["relations"]

    assert [one["relation"] for one in found] == ["contains"]


def test_languages_are_told(url: str) -> None:
    found = ask(url, "language/batch", texts=["where is my order", "我的订单呢"])

    assert [one["language"] for one in found] == ["en", "zh"]


@pytest.mark.parametrize("body", [{}, {"text": 5}, {"text": "x" * 10_001}, {"text": "a", "b": 1}])
def test_what_is_no_text_is_refused(url: str, body: dict[str, Any]) -> None:
    assert httpx.post(f"{url}/v1/ngc/intent", json=body).status_code == 422


def test_the_api_describes_the_routes(url: str) -> None:
    paths = httpx.get(f"{url}/openapi.json").json()["paths"]

    names = ("intent", "entities", "sentiment", "relations", "language")
    assert {f"/v1/ngc/{name}{more}" for name in names for more in ("", "/batch")} <= paths.keys()
