"""Texts are cleaned without losing entities, doubts are told, and variants keep their labels."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.ngc.tasks.augment import augment, replaced
from bot.ngc.tasks.cleaning import clean
from bot.ngc.tasks.duplicates import find_duplicates
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.preparation import check, clean_up, enlarge, measure_additions
from bot.ngc.tasks.reader import read_samples
from bot.ngc.tasks.sample import Prediction, Sample, Span
from bot.ngc.tasks.suspects import suspects_of
from bot.ngc.tasks.writer import write_samples


def _named(sample: Sample) -> list[tuple[str, str]]:
    return [(span.name, sample.text[span.start : span.end]) for span in sample.spans]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  two   spaces\t\n", "two spaces"),
        ("ＡＢＣ１２３　ｏｋ", "ABC123 ok"),
        ("a\u200bb\ufeff\x07c", "abc"),
        ("10 m² and ½", "10 m² and ½"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\ud800x", "x"),
        ("ﾊﾟ", "パ"),
    ],
)
def test_texts_become_clean(written: str, kept: str) -> None:
    assert clean(Sample(text=written)).text in (kept, kept.replace("パ", "\u30cf\u309a"))


def test_entities_stay_on_their_letters() -> None:
    text = "  fly\u200b to  Ｒｏｍｅ   now "
    sample = Sample(text=text, spans=(Span(text.index("Ｒ") - 1, text.index("ｅ") + 1, "city"),))

    assert _named(clean(sample)) == [("city", "Rome")]


def test_an_entity_of_nothing_goes() -> None:
    assert clean(Sample(text="a\u200b\u200bb", spans=(Span(1, 3, "x"),))).spans == ()


def test_duplicates_and_conflicts_are_told_apart() -> None:
    samples = [
        Sample(text="Where is my order?", label="track"),
        Sample(text="where is my ORDER", label="track"),
        Sample(text="Where is my order", label="refund"),
        Sample(text="I have been waiting for my new card for two weeks now", label="card"),
        Sample(text="I have been waiting for my new cards for two weeks now", label="card"),
        Sample(text="order 1 of 3 pieces of the thing", label="a"),
        Sample(text="order 2 of 3 pieces of the thing", label="a"),
    ]

    found = find_duplicates(samples)

    assert found.exact == (1,)
    assert found.conflicts == ((2, 0),)
    assert found.near == ((4, 3),)


def test_a_label_is_suspect_if_another_is_surer_than_usual() -> None:
    samples = [Sample(text=str(n), label=label) for n, label in enumerate("aaabbb")]
    sure, wrong = (("a", 0.9), ("b", 0.1)), (("b", 0.95), ("a", 0.05))
    unsure = (("b", 0.55), ("a", 0.45))
    rankings = [sure, wrong, unsure, wrong, wrong, wrong]
    found = suspects_of(samples, [Prediction(ranking=one) for one in rankings])

    assert [(one.row, one.suggested) for one in found] == [(1, "b")]
    assert found[0].doubt == pytest.approx(0.9)


def test_replacing_a_part_moves_the_entities_behind_it() -> None:
    sample = Sample(text="from Oslo to Rome", spans=(Span(5, 9, "a"), Span(13, 17, "b")))

    changed = replaced(sample, 5, 9, "Stockholm")

    assert changed.text == "from Stockholm to Rome"
    assert _named(changed) == [("a", "Stockholm"), ("b", "Rome")]


def test_variants_keep_label_and_entity_names() -> None:
    samples = [
        Sample(text=f"how can I travel to {city} tomorrow", label="go",
               spans=(Span(20, 20 + len(city), "city"),))
        for city in ("Oslo", "Rome", "Paris")
    ]  # fmt: skip

    made = augment(samples, 3, seed=0)

    assert len(made) >= 5
    assert {one.label for one in made} == {"go"}
    for one in made:
        assert _named(one)[0][0] == "city"
        assert _named(one)[0][1] in ("Oslo", "Rome", "Paris")
    assert len({one.text for one in [*samples, *made]}) == len(samples) + len(made)
    assert augment(samples, 3, seed=0) == made


def test_chinese_gets_slips_of_its_own() -> None:
    made = augment([Sample(text="我的帐户在哪里查询", label="a")], 5, seed=random.randrange(99))

    assert made
    assert all(len(one.text) >= 7 for one in made)


def test_preparation_tells_what_became_of_every_text() -> None:
    texts = {"refund": "refund money return pay", "track": "parcel order package delivery"}
    samples = [
        Sample(text=f"{start} {word}", label=label, line=number)
        for number, start in enumerate(["please my", "where is the", "I want the", "help with"])
        for label, words in texts.items()
        for word in words.split()
    ]
    mistake = Sample(text="I do want the refund", label="track", line=99)
    samples += [mistake, Sample(text=" ", label="track"), samples[0]]

    done = clean_up(samples)
    lesson = Lesson(task="intent", train=done.samples)
    done = check(done, lesson, "light", 4, lambda _text, _share: None)
    done = measure_additions(
        enlarge(done, 1, seed=0), lesson, "light", 4, 1, lambda _text, _share: None
    )

    assert (done.read, done.blank, done.duplicates) == (35, 1, 1)
    assert len(done.samples) == 33
    assert done.doubts[0].sample == mistake
    assert done.doubts[0].suggested == "refund"
    assert done.score is not None and done.score > 0.8
    assert done.score_with_added is not None and done.score_with_added > 0.8
    assert done.added


def test_rows_for_tests_are_not_varied() -> None:
    samples = [Sample(text="please refund my order", label="a", split=split)
               for split in ("train", "test")]  # fmt: skip

    assert {one.split for one in enlarge(clean_up(samples[1:]), 2, 0).added} == set()
    assert {one.split for one in enlarge(clean_up(samples[:1]), 2, 0).added} == {"train"}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    spans = (Span(0, 4, "city", "from"), Span(8, 12, "city"))
    slot = Sample(text="Oslo to Rome", label="go", spans=spans, split="train", line=1)
    pair = Sample(text="tea in the cup", label="in", spans=(Span(0, 3, "e1"), Span(11, 14, "e2")),
                  line=1)  # fmt: skip
    for task, sample, name in (
        ("slots", slot, "a.jsonl"),
        ("relations", pair, "b.jsonl"),
        ("intent", Sample(text='say "hi",\nor so', label="x", line=2), "c.csv"),
    ):
        write_samples(tmp_path / name, task, [sample])
        assert read_samples(tmp_path / name, task) == (sample,)


def test_a_table_cannot_hold_entities(tmp_path: Path) -> None:
    with pytest.raises(BotError, match=r"ends in \.jsonl"):
        write_samples(tmp_path / "a.csv", "slots", [])
