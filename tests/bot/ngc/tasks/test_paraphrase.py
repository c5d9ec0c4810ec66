"""Wordings of a language model are kept only where they fit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.ngc.tasks.paraphrase import paraphrase, with_wording
from bot.ngc.tasks.sample import Sample, Span
from knowledge.languages import BilingualEmbedder

SAMPLES = [
    Sample(text="where is my parcel", label="track"),
    Sample(text="when will my package arrive", label="track"),
    Sample(text="track my order please", label="track"),
    Sample(text="I want my money back", label="refund"),
    Sample(text="please refund my purchase", label="refund"),
    Sample(text="how do I get a refund", label="refund"),
    Sample(text="我的包裹在哪里", label="track"),
]


@pytest.fixture(scope="module")
def embedder() -> BilingualEmbedder:
    return BilingualEmbedder()


def made(embedder: BilingualEmbedder, answers: dict[str, Sequence[str]], copies: int = 1) -> list:
    def reword(text: str, language: str) -> Sequence[str]:
        assert language == ("zh" if text == "我的包裹在哪里" else "en")
        return answers.get(text, ())

    found = paraphrase(
        SAMPLES, reword, embedder, copies=copies, progress=lambda _what, _share: None
    )
    return [(one.text, one.label) for one in found]


def test_a_wording_that_says_the_same_is_kept(embedder: BilingualEmbedder) -> None:
    answers = {
        "where is my parcel": ["where is  my package now"],
        "我的包裹在哪里": ["我的包裹到哪里了"],
    }

    assert made(embedder, answers) == [
        ("where is my package now", "track"),
        ("我的包裹到哪里了", "track"),
    ]


@pytest.mark.parametrize(
    "wording",
    [
        "I want my money back please",  # near to the other label
        "the weather is lovely today",  # something else
        "我的包裹在哪里呢",  # another language
        "Where is my parcel",  # there already
        "where is my parcel " * 5,  # far too long
        "",
    ],
)
def test_a_wording_that_does_not_fit_is_left_out(embedder: BilingualEmbedder, wording: str) -> None:
    assert made(embedder, {"where is my parcel": [wording]}) == []


def test_no_more_are_kept_than_wanted(embedder: BilingualEmbedder) -> None:
    answers = {"track my order please": ["please track my order", "can you track my order"]}

    assert len(made(embedder, answers)) == 1
    assert len(made(embedder, answers, copies=2)) == 2


def test_entities_are_found_again_in_the_wording() -> None:
    sample = Sample(
        text="from Oslo to Oslo", spans=(Span(5, 9, "city", "from"), Span(13, 17, "city", "to"))
    )

    fresh = with_wording(sample, "leaving Oslo for Oslo")

    assert fresh is not None
    assert [(span.start, span.end, span.role) for span in fresh.spans] == [
        (8, 12, "from"),
        (17, 21, "to"),
    ]
    assert with_wording(sample, "leaving Oslo for Rome") is None
