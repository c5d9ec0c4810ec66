"""Where sentences end, in English and Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is free. Really? Yes!", ["It is free.", "Really?", "Yes!"]),
        ("It costs 4.90 EUR. Ask Mr. Smith.", ["It costs 4.90 EUR.", "Ask Mr. Smith."]),
        ("Use e.g. a box. See www.shop.example.", ["Use e.g. a box.", "See www.shop.example."]),
        ("He said “no.” Then he left.", ["He said “no.”", "Then he left."]),
        ("可以退货。多少钱？“免费！”是的", ["可以退货。", "多少钱？", "“免费！”", "是的"]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("", []),
    ],
)
def test_a_text_is_parted_where_its_sentences_end(text: str, expected: list[str]) -> None:
    assert [sentence.strip() for sentence in sentences(text)] == expected


@given(st.text(st.sampled_from("aB1 .!?。！”)\n"), max_size=100))
def test_nothing_is_lost(text: str) -> None:
    assert "".join(sentences(text)) == text
