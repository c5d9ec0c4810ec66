"""`/v1/ngc/*` answers with trained models, one text or many, and describes itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bot.cli.ngc.serve import finder, shipped
from bot.ngc.tasks.answers import Answers
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.sample import Prediction, Sample, Span
from bot.server.ngc_models import create_ngc_app


class Fixed:
    """A model that says the same of every text."""

    kind = "fixed"

    def __init__(self, found: Prediction) -> None:
        self._found = found
        self.seen: list[Sample] = []

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        self.seen += samples
        return [self._found] * len(samples)

    def save(self, folder: Path) -> None:
        raise NotImplementedError


RANKING = (("go", 0.75), ("stay", 0.25))
SLOTS = Fixed(
    Prediction(label="go", confidence=0.75, ranking=RANKING, spans=(Span(0, 4, "city", "from"),))
)
RELATIONS = Fixed(Prediction(label="part", confidence=0.9, ranking=(("part", 0.9),)))


@pytest.fixture
def client() -> TestClient:
    trained = [
        Trained(task="slots", model=SLOTS),
        Trained(task="relations", model=RELATIONS),
    ]
    return TestClient(create_ngc_app(Answers(trained)))


def test_an_intent_comes_with_its_ranking(client: TestClient) -> None:
    answer = client.post("/v1/ngc/intent?top=1", json={"text": "Oslo"})

    assert answer.status_code == 200
    assert answer.json() == {
        "label": "go",
        "confidence": 0.75,
        "ranking": [{"label": "go", "confidence": 0.75}],
    }


def test_entities_come_with_their_values(client: TestClient) -> None:
    answer = client.post("/v1/ngc/entities", json={"text": "Oslo is far"})

    assert answer.json() == {
        "entities": [{"entity": "city", "start": 0, "end": 4, "value": "Oslo", "role": "from"}]
    }


def test_a_batch_is_answered_in_its_order(client: TestClient) -> None:
    answer = client.post("/v1/ngc/entities/batch", json={"texts": ["Oslo", "Rome"]})

    assert [one["entities"][0]["value"] for one in answer.json()] == ["Oslo", "Rome"]
    assert len(client.post("/v1/ngc/intent/batch", json={"texts": ["a", "b"]}).json()) == 2


def test_a_relation_is_asked_of_two_places(client: TestClient) -> None:
    body = {"text": "the lid of the cup", "head": {"start": 4, "end": 7},
            "tail": {"start": 15, "end": 18}}  # fmt: skip

    (found,) = client.post("/v1/ngc/relations", json=body).json()["relations"]

    assert (found["relation"], found["head"]["value"], found["tail"]["value"]) == (
        "part", "lid", "cup",
    )  # fmt: skip
    assert RELATIONS.seen[-1].spans == (Span(4, 7, ""), Span(15, 18, ""))


def test_a_text_alone_is_asked_for_the_relations_of_its_entities(client: TestClient) -> None:
    asked = {"texts": ["Oslo and Rome", {"text": "Oslo", "head": {"start": 0, "end": 2},
                                         "tail": {"start": 2, "end": 4}}]}  # fmt: skip

    alone, pair = client.post("/v1/ngc/relations/batch", json=asked).json()

    assert alone == {"relations": []}  # the model of entities finds one, which has no partner
    assert len(pair["relations"]) == 1


def test_without_a_model_of_entities_the_parts_must_be_named() -> None:
    client = TestClient(create_ngc_app(Answers([Trained(task="relations", model=RELATIONS)])))

    answer = client.post("/v1/ngc/relations", json={"text": "the lid of the cup"})

    assert answer.status_code == 404
    assert "name `head` and `tail`" in answer.json()["detail"]


def test_one_part_alone_is_refused(client: TestClient) -> None:
    body = {"text": "the lid of the cup", "head": {"start": 4, "end": 7}}

    assert client.post("/v1/ngc/relations", json=body).status_code == 422


def test_places_outside_the_text_are_refused(client: TestClient) -> None:
    body = {"text": "short", "head": {"start": 0, "end": 2}, "tail": {"start": 3, "end": 9}}

    assert client.post("/v1/ngc/relations", json=body).status_code == 422


def test_a_language_needs_no_model(client: TestClient) -> None:
    answer = client.post("/v1/ngc/language/batch", json={"texts": ["where is it", "在哪里"]})

    assert [one["language"] for one in answer.json()] == ["en", "zh"]


def test_without_a_model_the_answer_says_what_to_do(client: TestClient) -> None:
    answer = client.post("/v1/ngc/sentiment", json={"text": "hi"})

    assert answer.status_code == 404
    assert "start with --model FOLDER" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [{}, {"text": 1}, {"text": "x" * 10_001}, {"text": "x", "more": 1}],
)
def test_bodies_of_another_shape_are_refused(client: TestClient, body: dict) -> None:
    assert client.post("/v1/ngc/intent", json=body).status_code == 422


def test_too_many_texts_are_refused(client: TestClient) -> None:
    assert client.post("/v1/ngc/intent/batch", json={"texts": []}).status_code == 422
    assert client.post("/v1/ngc/intent/batch", json={"texts": ["x"] * 257}).status_code == 422


def test_every_route_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    for name in ("intent", "entities", "sentiment", "relations", "language"):
        for path in (f"/v1/ngc/{name}", f"/v1/ngc/{name}/batch"):
            described = paths[path]["post"]
            assert described["description"]
            assert "$ref" in str(described["requestBody"])
            assert described["responses"]["200"]["content"]


def test_the_tasks_with_a_model_are_told(client: TestClient) -> None:
    assert client.get("/v1/ngc/models").json() == ["slots", "relations"]


def test_what_comes_along_answers_too() -> None:
    client = TestClient(create_ngc_app(Answers(shipped(), finder())))
    text = "My kettle leaks"
    pair = {"text": text, "head": {"start": 3, "end": 9, "entity": "product"},
            "tail": {"start": 10, "end": 15, "entity": "problem"}}  # fmt: skip

    (told,) = client.post("/v1/ngc/relations", json=pair).json()["relations"]
    assert told["relation"] == "has_defect"
    alone = {"text": "My kettle from order FD204815 leaks"}
    (found,) = client.post("/v1/ngc/relations", json=alone).json()["relations"]
    assert (found["relation"], found["head"]["value"]) == ("contains", "FD204815")
    answer = client.post("/v1/ngc/sentiment", json={"text": "thank you so much, I love it"})
    assert answer.json()["label"] == "positive"
