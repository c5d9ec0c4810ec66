"""Remembers what was computed of immutable objects. Standard library only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

KEPT = 4096


class IdentityMemo(Generic[Item, Result]):
    """`compute`, asked once per object; for objects that cannot be hashed, and never change.

    Not for threads. What it returns is shared: callers must not change it.
    """

    def __init__(self, compute: Callable[[Item], Result], size: int = KEPT) -> None:
        """Remember `compute` of the latest `size` objects."""
        self._compute, self._size = compute, size
        # An id is unique while its object lives, so the object is held, too.
        self._kept: OrderedDict[int, tuple[Item, Result]] = OrderedDict()

    def __call__(self, item: Item) -> Result:
        """Return `compute(item)`."""
        key = id(item)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = (item, self._compute(item))
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found[1]
