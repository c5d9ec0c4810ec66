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


def test_where_nothing_can_be_cached_a_process_converts_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("FRONTDESK_CACHE", str(blocked / "cache"))
    table = np.arange(6, dtype=np.uint8).reshape(3, 2)

    assert mapped("table-1", table) is table
    assert converted(MODEL).words.shape == (30522, 384)


def test_a_damaged_cache_names_the_folder_to_delete(cache: Path) -> None:
    mapped("table-1", np.zeros((2, 2), dtype=np.uint8))
    (cache / "table-1" / "table.npy").write_bytes(b"damaged")

    with pytest.raises(WeightsError, match="table-1 is damaged"):
        mapped("table-1", np.zeros((2, 2), dtype=np.uint8))


def test_like_words_are_near_each_other() -> None:
    thai, greek, monday = MiniLM().word_vectors(["thai", "greek", "monday"])

    assert thai @ greek > thai @ monday
