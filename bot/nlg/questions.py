"""The questions of a message that asks several."""

from __future__ import annotations

import re
from typing import Final

from bot.nlg.words import content_words

MOST: Final = 3
"""Further questions are left to the customer to ask again."""
_MARK: Final = re.compile(r"(?<=[?？])\s*")
_ASKING: Final = (
    r"(?:how|what|when|where|which|who|why|can|could|do|does|did|is|are|may|will|would|should)\b"
)
_JOINED: Final = re.compile(
    rf"\s*(?:[,;]|[.!](?=\s))\s*(?:and |also |and also |plus )?(?={_ASKING})"
    rf"|\s+(?:and also|and) (?={_ASKING})",
    re.IGNORECASE,
)
_HAN_ASKING: Final = "吗|呢|什么|怎么|多少|多久|几|哪|能不能|可不可以|是否|如何"
_HAN_JOINED: Final = re.compile(
    r"[，,；;。]\s*(?:另外|还有|以及|顺便|再问一下|还想问|同时)?[，,]?\s*"
    rf"(?=\S{{0,14}}(?:{_HAN_ASKING}))"
)
_HAN_ASKS: Final = re.compile(rf"{_HAN_ASKING}|[?？]")
_GREETING: Final = re.compile(
    r"^(?:hi|hello|hey|good (?:morning|afternoon|evening)|你好|您好|请问|想问一下|问一下)"
    r"[\s,.!，。！]*",
    re.IGNORECASE,
)
_LEADING: Final = re.compile(
    r"^(?:and|also|plus|and also|另外|还有|以及|顺便问一下|顺便)[\s,，]*", re.IGNORECASE
)
_LEANS: Final = re.compile(
    r"\b(?:it|they|them|that|this|these|those|one)\b|它|这个|那个|这些|那些", re.IGNORECASE
)


def questions(text: str) -> tuple[str, ...]:
    """Return the questions in `text` in order, at most `MOST`; `text` itself if it asks one thing.

    What only introduces a question stays with it: "I bought a lamp. Can I return it?" is one.
    """
    marked = [part for part in _MARK.split(text.strip()) if part.strip()]
    parts = [piece for part in marked for piece in _at_joints(part)]
    whole = [cleaned for part in parts if (cleaned := _cleaned(part))]
    if len(whole) < 2 or len([one for one in whole if _asks(one)]) < 2:
        return (text.strip(),)
    return tuple(_with_introductions(whole)[:MOST])


def leans(question: str) -> bool:
    """Tell whether a question needs the one before it: "how long does it take?"."""
    return bool(_LEANS.search(question)) or len(content_words(question)) < 2


def _at_joints(part: str) -> list[str]:
    """Return the questions of one sentence: "how much is it and when does it come"."""
    pattern = _HAN_JOINED if re.search(r"[\u4e00-\u9fff]", part) else _JOINED
    pieces = [piece.strip() for piece in pattern.split(part) if piece and piece.strip()]
    if len(pieces) > 1 and all(_asks(piece) and content_words(piece) for piece in pieces):
        return pieces
    return [part]


def _cleaned(part: str) -> str:
    return _LEADING.sub("", _GREETING.sub("", part.strip())).strip()


def _asks(part: str) -> bool:
    if part.endswith(("?", "？")):
        return True
    if re.search(r"[\u4e00-\u9fff]", part):
        return bool(_HAN_ASKS.search(part))
    return bool(re.match(_ASKING, _cleaned(part), re.IGNORECASE))


def _with_introductions(parts: list[str]) -> list[str]:
    """Join what asks nothing to the question after it."""
    found: list[str] = []
    waiting = ""
    for part in parts:
        if _asks(part):
            found.append(f"{waiting} {part}".strip())
            waiting = ""
        else:
            waiting = f"{waiting} {part}".strip()
    if waiting and found:
        found[-1] = f"{found[-1]} {waiting}"
    return found
