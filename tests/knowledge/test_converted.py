"""Converted weights and their cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from knowledge.converted import cache_folder, converted, mapped
from knowledge.errors import WeightsError
from knowledge.minilm import MODEL, TOKENIZER, MiniLM
from knowledge.threads import THREADS

TEXTS = ["hello", "where is my order", "I want to book a table for two people tonight, please"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRONTDESK_CACHE", str(tmp_path / "cache"))
    return cache_folder()


def published_vectors(texts: list[str]) -> np.ndarray:
    """Return the vectors of the published graph, which computes in float32."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(MODEL.read(), options)
    tokenizer = Tokenizer.from_str(TOKENIZER.read().decode("utf-8"))
    tokenizer.no_padding()
    rows = []
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids])
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        inputs["token_type_ids"] = np.zeros_like(ids)
        vector = session.run(None, inputs)[0][0].mean(axis=0)
        rows.append(vector / np.linalg.norm(vector))
    return np.stack(rows)


def test_the_converted_graph_gives_the_vectors_of_the_published_one(cache: Path) -> None:
    cosines = (MiniLM().embed(TEXTS) * published_vectors(TEXTS)).sum(axis=1)

    assert (cosines > 0.998).all()
    assert [folder.name.split("-")[0] for folder in cache.iterdir()] == ["minilm"]


def test_likeness_is_that_of_the_published_graph(cache: Path) -> None:
    texts = [*TEXTS, "my parcel has not arrived", "goodbye", "can I pay by card?"]
    found, published = MiniLM().embed(texts), published_vectors(texts)

    assert np.abs(found @ found.T - published @ published.T).max() < 0.015


def test_a_text_has_the_same_vector_alone_and_beside_others(cache: Path) -> None:
    alone = np.concatenate([MiniLM().embed([text]) for text in TEXTS])

    assert np.allclose(MiniLM().embed(TEXTS), alone, atol=1e-5)


def counted() -> dict[str, np.ndarray]:
    return {"table": np.arange(6, dtype=np.uint8).reshape(3, 2)}


def test_where_nothing_can_be_cached_a_process_converts_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("FRONTDESK_CACHE", str(blocked / "cache"))

    assert mapped("numbers", counted)["table"][2, 1] == 5
    assert converted(MODEL).words.shape == (30522, 384)


def test_what_was_cached_is_not_computed_again(cache: Path) -> None:
    mapped("numbers", counted)

    def fail() -> dict[str, np.ndarray]:
        raise AssertionError

    assert mapped("numbers", fail)["table"].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert [folder.name for folder in cache.iterdir()] == ["numbers"]


def test_a_damaged_cache_names_the_folder_to_delete(cache: Path) -> None:
    mapped("numbers", counted)
    (cache / "numbers" / "table.npy").write_bytes(b"damaged")

    with pytest.raises(WeightsError, match="numbers is damaged"):
        mapped("numbers", counted)


def test_like_words_are_near_each_other() -> None:
    thai, greek, monday = MiniLM().word_vectors(["thai", "greek", "monday"])

    assert thai @ greek > thai @ monday
