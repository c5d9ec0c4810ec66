"""A small project in Rasa's layout, for tests of commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

FILES = {
    "config.yml": """\
recipe: default.v1
assistant_id: desk
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
- name: RegexEntityExtractor
policies:
- name: MemoizationPolicy
- name: RulePolicy
""",
    "domain.yml": """\
version: "3.1"
# What this desk knows.
intents: [greet, bye, order, inform]
entities: [item]
slots:
  item:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: item}]
forms:
  order_form: {required_slots: [item]}
responses:
  utter_greet: [{text: "Hello."}]
  utter_bye: [{text: "Bye."}]
  utter_ask_item: [{text: "Which item?"}]
  utter_ordered: [{text: "Ordered {item}."}]
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
# Short and friendly.
- intent: greet
  examples: |
    - hello
    - good morning
- intent: bye
  examples: |
    - goodbye
    - see you
- intent: order
  examples: |
    - buy something
    - order the [lamp](item)
- intent: inform
  examples: |
    - the [lamp](item)
    - a [chair](item)
- lookup: item
  examples: |
    - lamp
    - chair
""",
    "data/rules.yml": """\
version: "3.1"
rules:
- rule: bye
  steps: [{intent: bye}, {action: utter_bye}]
- rule: order
  steps: [{intent: order}, {action: order_form}, {active_loop: order_form}]
- rule: ordered
  condition: [{active_loop: order_form}]
  steps: [{action: order_form}, {active_loop: null}, {action: utter_ordered}]
""",
    "data/stories.yml": """\
version: "3.1"
stories:
- story: greet  # the only one
  steps:
  - intent: greet
  - action: utter_greet
""",
}


def write_project(folder: Path, **more: str) -> Path:
    """Write the project, with further files by their names, into `folder`."""
    for name, text in {**FILES, **more}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def frontdesk(folder: Path, *arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    """Run `frontdesk` in `folder` as a user does, who types `answers`."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder, input=answers, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"},
    )  # fmt: skip
