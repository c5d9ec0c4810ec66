"""Results by identity."""

from __future__ import annotations

from bot.memo import IdentityMemo


def test_an_object_is_computed_once_while_it_is_remembered() -> None:
    asked: list[list[int]] = []

    def total(items: list[int]) -> int:
        asked.append(items)
        return sum(items)

    memo = IdentityMemo(total, size=2)
    first, equal, third = [1, 2], [1, 2], [3]

    assert [memo(first), memo(equal), memo(first)] == [3, 3, 3]
    assert len(asked) == 2
    assert memo(third) == 3  # `equal` is the one that was not asked for longest
    assert memo(first) == 3 and len(asked) == 3
    assert memo(equal) == 3 and len(asked) == 4
