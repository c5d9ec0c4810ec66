"""What VADER's word list says about a text."""

from __future__ import annotations

import dataclasses

import pytest

from bot.ngc.sentiment.lexicon import LEXICON, WIDTH, Lexicon
from knowledge.errors import WeightsError


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon()


def test_good_and_bad_words_have_their_signs(lexicon: Lexicon) -> None:
    assert lexicon.features("a great kettle")[0] > 0.5
    assert lexicon.features("a terrible kettle")[0] < -0.3
    assert lexicon.features("a kettle") == [0.0] * WIDTH
    assert lexicon.features("") == [0.0] * WIDTH


def test_a_negation_turns_the_words_behind_it(lexicon: Lexicon) -> None:
    assert lexicon.features("not good")[0] < 0
    assert lexicon.features("it isn’t any good")[0] < 0
    assert lexicon.features("not a word of what you say is good")[0] > 0


def test_a_changed_list_is_refused() -> None:
    with pytest.raises(WeightsError):
        Lexicon(dataclasses.replace(LEXICON, sha256="0" * 64)).features("good")
