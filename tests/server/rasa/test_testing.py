"""Posted test stories and labelled texts are evaluated in Rasa's form."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.bot.web_server import web_server

STORIES = """
stories:
- story: right
  steps:
  - intent: hello
    user: |
      hello
  - action: utter_hello
- story: wrong
  steps:
  - intent: news
    user: |
      hello
  - action: utter_hello
rules:
- rule: not played
  steps: [{intent: hello}, {action: utter_news}]
"""
TEXTS = """
nlu:
- intent: hello
  examples: |
    - hello
    - hello you
- intent: news
  examples: |
    - any news
"""
CONFIG = "language: en\npipeline: [{name: KeywordIntentClassifier}]\npolicies: []"


def post(url: str, path: str, content: str, **query: str) -> httpx.Response:
    return httpx.post(f"{url}/model/test/{path}", content=content, params=query, timeout=60)


def test_stories_are_played_by_what_they_say(url: str) -> None:
    answer = post(url, "stories", STORIES).json()

    assert set(answer) == {
        "report", "precision", "f1", "accuracy", "actions", "in_training_data_fraction",
        "is_end_to_end_evaluation",
    }  # fmt: skip
    assert answer["actions"][0] == {
        "action": "utter_hello", "predicted": "utter_hello", "policy": "RulePolicy",
        "confidence": 1.0,
    }  # fmt: skip
    assert [item["predicted"] for item in answer["actions"]] == [
        "utter_hello", "action_listen", "utter_news", "action_default_fallback",
    ]  # fmt: skip
    assert (answer["accuracy"], answer["precision"]) == (0.5, 1.0)
    assert answer["is_end_to_end_evaluation"] is False


def test_the_texts_of_stories_are_read_on_demand(url: str) -> None:
    answer = post(url, "stories", STORIES, e2e="true").json()

    assert answer["is_end_to_end_evaluation"] is True
    assert answer["report"]["news"]["recall"] == 0.0
    assert answer["report"]["hello"] == {
        "precision": 0.5, "recall": 1.0, "f1-score": 2 / 3, "support": 1,
    }  # fmt: skip


def test_no_stories_give_an_empty_report(url: str) -> None:
    answer = post(url, "stories", "stories: []").json()

    assert (answer["report"], answer["actions"], answer["accuracy"]) == ({}, [], 0.0)


def test_labelled_texts_are_read(url: str) -> None:
    answer = post(url, "intents", TEXTS).json()

    intents = answer["intent_evaluation"]
    assert intents["predictions"][0] == {
        "text": "hello", "intent": "hello", "predicted": "hello", "confidence": 1.0,
    }  # fmt: skip
    assert intents["errors"] == [
        {"text": "any news", "intent": "news", "intent_prediction": {"name": "", "confidence": 0.0}}
    ]
    assert intents["report"]["news"]["confused_with"] == {"": 1}
    assert answer["entity_evaluation"] is answer["response_selection_evaluation"] is None


def test_rasas_json_is_read_as_well(url: str) -> None:
    texts = [{"text": "hello", "intent": "hello"}, {"text": "xyz", "intent": "news"}]

    answer = httpx.post(
        f"{url}/model/test/intents", json={"rasa_nlu_data": {"common_examples": texts}}, timeout=60
    ).json()

    assert answer["intent_evaluation"]["accuracy"] == 0.5


def test_folds_are_trained_on_the_posted_texts(url: str) -> None:
    answer = post(url, "intents", f"{CONFIG}\n{TEXTS}    - more news\n", cross_validation_folds="2")

    assert answer.status_code == 200, answer.text
    intents = answer.json()["intent_evaluation"]
    assert set(intents) == {"report", "precision", "f1_score", "errors"}
    assert intents["report"]["hello"]["support"] == 2
    assert answer.json()["entity_evaluation"] == {
        "report": {}, "precision": None, "f1_score": None, "errors": [],
    }  # fmt: skip


def test_an_evaluation_may_go_to_a_callback(url: str) -> None:
    with web_server(lambda _: (200, {})) as receiver:
        answer = post(url, "stories", STORIES, callback_url=f"{receiver.url}/done")
        assert (answer.status_code, answer.content) == (204, b"")
        for _ in range(100):
            if receiver.asked:
                break
            time.sleep(0.1)

    (asked,) = receiver.asked
    assert asked.path == "/done"
    assert asked.json["accuracy"] == 0.5


@pytest.mark.parametrize(
    ("path", "content", "query", "status", "reason"),
    [
        ("stories", "", {}, 400, "BadRequest"),
        ("stories", "{{{", {}, 400, "BadRequest"),
        ("stories", "stories: 5", {}, 400, "BadRequest"),
        ("intents", "", {}, 400, "BadRequest"),
        ("intents", "- a", {}, 400, "BadRequest"),
        ("intents", TEXTS, {"model": "no.tar.gz"}, 400, "BadRequest"),
        ("intents", TEXTS, {"cross_validation_folds": "x"}, 400, "BadRequest"),
        ("intents", f"{CONFIG}\n{TEXTS}", {"cross_validation_folds": "1"}, 500, "TestingError"),
        ("intents", '{"rasa_nlu_data": {}}', {"cross_validation_folds": "2"}, 400, "TestingError"),
    ],
)
def test_bad_test_data_are_refused(
    url: str, path: str, content: str, query: dict[str, str], status: int, reason: str
) -> None:
    answer = post(url, path, content, **query)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
