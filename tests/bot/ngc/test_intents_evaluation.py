"""Holding out examples and counting what is read of them."""

from __future__ import annotations

from pathlib import Path

from bot.domain import Domain
from bot.evaluation.intents import cross_validate, holdout
from bot.project import ComponentConfig, Example, Project, Settings, Understanding

PROJECT = Project(
    folder=Path(),
    settings=Settings(
        pipeline=tuple(
            ComponentConfig(name=name)
            for name in ("SentenceEmbeddingFeaturizer", "LogisticRegressionClassifier")
        )
    ),
    domain=Domain(),
    understanding=Understanding(
        examples=tuple(
            Example(text=text, intent=intent)
            for intent, texts in {
                "greet": ("hello", "hi there", "hey", "hiya", "good morning"),
                "buy": ("buy a lamp", "I want to buy it", "purchase it", "let me buy", "buy now"),
                "问候": ("你好", "您好", "早上好", "大家好", "下午好"),
                "购买": ("我要买灯", "我想购买", "买一个", "购买这个", "现在买"),
            }.items()
            for text in texts
        )
    ),
)


def test_holdout_tests_a_share_of_each_language() -> None:
    scores = holdout(PROJECT, 0.2)

    assert {language: score.examples for language, score in scores.items()} == {"en": 2, "zh": 2}
    assert all(len(score.misses) == score.examples - score.correct for score in scores.values())


def test_cross_validation_tests_every_example_once() -> None:
    scores = cross_validate(PROJECT, folds=2)

    assert {language: score.examples for language, score in scores.items()} == {"en": 10, "zh": 10}
    assert all(score.accuracy >= 0.6 for score in scores.values())
