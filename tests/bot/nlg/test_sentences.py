"""Where sentences end, whole or as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlg.sentences import SentenceStream, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It costs €4.90. It is fast.", ("It costs €4.90.", "It is fast.")),
        ("Open from 9 a.m. to 5 p.m. daily.", ("Open from 9 a.m. to 5 p.m. daily.",)),
        (
            "See https://a.example/b.c for e.g. prices.",
            ("See https://a.example/b.c for e.g. prices.",),
        ),
        ("多久到？三天。", ("多久到？", "三天。")),
        ("Ten [1]. Nine. [2] Eight", ("Ten [1].", "Nine. [2]", "Eight")),
        ("三天[1]。两天。[2]", ("三天[1]。", "两天。[2]")),
        ("Yes. You can.", ("Yes. You can.",)),
        ("是的。可以退。", ("是的。可以退。",)),
        ("1. Open it.\n2. Close it.", ("1. Open it.", "2. Close it.")),
        ("  ", ()),
    ],
)
def test_sentences(text: str, found: tuple[str, ...]) -> None:
    assert sentences(text) == found


PIECES = st.lists(st.text("ab. !?。？[1]\n", max_size=6), max_size=12)


@given(PIECES)
def test_a_stream_gives_every_character_that_is_no_space(pieces: list[str]) -> None:
    stream = SentenceStream()
    found = [one for piece in pieces for one in stream.feed(piece)]
    found += stream.end()

    def bare(text: str) -> str:
        return "".join(text.split())

    assert bare("".join(found)) == bare("".join(pieces))


def test_a_sentence_is_given_when_the_next_one_begins() -> None:
    stream = SentenceStream()
    assert stream.feed("It costs 4") == ()
    assert stream.feed(".90 euros.") == ()
    assert stream.feed(" [1] And") == ("It costs 4.90 euros. [1]",)
    assert stream.end() == ("And",)
