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
_HAN: Final = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")


def prune(pretrained: PretrainedEncoder, texts: Iterable[str]) -> PretrainedEncoder:
    """Return the encoder with the pieces of `texts` and those that any text may need.

    These are single letters and signs of any script, all pieces in Chinese, and the common ones in
    Latin letters. Texts in other languages are still read, letter by letter. A vocabulary that is
    not a unigram model is returned as it is.
    """
    from tokenizers import Tokenizer

    tokenizer = json.loads(pretrained.tokenizer)
    if tokenizer["model"]["type"] != "Unigram":
        return pretrained
    seen = Tokenizer.from_str(pretrained.tokenizer).encode_batch(list(texts))
    used = {row for one in seen for row in one.ids}
    special = {entry["id"] for entry in tokenizer["added_tokens"]}
    pieces = tokenizer["model"]["vocab"]
    kept = [
        row
        for row, (piece, _) in enumerate(pieces)
        if row in used or row in special or _is_general(piece, row)
    ]
    words = np.ascontiguousarray(pretrained.arrays["words"][kept])
    return replace(
        pretrained,
        tokenizer=json.dumps(_renumbered(tokenizer, kept), ensure_ascii=False),
        arrays={**pretrained.arrays, "words": words},
    )


def _is_general(piece: str, row: int) -> bool:
    letters = piece.removeprefix(_WORD_MARK)
    return (
        len(letters) <= 1 or bool(_HAN.search(letters)) or (row < COMMON_ROWS and letters.isascii())
    )


def _renumbered(tokenizer: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """Return the tokenizer with only the pieces `kept`, numbered anew."""
    places = {row: place for place, row in enumerate(kept)}
    model = {
        **tokenizer["model"],
        "vocab": [tokenizer["model"]["vocab"][row] for row in kept],
        "unk_id": places[tokenizer["model"]["unk_id"]],
    }
    added = [{**entry, "id": places[entry["id"]]} for entry in tokenizer["added_tokens"]]
    ends = {
        name: {**entry, "ids": [places[row] for row in entry["ids"]]}
        for name, entry in tokenizer["post_processor"]["special_tokens"].items()
    }
    processor = {**tokenizer["post_processor"], "special_tokens": ends}
    return {**tokenizer, "model": model, "added_tokens": added, "post_processor": processor}
