"""The last look at a sentence that a model wrote, beside whether passages support it."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from bot.nlg.injection import gives_orders
from bot.nlg.prompt import INSTRUCTIONS, NO_ANSWER

_LEAKED_WORDS: Final = 5
"""So many words in a row of our instructions are no chance."""
_PROMISES: Final = tuple(
    (re.compile(promise, re.IGNORECASE), re.compile(known or promise, re.IGNORECASE))
    for promise, known in (
        (r"\brefund(?:s|ed)?\b", r"\brefund|\bmoney\b|\breimburs|\bpa(?:y|id) back\b"),
        (r"\bdiscounts?\b", r"\bdiscount|\boff\b|\breduc|\bcheaper\b|%"),
        (r"\bvouchers?\b|\bcoupons?\b", None),
        (r"\bcompensat\w+", None),
        (r"\bfree(?: of charge)?\b", r"\bfree\b|\bno (?:cost|charge|fee)|\bwaive"),
        (r"\bguarantee\w*", r"\bguarantee|\bwarrant"),
        (r"\bgifts?\b|\bbonus(?:es)?\b", None),
        (r"\bpromis\w+", None),
        (r"\bwaive\w*", r"\bwaive|\bfree\b"),
        (r"\bcredit(?:s|ed)\b", r"\bcredit"),
        ("退款|退还", "退"),
        ("折扣|优惠|打折", "折|优惠|减"),
        ("代金券|优惠券", None),
        ("赔偿|补偿", None),
        ("免费|免收", "免"),
        ("保证|承诺", None),
        ("赠送|赠品|礼品", "赠|礼"),
    )
)
"""(what is promised, how a passage may say so)."""
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
    for promise, known in _PROMISES:
        if (found := promise.search(sentence)) and not known.search(evidence):
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
