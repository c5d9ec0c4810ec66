"""Checks of the bot that Frontdesk ships: training data, FAQ and actions."""

from __future__ import annotations

import asyncio
import importlib
import re
import sqlite3
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "training_data"
LANGUAGES = ("en", "zh")
RASA_ACTIONS = {"action_listen", "action_deactivate_loop", "action_default_fallback"}
RASA_INTENTS = {"nlu_fallback"}
ANNOTATION = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NUMBER = re.compile(r"(?i)fd[- ]?\d{6}(?!\d)")


def load(path: Path):
    """Read a YAML 1.2 file; a repeated key is an error."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def lines(block: str) -> list[str]:
    """Return the items of an `examples` block."""
    assert all(line.startswith("- ") for line in block.splitlines()), block
    return [line[2:].strip() for line in block.splitlines()]


def nlu_items():
    """Yield (language, item) of all NLU files."""
    for path in sorted((DATA / "nlu").glob("*.yml")):
        content = load(path)
        assert content["version"] == "3.1"
        for item in content["nlu"]:
            yield path.name.split(".")[-2], item


@pytest.fixture(scope="module")
def domain():
    return load(DATA / "domain.yml")


@pytest.fixture(scope="module")
def examples():
    found = defaultdict(lambda: {language: [] for language in LANGUAGES})
    for language, item in nlu_items():
        if "intent" in item:
            found[item["intent"]][language] += lines(item["examples"])
    return found


@pytest.fixture(scope="module")
def faq():
    return load(DATA / "faq.yml")["faq"]


# --- Configuration and domain --------------------------------------------------


def test_config():
    config = load(ROOT / "config.yml")
    assert config["recipe"] == "default.v1"
    assert config["assistant_id"] == "frontdesk-shop"
    assert config["languages"] == list(LANGUAGES)
    names = [component["name"] for component in config["pipeline"]]
    assert names[0] == "LanguageDetector"
    assert names[-1] == "FallbackClassifier"
    assert {policy["name"] for policy in config["policies"]} == {
        "MemoizationPolicy",
        "RulePolicy",
    }
    for source in config["knowledge"]["sources"]:
        assert (ROOT / source["path"]).is_file()


def test_domain_counts(domain):
    assert len(domain["intents"]) >= 25
    assert len(set(domain["intents"])) == len(domain["intents"])
    assert set(domain["entities"]) == {
        "order_number",
        "product",
        "city",
        "time",
        "amount-of-money",
    }
    assert set(domain["forms"]) == {"track_order_form", "return_form"}


def test_slots_name_known_things(domain):
    for name, slot in domain["slots"].items():
        assert slot["influence_conversation"] is False, name
        for mapping in slot["mappings"]:
            if "entity" in mapping:
                assert mapping["entity"] in domain["entities"]
            for key in ("intent", "not_intent"):
                value = mapping.get(key, [])
                intents = {value} if isinstance(value, str) else set(value)
                assert intents <= set(domain["intents"]) | RASA_INTENTS
            for condition in mapping.get("conditions", []):
                form = domain["forms"][condition["active_loop"]]
                assert condition.get("requested_slot", name) in form["required_slots"]
    for form in domain["forms"].values():
        assert set(form["required_slots"]) <= set(domain["slots"])
        for slot in form["required_slots"]:
            assert f"utter_ask_{slot}" in domain["responses"]


def test_responses_speak_both_languages(domain):
    for name, variations in domain["responses"].items():
        placeholders = set()
        found = Counter()
        for variation in variations:
            condition = variation.get("condition")
            found[condition[0]["value"] if condition else "default"] += 1
            if condition:
                assert condition[0]["type"] == "slot"
                assert condition[0]["name"] == "language"
                chinese = condition[0]["value"] == "zh"
                assert bool(CHINESE.search(variation["text"])) == chinese, name
                placeholders.add(frozenset(re.findall(r"{(\w+)}", variation["text"])))
        assert found["default"] == 1, name
        assert found["en"] >= 1 and found["zh"] == found["en"], name
        assert len(placeholders) == 1, name


def test_buttons_are_known_intents(domain):
    for variations in domain["responses"].values():
        for variation in variations:
            for button in variation.get("buttons", []):
                assert button["payload"].lstrip("/") in domain["intents"]


# --- NLU -------------------------------------------------------------------------


def test_each_intent_has_examples(domain, examples):
    assert set(examples) == set(domain["intents"])
    for intent, by_language in examples.items():
        for language in LANGUAGES:
            assert len(by_language[language]) >= 15, (intent, language)


def test_chinese_examples_are_in_chinese_files(examples):
    for intent, by_language in examples.items():
        for text in by_language["en"]:
            assert not CHINESE.search(text), text
        chinese = [text for text in by_language["zh"] if CHINESE.search(text)]
        assert len(chinese) >= 15, intent


def test_no_text_twice(examples):
    counts = Counter(
        ANNOTATION.sub(r"\1", text).casefold()
        for by_language in examples.values()
        for texts in by_language.values()
        for text in texts
    )
    assert [text for text, count in counts.items() if count > 1] == []


def test_annotations(domain, examples):
    for by_language in examples.values():
        for text in by_language["en"] + by_language["zh"]:
            for value, entity in ANNOTATION.findall(text):
                assert entity in domain["entities"], text
                if entity == "order_number":
                    assert NUMBER.fullmatch(value), text
            # Every order number is annotated.
            assert not NUMBER.search(ANNOTATION.sub("", text)), text


def test_lookups_and_regex():
    lookups = defaultdict(list)
    patterns = []
    for language, item in nlu_items():
        if "lookup" in item:
            lookups[item["lookup"], language] += lines(item["examples"])
        if item.get("regex") == "order_number":
            patterns += lines(item["examples"])
    for language in LANGUAGES:
        assert len(set(lookups["product", language])) >= 40
        assert len(set(lookups["city", language])) >= 50
    for values in lookups.values():
        assert len(values) == len(set(values))
    (pattern,) = patterns
    for text in ("FD204815", "我的订单fd204815到哪了", "fd 204815", "FD-204815"):
        assert re.search(pattern, text)
    for text in ("FD20481", "FD2048155", "204815"):
        assert not re.search(pattern, text)


def test_synonyms_are_not_ambiguous():
    target = {}
    for _, item in nlu_items():
        for text in lines(item["examples"]) if "synonym" in item else ():
            assert target.setdefault(text.casefold(), item["synonym"]) == item["synonym"]


# --- Rules, stories and test stories -----------------------------------------------


def conversations():
    """Yield (file name, conversation) of all rules, stories and test stories."""
    for path in (
        DATA / "rules.yml",
        DATA / "stories.yml",
        *sorted((DATA / "tests").glob("*.yml")),
    ):
        content = load(path)
        assert content["version"] == "3.1"
        for key in ("rules", "stories"):
            for conversation in content.get(key, []):
                yield path.name, conversation


def test_steps_name_known_things(domain):
    actions = (
        set(domain["actions"]) | set(domain["responses"]) | set(domain["forms"]) | RASA_ACTIONS
    )
    names = []
    for file, conversation in conversations():
        names.append((file, conversation.get("rule") or conversation["story"]))
        for step in conversation["steps"] + conversation.get("condition", []):
            if "intent" in step:
                assert step["intent"] in set(domain["intents"]) | RASA_INTENTS
            if "action" in step:
                assert step["action"] in actions
            if step.get("active_loop"):
                assert step["active_loop"] in domain["forms"]
            for slot in step.get("slot_was_set", []):
                assert set(slot) <= set(domain["slots"]) | {"requested_slot"}
    assert len(names) == len(set(names))


def test_each_intent_and_response_is_used(domain):
    intents, used = set(), {"utter_no_answer", "utter_ask_rephrase", "utter_handoff"}
    used |= {"utter_default"}  # Sent by action_default_fallback.
    used |= {f"utter_ask_{slot}" for slot in domain["slots"]}
    for path in (DATA / "actions").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'"(utter_\w+)"', source))
        if "utter_order_{" in source:
            sql = (DATA / "shop.db.sql").read_text(encoding="utf-8")
            used |= {f"utter_order_{name}" for name in re.findall(r"'([a-z_]+)'", sql)}
    for name in ("rules.yml", "stories.yml"):
        content = load(DATA / name)
        for conversation in content.get("rules", content.get("stories")):
            for step in conversation["steps"]:
                intents.add(step.get("intent"))
                used.add(step.get("action"))
    assert set(domain["intents"]) <= intents
    assert set(domain["responses"]) <= used


def test_rules_have_one_customer_turn_and_do_not_clash():
    seen = {}
    for rule in load(DATA / "rules.yml")["rules"]:
        steps = rule["steps"]
        assert sum("intent" in step for step in steps) <= 1, rule["rule"]
        if "intent" not in steps[0]:
            continue
        condition = rule.get("condition", [{}])[0].get("active_loop")
        key = (condition, steps[0]["intent"])
        assert key not in seen, (rule["rule"], seen[key])
        seen[key] = rule["rule"]


def test_stories_agree_with_the_rules():
    rules = {
        rule["steps"][0]["intent"]: rule["steps"][1]["action"]
        for rule in load(DATA / "rules.yml")["rules"]
        if "intent" in rule["steps"][0]
        and not any(c["active_loop"] for c in rule.get("condition", []))
    }
    for story in load(DATA / "stories.yml")["stories"]:
        steps = story["steps"]
        for step, following in pairwise(steps):
            if "intent" in step and step["intent"] in rules:
                assert following["action"] == rules[step["intent"]], story["story"]


def test_test_stories(examples):
    total = 0
    for language in LANGUAGES:
        stories = load(DATA / "tests" / f"test_stories_{language}.yml")["stories"]
        total += len(stories)
        forms = {step.get("active_loop") for s in stories for step in s["steps"]}
        assert {"track_order_form", "return_form"} <= forms
        for story in stories:
            for step in story["steps"]:
                if "user" in step:
                    assert "intent" in step
                    assert bool(CHINESE.search(step["user"])) == (language == "zh")
    assert total >= 30


# --- FAQ ---------------------------------------------------------------------------


def test_faq_parity(faq):
    by_language = {
        language: {entry["id"]: entry for entry in faq if entry["language"] == language}
        for language in LANGUAGES
    }
    assert sum(len(entries) for entries in by_language.values()) == len(faq)
    assert list(by_language["en"]) == list(by_language["zh"])
    assert len(by_language["en"]) >= 60
    for key, english in by_language["en"].items():
        chinese = by_language["zh"][key]
        assert english["source"] == chinese["source"]
        assert english["tags"] == chinese["tags"]
        # Bold facts carry the same figures.
        figures = [
            sorted(
                figure
                for bold in re.findall(r"\*\*(.+?)\*\*", entry["answer"])
                for figure in re.findall(r"\d+(?:[.:]\d+)?", bold)
            )
            for entry in (english, chinese)
        ]
        if key != "store-locations":  # House numbers are outside the bold text.
            assert figures[0] == figures[1], key


def test_faq_entries(faq):
    questions = Counter()
    for entry in faq:
        assert set(entry) == {
            "id",
            "language",
            "question",
            "alternatives",
            "answer",
            "source",
            "tags",
        }
        assert 3 <= len(entry["alternatives"]) <= 16, entry["id"]
        assert entry["source"].startswith("https://shop.example/help/")
        assert bool(CHINESE.search(entry["answer"])) == (entry["language"] == "zh")
        for text in [entry["question"], *entry["alternatives"]]:
            questions[text.casefold()] += 1
            if entry["language"] == "en":
                assert not CHINESE.search(text)
    assert [text for text, count in questions.items() if count > 1] == []


def test_intents_answered_from_the_faq_have_entries(faq):
    answered = {
        rule["steps"][0]["intent"]
        for rule in load(DATA / "rules.yml")["rules"]
        if {"action": "action_answer_from_knowledge"} in rule["steps"]
    }
    tags = {tag for entry in faq for tag in entry["tags"]}
    assert answered - RASA_INTENTS <= tags


# --- Actions -----------------------------------------------------------------------


@pytest.fixture
def actions(tmp_path, monkeypatch):
    pytest.importorskip("rasa_sdk")
    monkeypatch.setenv("FRONTDESK_SHOP_DB", str(tmp_path / "new" / "shop.db"))
    monkeypatch.syspath_prepend(str(ROOT))
    yield importlib.import_module("training_data.actions")
    for name in [name for name in sys.modules if name.startswith("training_data")]:
        del sys.modules[name]


@pytest.fixture
def run(domain):
    """Run an action; return what it said and the slots that it set."""

    def call(action, latest=None, form=None, events=(), **slots):
        from rasa_sdk import Tracker
        from rasa_sdk.executor import CollectingDispatcher

        tracker = Tracker(
            "customer",
            dict.fromkeys(domain["slots"]) | {"requested_slot": None} | slots,
            latest or {"text": "", "intent": {"name": "inform"}, "entities": []},
            list(events),
            False,
            None,
            {"name": form} if form else {},
            "action_listen",
        )
        dispatcher = CollectingDispatcher()
        result = action.run(dispatcher, tracker, domain)
        if asyncio.iscoroutine(result):
            result = asyncio.run(result)
        return dispatcher.messages, {event["name"]: event["value"] for event in result}

    return call


def validate(run, action, form, slot, value, **slots):
    """Run a form's validation of one slot that was just filled."""
    events = [{"event": "slot", "name": slot, "value": value, "timestamp": None}]
    return run(action, form=form, events=events, **{slot: value}, **slots)


def test_custom_actions_are_in_the_domain(actions, domain):
    names = {getattr(actions, name)().name() for name in actions.__all__}
    assert names == set(domain["actions"]) - {
        "action_answer_from_knowledge",
        "action_handoff",
    }


def test_seed_has_orders_of_every_status(actions):
    from training_data.actions import orders

    with sqlite3.connect(":memory:") as connection:
        connection.executescript(orders.SEED.read_text(encoding="utf-8"))
        rows = connection.execute("SELECT order_number, status FROM orders").fetchall()
    assert len(rows) >= 30
    assert len({status for _, status in rows}) == 8
    assert all(re.fullmatch(r"FD\d{6}", number) for number, _ in rows)
    assert dict(rows)["FD204815"] == "in_transit"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FD204815", "FD204815"),
        ("fd 204815", "FD204815"),
        ("fd-204815", "FD204815"),
        ("#204815", "FD204815"),
        ("FD #204815", "FD204815"),
        ("204815", "FD204815"),
        ("我的订单号是ＦＤ２０４８１５", "FD204815"),
        ("FD2048155", None),
        ("FD20481", None),
        ("no idea", None),
        (None, None),
    ],
)
def test_normalise_order_number(actions, text, number):
    from training_data.actions.orders import normalise_order_number

    assert normalise_order_number(text) == number


@pytest.mark.parametrize(
    ("language", "product"), [("en", "wireless headphones"), ("zh", "无线耳机")]
)
def test_track_order(actions, run, language, product):
    (message,), slots = run(actions.ActionTrackOrder(), order_number="fd 204815", language=language)
    assert message["response"] == "utter_order_in_transit"
    assert message["product"] == product
    assert message["carrier"] == "DHL"
    assert ("月" in message["expected"]) == (language == "zh")
    assert slots == {"order_number": "FD204815", "order_tries": 0}


def test_track_every_order(actions, run, domain):
    from training_data.actions import orders

    with orders.connect() as connection:
        numbers = [row[0] for row in connection.execute("SELECT order_number FROM orders")]
    for number in numbers:
        (message,), _ = run(actions.ActionTrackOrder(), order_number=number)
        for variation in domain["responses"][message["response"]]:
            for name in re.findall(r"{(\w+)}", variation["text"]):
                assert message[name], (number, name)


def test_order_number_is_normalised_in_the_form(actions, run):
    messages, slots = validate(
        run, actions.ValidateTrackOrderForm(), "track_order_form", "order_number", "204815"
    )
    assert messages == []
    assert slots["order_number"] == "FD204815"
    assert slots["order_tries"] == 0


def test_three_wrong_tries_end_the_form(actions, run):
    action = actions.ValidateTrackOrderForm()
    form = "track_order_form"
    said = []
    tries = None
    for text in ("FD999999", "hm", "FD999998"):
        messages, slots = validate(
            run,
            action,
            form,
            "order_number",
            text,
            order_tries=tries,
            requested_slot="order_number",
        )
        assert slots["order_number"] is None
        tries = slots["order_tries"]
        said.append([message["response"] for message in messages])
    assert tries == 3
    assert said == [["utter_order_not_found"], ["utter_order_number_format"], []]
    assert slots["requested_slot"] is None

    (message,), slots = run(actions.ActionTrackOrder(), order_tries=3)
    assert message["response"] == "utter_order_gave_up"
    assert slots["order_tries"] == 0


def test_return_form_cleans_text(actions, run):
    action = actions.ValidateReturnForm()
    _, slots = validate(run, action, "return_form", "return_reason", "  too \n small ")
    assert slots["return_reason"] == "too small"
    _, slots = validate(run, action, "return_form", "return_product", " ")
    assert slots["return_product"] is None


@pytest.mark.parametrize(
    ("number", "response"),
    [
        ("FD118203", "utter_return_registered"),
        ("FD204815", "utter_return_not_delivered"),
        ("FD132134", "utter_return_too_late"),
        ("FD894562", "utter_return_closed"),
        (None, "utter_order_gave_up"),
    ],
)
def test_submit_return(actions, run, number, response):
    (message,), slots = run(
        actions.ActionSubmitReturn(),
        order_number=number,
        return_product="espresso machine",
        return_reason="'); DROP TABLE orders; --",
    )
    assert message["response"] == response
    assert set(slots) == {"order_number", "return_product", "return_reason", "order_tries"}
    assert slots["return_product"] is None


def test_a_return_is_registered_once(actions, run):
    from training_data.actions import orders

    slots = {
        "order_number": "FD118203",
        "return_product": "Espresso machine",
        "return_reason": "too loud",
    }
    (first,), _ = run(actions.ActionSubmitReturn(), **slots)
    (second,), _ = run(
        actions.ActionSubmitReturn(), **slots | {"return_product": "espresso machine"}
    )
    assert first["return_number"] == second["return_number"] == "RT000001"
    assert second["response"] == "utter_return_exists"
    with orders.connect() as connection:
        assert connection.execute("SELECT count(*) FROM returns").fetchone()[0] == 1
