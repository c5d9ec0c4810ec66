"""The settings of the n-gram featurizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.ngc.component import Draft, Labelled
from bot.ngc.features import CountVectorsFeaturizer
from bot.ngc.tokenizer import whitespace_tokens
from bot.project import Example
from tests.bot.builders import domain, project

TEXTS = ("the café opens", "the cafe closes", "the shop", "the shop")


def draft(text: str) -> Draft:
    return Draft(text=text, language="en", space="en", tokens=tuple(whitespace_tokens(text)))


def trained(**settings: Any) -> CountVectorsFeaturizer:
    step = CountVectorsFeaturizer(settings)
    examples = [Labelled(draft=draft(t), example=Example(text=t, intent="i")) for t in TEXTS]
    step.train(examples, project(domain()))
    return step


@pytest.mark.parametrize(
    ("settings", "found", "unknown"),
    [
        ({}, "the", "theatre"),
        ({"strip_accents": "unicode"}, "càfe", "the-cafe"),
        ({"stop_words": ["the"]}, "shop", "the"),
        ({"stop_words": "english"}, "shop", "the"),
        ({"max_df": 0.5}, "shop", "the"),
        ({"max_df": 2}, "shop", "the"),
        ({"min_df": 2}, "shop", "closes"),
        ({"min_df": 0.5}, "shop", "closes"),
        ({"max_features": 1}, "the", "shop"),
    ],
)
def test_rasas_settings_choose_the_words(
    settings: dict[str, Any], found: str, unknown: str, tmp_path: Path
) -> None:
    step = trained(**settings)
    step.save(tmp_path)
    loaded = CountVectorsFeaturizer(settings)
    loaded.load(tmp_path)

    for one in (step, loaded):
        assert one.process(draft(found)).features[-1].columns.size == 1
        assert one.process(draft(unknown)).features[-1].columns.size == 0
