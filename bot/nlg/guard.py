"""The last look at a sentence that a model wrote, beside whether passages support it."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from bot.nlg.injection import gives_orders
from bot.nlg.prompt import INSTRUCTIONS, NO_ANSWER

_LEAKED_WORDS: Final = 5
"""So many words in a row of our instructions are no chance."""
_PROMISES: Final = (
    "refund(?:s|ed)?", "discounts?", "vouchers?|coupons?", r"compensat\w+", "free(?: of charge)?",
    r"guarantee\w*", "gifts?", "bonus(?:es)?", r"promis\w+", r"waive\w*", "credit(?:s|ed)?",
)  # fmt: skip
_HAN_PROMISES: Final = (
    "退款|退还", "折扣|优惠|打折", "代金券|优惠券", "赔偿|补偿", "免费|免收", "保证|承诺",
    "赠送|赠品|礼品",
)  # fmt: skip
_PROMISE: Final = tuple(
    re.compile(one, re.IGNORECASE)
    for one in (*(rf"\b(?:{one})\b" for one in _PROMISES), *_HAN_PROMISES)
)
_MARKUP: Final = re.compile(r"!\[|<\s*/?\s*[a-z]|\bjavascript:|\bdata:", re.IGNORECASE)


def objection(sentence: str, evidence: str) -> str:
    """Return why `sentence` must not be said, empty if nothing speaks against it.

    Args:
        sentence: What a model wrote.
        evidence: All passages.
    """
    if _MARKUP.search(sentence):
        return "markup"
    if NO_ANSWER in sentence or _leaks(sentence):
        return "leaks instructions"
    if gives_orders(sentence):
        return "speaks of instructions"
    promised = next(
        (one for one in _PROMISE if one.search(sentence) and not one.search(evidence)), None
    )
    if promised is not None and (found := promised.search(sentence)):
        return f"promises {found.group()}"
    return ""


def _leaks(sentence: str) -> bool:
    words = re.findall(r"[a-z]+", sentence.lower())
    runs = zip(*(words[place:] for place in range(_LEAKED_WORDS)), strict=False)
    return any(run in _instructions() for run in runs)


@cache
def _instructions() -> frozenset[tuple[str, ...]]:
    """Return all runs of words in our instructions."""
    runs: set[tuple[str, ...]] = set()
    for text in INSTRUCTIONS:
        words = re.findall(r"[a-z]+", text.lower())
        runs |= set(zip(*(words[place:] for place in range(_LEAKED_WORDS)), strict=False))
    return frozenset(runs)
