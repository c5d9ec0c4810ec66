"""Single steps of understanding."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from bot.errors import TrainingError
from bot.formats.regex_message import read_regex_message
from bot.ngc.classifier import FallbackClassifier, KeywordIntentClassifier
from bot.ngc.component import Draft, Features, Labelled
from bot.ngc.duckling import DucklingEntityExtractor
from bot.ngc.entities import merge
from bot.ngc.head import fit
from bot.ngc.pattern import compile_patterns
from bot.ngc.tokenizer import (
    JiebaWords,
    character_tokens,
    mixed_tokens,
    whitespace_tokens,
)
from bot.project import Example, Understanding
from bot.types import Entity, Intent


def draft(text: str = "x", *shares: float, language: str = "en") -> Draft:
    ranking = tuple(Intent(name=f"i{row}", confidence=share) for row, share in enumerate(shares))
    return Draft(
        text=text,
        language=language,
        space=language,
        intent=ranking[0] if ranking else None,
        ranking=ranking,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi, my name is Sam!", ["Hi", "my", "name", "is", "Sam"]),
        ("it's 10'000.00 euros", ["it", "s", "10'000.00", "euros"]),
        ("-5 or $25, a/b (c,d)", ["-5", "or", "$25", "a/b", "c,d"]),
        ("mail a.b@c.de #now", ["mail", "a.b@c.de", "#now"]),
        ("see https://x.example/a?b=c", ["see", "https://x.example/a?b=c"]),
        ("great 👍", ["great"]),
        ("!!!", ["!!!"]),
        ("", []),
        ("   ", []),
    ],
)
def test_whitespace_tokens(text: str, expected: list[str]) -> None:
    tokens = whitespace_tokens(text)

    assert [token.text for token in tokens] == expected
    assert all(text[token.start : token.end] == token.text for token in tokens)


def test_chinese_tokens_have_offsets_and_no_blanks() -> None:
    text = "👍我的 order FD204815，谢谢"

    for tokens in (mixed_tokens(text), character_tokens(text), JiebaWords().tokens(text)):
        assert all(text[token.start : token.end] == token.text for token in tokens)
        assert not any(token.text.isspace() for token in tokens)
    assert [token.text for token in mixed_tokens(text)][:4] == ["我", "的", "order", "FD"]
    assert "谢谢" in [token.text for token in JiebaWords().tokens(text)]


@pytest.mark.parametrize(
    ("shares", "falls_back"),
    [
        ((0.29, 0.1), True),
        ((0.3, 0.1), False),
        ((0.5, 0.45), True),
        ((0.5, 0.4), False),
        ((0.9,), False),
        ((), True),
    ],
)
def test_fallback(shares: tuple[float, ...], falls_back: bool) -> None:
    before = draft("x", *shares)

    after = FallbackClassifier({"threshold": 0.3, "ambiguity_threshold": 0.09}).process(before)

    if falls_back:
        assert after.intent == Intent(name="nlu_fallback", confidence=0.3)
        assert after.ranking == ((after.intent, *before.ranking) if before.ranking else ())
    else:
        assert after == before


def test_keywords_are_whole_words_and_the_first_wins() -> None:
    classifier = KeywordIntentClassifier({})
    examples = [Example(text="hi", intent="greet"), Example(text="bye", intent="leave")]
    classifier.train([Labelled(draft(), example) for example in examples], None)  # pyright: ignore

    found = classifier.process(draft("bye and hi", 0.6))

    assert found.intent == Intent(name="greet", confidence=1.0)
    assert found.ranking == draft("", 0.6).ranking
    assert classifier.process(draft("this Bye")).intent is None


@pytest.mark.parametrize(
    ("text", "confidence", "values"),
    [
        ("/greet", 1.0, []),
        ("/greet@0.4", 0.4, []),
        ("/greet@7", 1.0, []),
        ('/greet{"city": "Rome"}', 1.0, ["Rome"]),
        ('/greet@0.5{"city": ["Rome", "Oslo"], "other": 1}', 0.5, ["Rome", "Oslo"]),
        ("/greet{broken}", 1.0, []),
        ("/greet{broken", 1.0, []),
        ("/greet{} more", 1.0, []),
        ("  /greet ", 1.0, []),
    ],
)
def test_regex_messages(text: str, confidence: float, values: list[str]) -> None:
    reading = read_regex_message(text, intents={"greet"}, entities={"city"})

    assert reading is not None
    assert reading.intent == Intent(name="greet", confidence=confidence)
    assert [entity.value for entity in reading.entities] == values
    for entity in reading.entities:
        assert text[entity.start : entity.end].startswith("{")
        assert text[entity.start : entity.end].endswith("}")


@pytest.mark.parametrize("text", ["greet", "/unknown", "/", "", "/greet more", "a /greet"])
def test_other_texts_are_no_regex_messages(text: str) -> None:
    assert read_regex_message(text, intents={"greet"}, entities=set()) is None


def found(text: str, *words: str) -> list[str]:
    pairs = compile_patterns(Understanding(lookups={"x": words}), boundaries="latin")
    return [match.group() for match in re.finditer(pairs[0][1], text, re.IGNORECASE)]


def test_lookups_find_the_longest_whole_words() -> None:
    assert found("a Desk  Lamp", "desk", "desk lamp") == ["Desk  Lamp"]
    assert found("tentative", "tent") == []
    assert found("我买tent了", "tent") == ["tent"]
    assert found("我要帐篷吗", "帐篷") == ["帐篷"]
    assert found("c++ or c", "c++") == ["c++"]


def test_a_regex_that_is_none_is_told() -> None:
    with pytest.raises(TrainingError, match="`bad`"):
        compile_patterns(Understanding(regexes=(("bad", "("),)))


def entity(name: str, start: int, end: int, role: str | None = None) -> Entity:
    return Entity(name=name, value="", start=start, end=end, role=role)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (entity("a", 0, 2), entity("b", 3, 4), 2),
        (entity("a", 0, 2), entity("b", 1, 4), 0),
        (entity("a", 0, 2), entity("a", 0, 4), 1),
        (entity("a", 0, 4), entity("a", 0, 2), 0),
        (entity("a", 0, 4), entity("a", 0, 4, "to"), 1),
    ],
)
def test_merging(first: Entity, second: Entity, kept: int) -> None:
    expected = {0: (first,), 1: (second,), 2: (first, second)}[kept]

    assert merge([first], [second]) == expected


NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("tomorrow at 3pm", "en", "2026-03-05T15:00:00.000+00:00"),
        ("on Monday", "en", "2026-03-09T00:00:00.000+00:00"),
        ("明天下午三点", "zh", "2026-03-05T15:00:00.000+00:00"),
        ("it was 25 dollars", "en", 25),
        ("二十五块钱", "zh", 25),
        ("may I return the second one", "en", None),
        ("我要退货", "zh", None),
    ],
)
def test_times_and_amounts(text: str, language: str, value: object) -> None:
    extractor = DucklingEntityExtractor({}, now=lambda: NOW)

    entities = extractor.process(draft(text, language=language)).entities

    assert [one.value for one in entities] == ([] if value is None else [value])


def test_found_entities_are_not_read_as_times() -> None:
    number = entity("order_number", 6, 14)
    before = Draft(text="order 20231105", language="en", space="en", entities=(number,))

    assert DucklingEntityExtractor({}, now=lambda: NOW).process(before).entities == (number,)


def test_a_head_learns_what_is_separable_and_is_sure_of_it() -> None:
    generator = np.random.default_rng(0)
    rows, labels = [], []
    for number in range(90):
        vector = generator.normal(scale=0.1, size=5).astype(np.float32)
        vector[number % 3] += 1
        rows.append(Features(np.arange(5), vector, 5))
        labels.append("abc"[number % 3])

    head = fit(rows, labels, [1.0] * 90)

    assert all(head.rank(row)[0][0] == label for row, label in zip(rows, labels, strict=True))
    assert np.mean([head.rank(row)[0][1] for row in rows]) > 0.9
