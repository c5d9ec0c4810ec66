"""The bot as a Python object."""

from __future__ import annotations

from pathlib import Path

from bot.agent import Agent
from bot.cli.train import ensure_trained

FILES = {
    "config.yml": """
assistant_id: small
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
- name: ResponseSelector
policies:
- name: RulePolicy
""",
    "domain.yml": """
version: "3.1"
intents: [greet]
responses:
  utter_greet:
  - text: Hello to you.
    image: https://pictures.example/hand.png
    buttons:
    - {title: Hi, payload: /greet}
""",
    "data/all.yml": """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
""",
}


def small_project(folder: Path) -> Path:
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


async def test_an_agent_reads_and_answers_without_a_server(tmp_path: Path) -> None:
    agent = Agent.load(small_project(tmp_path))

    reading = await agent.parse_message(" hello there ")
    replies = await agent.handle_text("/greet", sender_id="me")

    assert reading == {
        "text": "hello there",
        "intent": {"name": "greet", "confidence": 1.0},
        "entities": [],
        "text_tokens": [[0, 5], [6, 11]],
        "response_selector": {
            "all_retrieval_intents": [],
            "default": {
                "response": {
                    "responses": None,
                    "confidence": 0.0,
                    "intent_response_key": None,
                    "utter_action": "utter_None",
                },
                "ranking": [],
            },
        },
        "language": "en",
    }
    button = {"title": "Hi", "payload": "/greet"}
    assert replies == [
        {"recipient_id": "me", "text": "Hello to you.", "buttons": [button]},
        {"recipient_id": "me", "image": "https://pictures.example/hand.png"},
    ]


async def test_an_agent_is_loaded_from_a_package_as_in_rasa(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    package = ensure_trained(project)

    for place in (package, str(package.parent)):
        reading = await Agent.load(place).parse_message("hello")
        assert reading["intent"]["name"] == "greet"
