"""The cache that embedders share."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from knowledge.embedder import FloatArray, VectorCache

WAIT_S = 10


def lengths(texts: Sequence[str]) -> FloatArray:
    """Return a vector of length 1 per text: its length."""
    return np.array([[len(text)] for text in texts], dtype=np.float32)


class Slow:
    """Computes when it is told to, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, texts: Sequence[str]) -> FloatArray:
        self.asked.extend(texts)
        self.has_begun.set()
        assert self.may_end.wait(WAIT_S)
        return lengths(texts)


def test_what_another_thread_computes_is_not_computed_again() -> None:
    cache, slow, other = VectorCache(1), Slow(), Slow()
    with ThreadPoolExecutor() as threads:
        ahead = threads.submit(cache.embed, ["hello"], slow)
        assert slow.has_begun.wait(WAIT_S)
        later = threads.submit(cache.embed, ["hi", "hello"], other)
        assert other.has_begun.wait(WAIT_S)
        slow.may_end.set()
        other.may_end.set()

        assert ahead.result(WAIT_S).tolist() == [[5]]
        assert later.result(WAIT_S).tolist() == [[2], [5]]
    assert (slow.asked, other.asked) == (["hello"], ["hi"])


def test_a_computation_that_fails_fails_for_all_who_wait_and_is_tried_again_later() -> None:
    cache, slow = VectorCache(1), Slow()

    def failing(texts: Sequence[str]) -> FloatArray:
        slow(texts)
        raise ValueError("no weights")

    with ThreadPoolExecutor() as threads:
        first = threads.submit(cache.embed, ["hello"], failing)
        assert slow.has_begun.wait(WAIT_S)
        second = threads.submit(cache.embed, ["hello"], failing)
        slow.may_end.set()
        for one in (first, second):
            with pytest.raises(ValueError, match="no weights"):
                one.result(WAIT_S)

    assert cache.embed(["hello"], lengths).tolist() == [[5]]
