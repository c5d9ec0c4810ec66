"""The ranking learns from a base's own questions, and stays where it was without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.base import FEW_QUESTIONS, KnowledgeBase
from knowledge.evaluation import Query, evaluate
from knowledge.learning import Lesson, alternatives, learn
from knowledge.manifest import read_manifest
from knowledge.ranking import SHIPPED, Ranking
from knowledge.signals import SIGNALS
from knowledge.sources.faq_yaml import parse_faq
from tests.knowledge.test_base import EMBEDDER, PASSAGES, passage

FAQ = Path(__file__).parents[2] / "training_data/faq.yml"
WEIGHTS = SHIPPED["english"].weights


def lessons(count: int, telling: str) -> list[Lesson]:
    """Return questions whose right passage of five has the highest of one signal."""
    chance, made = np.random.default_rng(0), []
    for _ in range(count):
        signals = chance.uniform(0, 1, (5, len(SIGNALS))).astype(np.float32)
        right = np.zeros(5, bool)
        right[np.argmax(signals[:, SIGNALS.index(telling)])] = True
        made.append(Lesson(signals, right))
    return made


def test_a_signal_that_tells_the_right_passage_gains_weight() -> None:
    before, learnt = np.array(WEIGHTS), np.array(learn(lessons(300, "text_coverage"), WEIGHTS))

    assert np.argmax(learnt - before) == SIGNALS.index("text_coverage")


def test_few_questions_change_little_and_none_nothing() -> None:
    few = np.array(learn(lessons(3, "text_coverage"), WEIGHTS))

    assert learn([], WEIGHTS) == pytest.approx(WEIGHTS)
    assert np.abs(few - WEIGHTS).max() < 0.1


def test_the_alternatives_of_a_base_are_its_lessons(tmp_path: Path) -> None:
    base = KnowledgeBase.open(tmp_path, embedder=EMBEDDER)
    base.apply(added=PASSAGES)

    asked = {(one.text, one.key) for one in alternatives(base.snapshot)}

    assert asked == {
        ("What is the return window?", "en/returns"),
        ("退货期限是多少天", "zh/returns"),
    }


def test_a_base_with_many_alternatives_learns_by_itself_and_loses_nothing(tmp_path: Path) -> None:
    entries = [one for one in parse_faq(FAQ.read_text("utf-8"), "faq") if one.language == "zh"]
    shown = [
        passage(one.id, one.language, one.title, *one.questions[1::2], text=one.text)
        for one in entries
    ]
    held_out = [Query(text, frozenset([one.id])) for one in entries for text in one.questions[::8]]
    base = KnowledgeBase.open(tmp_path, embedder=EMBEDDER)
    base.apply(added=shown)
    manifest = read_manifest(tmp_path)
    learnt = evaluate(base, held_out).mrr
    base.snapshot.__dict__["ranking"] = Ranking.of({})

    assert manifest is not None and manifest.learnt_from > FEW_QUESTIONS
    assert manifest.weights["multilingual"] != SHIPPED["multilingual"].weights
    assert learnt >= evaluate(base, held_out).mrr - 0.01


def test_confirmed_answers_are_learnt_from(tmp_path: Path) -> None:
    base = KnowledgeBase.open(tmp_path, embedder=EMBEDDER)
    base.apply(added=PASSAGES)
    unknown = ("who are you", "en/nobody")

    count = base.learn([("can I have the bill", "en/invoice"), unknown])

    assert count == 3  # with two alternatives
    again = read_manifest(tmp_path)
    assert again is not None and again.weights["english"] != WEIGHTS
