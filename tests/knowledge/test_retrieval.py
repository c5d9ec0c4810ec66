"""The shipped FAQ is found by questions in other words; see also `tests/bench/retrieval.py`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from knowledge.base import KnowledgeBase
from knowledge.precision import threshold_for
from knowledge.sources.faq_yaml import parse_faq
from tests.knowledge.test_base import EMBEDDER

FAQ = Path(__file__).parents[2] / "training_data/faq.yml"
QUESTIONS = Path(__file__).parent / "questions"
FILES = [(kind, lang) for kind in ("answerable", "unanswerable") for lang in ("en", "zh")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    base = KnowledgeBase.open(tmp_path_factory.mktemp("shop"), embedder=EMBEDDER)
    base.apply(added=parse_faq(FAQ.read_text("utf-8"), FAQ.name))
    return base


def asked(kind: str, language: str) -> list[list[str]]:
    lines = (QUESTIONS / f"{kind}.{language}.tsv").read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines]


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


@pytest.mark.parametrize(("kind", "language"), FILES)
def test_no_question_of_the_evaluation_is_indexed(
    shop: KnowledgeBase, kind: str, language: str
) -> None:
    indexed = {plain(text) for one in shop.passages() for text in (one.title, *one.questions)}
    questions = [plain(text) for _, text in asked(kind, language)]

    assert len(questions) == len(set(questions)) >= 100
    assert indexed.isdisjoint(questions)


@pytest.mark.parametrize(("language", "expected"), [("en", 0.89), ("zh", 0.9)])
def test_paraphrases_find_their_entry(shop: KnowledgeBase, language: str, expected: float) -> None:
    found = [
        shop.search(text, language, 1)[0].passage.key == f"{language}/faq.yml#{key}"
        for key, text in asked("answerable", language)
    ]

    assert np.mean(found) >= expected


@pytest.mark.parametrize("language", ["en", "zh"])
def test_probabilities_tell_what_has_an_answer_from_what_has_none(
    shop: KnowledgeBase, language: str
) -> None:
    answerable, unanswerable = (
        np.array(
            [shop.search(text, language, 1)[0].probability for _, text in asked(kind, language)]
        )
        for kind in ("answerable", "unanswerable")
    )

    assert np.mean(answerable[:, None] > unanswerable[None]) >= 0.9
    assert np.mean(answerable >= threshold_for(0.8)) >= 0.8


def test_a_hit_is_never_surer_than_one_ranked_before_it(shop: KnowledgeBase) -> None:
    for _, text in asked("answerable", "en")[::10]:
        chances = [hit.probability for hit in shop.search(text, "en", 20)]
        assert chances == sorted(chances, reverse=True)


def test_more_precision_needs_a_higher_probability() -> None:
    thresholds = [threshold_for(share) for share in np.linspace(0, 1, 21)]

    assert thresholds == sorted(thresholds)
    assert (thresholds[0], thresholds[-1]) == (0, 1)
