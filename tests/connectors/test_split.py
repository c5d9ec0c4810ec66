"""Long texts are cut where a reader would pause, and never inside what belongs together."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel import Limit
from connectors.split import shorten, split_text

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
LINK = "https://shop.example/a?b=c"
UNITS = st.sampled_from(["chars", "utf16", "bytes"])
PIECES = ["word", "wörter", "你好", "。", ". ", "! ", " ", "\n", "\n\n", FAMILY, LINK, "é", "👍🏽"]


@st.composite
def texts(draw: st.DrawFn) -> str:
    return "".join(draw(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=80)))


@given(text=texts(), amount=st.integers(60, 300), unit=UNITS)
def test_every_piece_is_within_the_limit_and_nothing_but_space_is_lost(
    text: str, amount: int, unit: str
) -> None:
    limit = Limit(amount, unit)  # type: ignore[arg-type]

    pieces = split_text(text, limit)

    assert all(piece and limit.holds(piece) for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(
    amount=st.integers(40, 200), unit=UNITS, words=st.lists(st.sampled_from(PIECES), max_size=80)
)
def test_links_and_characters_of_several_code_points_stay_whole(
    amount: int, unit: str, words: list[str]
) -> None:
    text = " ".join(words)

    pieces = split_text(text, Limit(amount, unit))  # type: ignore[arg-type]

    assert sum(piece.count(LINK) for piece in pieces) == text.count(LINK)
    seen = [cluster for piece in pieces for cluster in regex.findall(r"\X", piece)]
    whole = [cluster for cluster in regex.findall(r"\X", text) if not cluster.isspace()]
    assert [cluster for cluster in seen if not cluster.isspace()] == whole


@given(text=st.text(max_size=80), amount=st.integers(1, 10))
def test_even_an_absurd_limit_ends(text: str, amount: int) -> None:
    pieces = split_text(text, Limit(amount))

    assert all(len(piece) <= amount for piece in pieces)


@pytest.mark.parametrize(
    ("text", "amount", "pieces"),
    [
        (
            "One is here.\n\nTwo is there. And more.",
            32,
            ("One is here.", "Two is there. And more."),
        ),
        ("One is here. Two is there, too.", 28, ("One is here.", "Two is there, too.")),
        ("one two three four", 10, ("one two", "three four")),
        ("第一句话。第二句话。", 7, ("第一句话。", "第二句话。")),
        ("short", 10, ("short",)),
        ("  \n ", 10, ()),
    ],
)
def test_the_cut_is_at_a_paragraph_then_a_sentence_then_a_word(
    text: str, amount: int, pieces: tuple[str, ...]
) -> None:
    assert split_text(text, Limit(amount)) == pieces


@given(text=texts(), amount=st.integers(10, 60), unit=UNITS)
def test_a_shortened_text_is_within_the_limit(text: str, amount: int, unit: str) -> None:
    limit = Limit(amount, unit)  # type: ignore[arg-type]

    assert limit.holds(shorten(text, limit))
