"""Cuts the table of words of a multilingual encoder down to what a bot's languages need."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from knowledge.pretrained import PretrainedEncoder

COMMON_ROWS: Final = 40_000
"""A vocabulary is sorted by frequency: of its first rows all in Latin letters are kept."""
_WORD_MARK: Final = "▁"
"""In front of a unigram model's pieces that begin a word."""
_GOES_ON_MARK: Final = "##"
"""In front of WordPiece's pieces that do not."""
_HAN: Final = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")


def prune(
    pretrained: PretrainedEncoder, texts: Iterable[str], *, common: int = COMMON_ROWS
) -> PretrainedEncoder:
    """Return the encoder with the pieces of `texts` and those that any text may need.

    These are single letters and signs of any script, all pieces in Chinese, and those in Latin
    letters among the `common` most frequent. Other words are still read, in smaller pieces. A
    vocabulary that is neither a unigram model nor of WordPiece is returned as it is.
    """
    from tokenizers import Tokenizer

    tokenizer = json.loads(pretrained.tokenizer)
    if tokenizer["model"]["type"] not in ("Unigram", "WordPiece"):
        return pretrained
    reader = Tokenizer.from_str(pretrained.tokenizer)
    used = {row for one in reader.encode_batch(list(texts)) for row in one.ids}
    special = {entry["id"] for entry in tokenizer["added_tokens"]}
    kept = [
        row
        for row, piece in enumerate(_pieces(tokenizer["model"]))
        if row in used or row in special or _is_general(piece, row, common)
    ]
    words = np.ascontiguousarray(pretrained.arrays["words"][kept])
    return replace(
        pretrained,
        tokenizer=json.dumps(_renumbered(tokenizer, kept), ensure_ascii=False),
        arrays={**pretrained.arrays, "words": words},
    )


def _pieces(model: dict[str, Any]) -> list[str]:
    """Return the pieces of a vocabulary in the order of their rows."""
    if model["type"] == "Unigram":
        return [piece for piece, _ in model["vocab"]]
    return sorted(model["vocab"], key=model["vocab"].__getitem__)


def _is_general(piece: str, row: int, common: int) -> bool:
    letters = piece.removeprefix(_WORD_MARK).removeprefix(_GOES_ON_MARK)
    return len(letters) <= 1 or bool(_HAN.search(letters)) or (row < common and letters.isascii())


def _renumbered(tokenizer: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """Return the tokenizer with only the pieces `kept`, numbered anew."""
    places = {row: place for place, row in enumerate(kept)}
    model = {**tokenizer["model"]}
    if model["type"] == "Unigram":
        model["vocab"] = [model["vocab"][row] for row in kept]
        model["unk_id"] = places[model["unk_id"]]
    else:
        model["vocab"] = {
            piece: places[row] for piece, row in model["vocab"].items() if row in places
        }
    added = [{**entry, "id": places[entry["id"]]} for entry in tokenizer["added_tokens"]]
    ends = {
        name: {**entry, "ids": [places[row] for row in entry["ids"]]}
        for name, entry in tokenizer["post_processor"]["special_tokens"].items()
    }
    processor = {**tokenizer["post_processor"], "special_tokens": ends}
    return {**tokenizer, "model": model, "added_tokens": added, "post_processor": processor}
