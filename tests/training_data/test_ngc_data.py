"""Checks of the labelled sentiment and relation examples in training_data/ngc."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

DATA = Path(__file__).resolve().parents[2] / "training_data"
LANGUAGES = ("en", "zh")
SENTIMENTS = {"positive", "neutral", "negative"}
ENTITY = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
LABELS = {
    "person",
    "order",
    "product",
    "problem",
    "amount",
    "account",
    "place",
    "date",
    "organisation",
    "payment_method",
}
# The labels that the head and the tail of a relation can have.
RELATIONS = {
    "has_problem": ({"order"}, {"problem"}),
    "has_defect": ({"product"}, {"problem"}),
    "contains": ({"order"}, {"product"}),
    "ordered": ({"person"}, {"product"}),
    "placed": ({"person"}, {"order"}),
    "refund_to": ({"amount", "order"}, {"account", "payment_method"}),
    "paid_with": ({"order", "person", "amount"}, {"payment_method"}),
    "costs": ({"product", "order"}, {"amount"}),
    "delivered_to": ({"order", "product"}, {"place"}),
    "delivered_by": ({"order", "product"}, {"organisation"}),
    "due_on": ({"order", "product"}, {"date"}),
    "exchanged_for": ({"product"}, {"product"}),
    "lives_in": ({"person"}, {"place"}),
}


def read(kind: str, language: str) -> list[dict]:
    """Return the records of a file, one per line."""
    text = (DATA / "ngc" / f"{kind}.{language}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def plain(text: str) -> str:
    """Return a text without its annotations."""
    return ENTITY.sub(r"\1", text)


def key(text: str) -> str:
    """Return what two spellings of one text share: no case, width, blanks and punctuation."""
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    return "".join(c for c in folded if c.isalnum()) or folded.strip()


def nlu_texts(language: str) -> list[str]:
    """Return the examples of the intents."""
    found = []
    for path in sorted((DATA / "nlu").glob(f"*.{language}.yml")):
        for item in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in item:
                found += [line[2:].strip() for line in item["examples"].splitlines()]
    return found


# --- Sentiment -----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentiment_records(language):
    for record in read("sentiment", language):
        assert set(record) == {"text", "sentiment", "anger"}, record
        assert record["text"] == record["text"].strip() != "", record
        assert not ENTITY.search(record["text"]), record
        assert record["sentiment"] in SENTIMENTS, record
        assert isinstance(record["anger"], bool), record
        assert record["sentiment"] == "negative" or not record["anger"], record


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentiment_counts(language):
    records = read("sentiment", language)
    assert len(records) >= 660
    counts = Counter(record["sentiment"] for record in records)
    assert counts["positive"] >= 0.25 * len(records)
    assert counts["neutral"] >= 0.3 * len(records)
    assert counts["negative"] >= 0.3 * len(records)
    angry = sum(record["anger"] for record in records)
    assert 0.3 <= angry / counts["negative"] <= 0.5


# --- Relations -----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_relation_entities(language):
    for record in read("relations", language):
        assert set(record) == {"text", "relations"}, record
        assert record["text"] == record["text"].strip(), record
        entities = ENTITY.findall(record["text"])
        assert len(entities) >= 2, record
        for value, label in entities:
            assert value == value.strip() != "", record
            assert label in LABELS, record
        assert not set("[]") & set(plain(record["text"])), record


@pytest.mark.parametrize("language", LANGUAGES)
def test_relations_are_valid(language):
    for record in read("relations", language):
        labels = [label for _, label in ENTITY.findall(record["text"])]
        for head, relation, tail in record["relations"]:
            assert head != tail, record
            assert 0 <= head < len(labels), record
            assert 0 <= tail < len(labels), record
            heads, tails = RELATIONS[relation]
            assert labels[head] in heads, record
            assert labels[tail] in tails, record
        assert len({tuple(item) for item in record["relations"]}) == len(record["relations"]), (
            record
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_relation_counts(language):
    records = read("relations", language)
    assert len(records) >= 330
    counts = Counter(relation for record in records for _, relation, _ in record["relations"])
    assert set(counts) == set(RELATIONS)
    assert min(counts.values()) >= 20, counts
    none = sum(not record["relations"] for record in records)
    assert none >= 0.1 * len(records)
    labels = Counter(label for record in records for _, label in ENTITY.findall(record["text"]))
    assert set(labels) == LABELS


# --- Both ----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_twice(language):
    texts = [
        record["text"] for kind in ("sentiment", "relations") for record in read(kind, language)
    ]
    again = [text for text, n in Counter(map(key, texts)).items() if n > 1]
    assert again == []
    assert {key(text) for text in texts} & {key(text) for text in nlu_texts(language)} == set()


def test_readme_has_the_counts():
    readme = (DATA / "ngc" / "README.md").read_text(encoding="utf-8")
    sentiments = {language: read("sentiment", language) for language in LANGUAGES}
    for name in sorted(SENTIMENTS):
        each = [sum(r["sentiment"] == name for r in sentiments[lang]) for lang in LANGUAGES]
        assert f"| {name} | {each[0]} | {each[1]} |" in readme
    each = [sum(r["anger"] for r in sentiments[lang]) for lang in LANGUAGES]
    assert f"| of these with anger | {each[0]} | {each[1]} |" in readme
    relations = {language: read("relations", language) for language in LANGUAGES}
    for name in sorted(RELATIONS):
        each = [
            sum(item[1] == name for r in relations[lang] for item in r["relations"])
            for lang in LANGUAGES
        ]
        row = next(line for line in readme.splitlines() if line.startswith(f"| {name} |"))
        assert row.endswith(f"| {each[0]} | {each[1]} |"), (row, each)
