"""A domain as Rasa shows it."""

from __future__ import annotations

from pathlib import Path

from bot.formats.domain_wire import domain_to_rasa
from bot.formats.project import load_project

DOMAIN = """
version: "3.1"
intents: [hi, faq, {care: {use_entities: [city]}}, {order: {use_entities: []}}, bye]
entities: [way, {city: {roles: [to]}}, {code: {influence_conversation: false}}]
actions: [action_z, {action_a: {send_domain: true}}]
e2e_actions: [yes please, and now]
responses:
  utter_hi: [{text: Hi}]
  utter_faq/price: [{text: One}]
"""
DATA = """
nlu:
  - intent: hi
    examples: |
      - hi
  - intent: faq/price
    examples: |
      - how much
  - intent: care/wash
    examples: |
      - how to wash
responses:
  utter_care/wash: [{text: Cold}]
"""


def test_retrieval_intents_come_with_what_rasa_derives_for_them(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("language: en\npipeline: []\npolicies: []\n")
    (tmp_path / "domain.yml").write_text(DOMAIN)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text(DATA)

    shown = domain_to_rasa(load_project(tmp_path).domain)

    assert shown["intents"] == [
        "bye",
        {"care": {"used_entities": ["city", "city#to"], "is_retrieval_intent": True}},
        {"faq": {"used_entities": ["city", "city#to", "way"], "is_retrieval_intent": True}},
        "hi",
        {"order": {"use_entities": []}},
    ]
    assert shown["entities"][0] == "way"
    assert shown["actions"] == [
        "action_z", {"action_a": {"send_domain": True}}, "utter_care", "utter_faq",
    ]  # fmt: skip
    assert shown["e2e_actions"] == ["and now", "yes please"]
    assert list(shown["responses"]) == ["utter_hi", "utter_faq/price", "utter_care/wash"]
    assert shown["session_config"] == {
        "session_expiration_time": 60, "carry_over_slots_to_new_session": True,
    }  # fmt: skip
