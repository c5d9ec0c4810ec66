"""A small project in Rasa's layout, and servers over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import running

TOKEN = "sesame"
JWT_SECRET = "a secret of at least thirty-two bytes"
FILES = {
    "config.yml": """
recipe: default.v1
assistant_id: api_test
language: en
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
""",
    "credentials.yml": "rest:\n",
    "domain.yml": """
version: "3.1"
intents: [hello, news, item]
entities: [item]
slots:
  item: {type: text, mappings: [{type: from_entity, entity: item}]}
responses:
  utter_hello: [{text: "Hello."}]
  utter_news: [{text: "News about {item}."}]
  utter_item: [{text: "It is {item}."}]
  utter_default: [{text: "Sorry?"}]
""",
    "data/data.yml": """
version: "3.1"
nlu:
  - intent: hello
    examples: |
      - hello
rules:
  - rule: hello
    steps: [{intent: hello}, {action: utter_hello}]
  - rule: news
    steps: [{intent: news}, {action: utter_news}]
  - rule: item
    steps: [{intent: item}, {action: utter_item}]
""",
}


def write_project(folder: Path, hello: str = "Hello.") -> Path:
    """Return `folder` with a bot that greets with `hello`."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("Hello.", hello), "utf-8")
    return folder


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an open server."""
    with running(write_project(tmp_path_factory.mktemp("api"))) as server:
        yield server.url
