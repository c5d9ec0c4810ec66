"""How far apart the steps of a dialogue are, for attention."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray


@functools.lru_cache(maxsize=256)
def distances_of(steps: int, window: int, farthest: int) -> NDArray[np.int64]:
    """Return how far step j is before step i, at most `farthest`; one more where it is unseen.

    Shapes:
        int64 [steps, steps].
    """
    back = np.arange(steps)[:, None] - np.arange(steps)[None, :]
    return np.where((back < 0) | (back >= window), farthest + 1, back.clip(0, farthest))
