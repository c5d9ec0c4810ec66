"""The likeliest path of tags through a linear chain, with numpy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import FloatArray


def likeliest_path(emissions: FloatArray, transitions: FloatArray) -> list[int]:
    """Return the tags whose scores sum up to the most (Viterbi); O(units · tags²).

    Shapes:
        emissions: float32 [units, tags]: how well each tag fits each unit.
        transitions: float32 [tags + 1, tags]: how well a tag follows another; the last row is
            for the first unit.
    """
    if not len(emissions):
        return []
    scores = transitions[-1] + emissions[0]
    origins: list[NDArray[np.intp]] = []
    for emission in emissions[1:]:
        paths = scores[:, None] + transitions[:-1]
        origins.append(paths.argmax(axis=0))
        scores = paths.max(axis=0) + emission
    path = [int(scores.argmax())]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return path[::-1]
