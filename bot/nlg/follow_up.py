"""Questions that only make sense after another one: "And for Germany?", "那德国呢？"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.events import BotSaid, Event, UserSaid, is_external
from bot.nlg.certainty import is_answer
from knowledge.types import Hit

ANSWERED: Final = "passages"
"""Metadata of a bot message that answers from knowledge."""
_MAX_WORDS: Final = 6
_MAX_HAN: Final = 12
_ENGLISH: Final = re.compile(
    r"^(?:(?:ok(?:ay)?|thanks|thank you|great|i see|alright)[\s,.!]+)?"
    r"(?:(?:and |so |but )?(?:what|how) about|what if it(?:'s| is)"
    r"|(?:and )?(?:is it )?the same (?:for|in|with)"
    r"|(?:and|or|also)(?= (?:for|to|in|from|with|by|on|at|if|within|outside|via)\b)|and)"
    r"\s+(?P<rest>[^?]+?)\s*\??$",
    re.IGNORECASE,
)
_PREPOSITION: Final = re.compile(
    r"^(?P<word>for|to|in|from|with|by|on|at|if|within|outside|via|during)\b", re.IGNORECASE
)
_HAN: Final = re.compile(
    r"^(?:好的?|谢谢|明白了?|知道了)?[，,。\s]*(?:那么?|那如果(?:是)?|如果(?:是)?|要是)?\s*"
    r"(?P<rest>[^？?，,]+?)(?:呢|怎么样|又如何)[？?。]?$"
)
_HAN_QUESTION: Final = re.compile("吗|什么|怎么(?!样)|多少|多久|哪|几|如何(?!呢)")
_CODE: Final = re.compile(r"\b[A-Z]{1,4}-?\d{3,}\b")
_ENGLISH_VERB: Final = re.compile(
    r"\b(?:is|are|was|do|does|did|can|could|will|would|should|have|has|get|send|cost|takes?|need)"
    r"\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A follow-up in two readings."""

    resolved: str
    """With the question before it."""
    topic: str
    """What is new in it, alone: perhaps another topic."""


def resolved(text: str, before: str) -> FollowUp | None:
    """Return how `text` reads after the question `before`; None if it stands on its own."""
    if _CODE.search(text) or not before:
        return None
    if re.search(r"[\u4e00-\u9fff]", text):
        return _chinese(text, before)
    return _english(text, before)


def is_another_topic(new: Sequence[Hit], old: Sequence[Hit], threshold: float) -> bool:
    """Tell whether what is new in a follow-up is found where the question before has nothing to do.

    Args:
        new: The best passage for the new words alone, if there is one.
        old: The best passage for the question before, if there is one.
        threshold: The score from which a passage counts.
    """
    if not new or not old or not is_answer(new[0], threshold):
        return False
    one, other = new[0].passage, old[0].passage
    if one.tags and other.tags:
        return set(one.tags).isdisjoint(other.tags)
    return one.document != other.document


def question_before(events: Sequence[Event]) -> str | None:
    """Return the question that knowledge answered last, as it was understood.

    None if the customer said something else since.
    """
    answered = False
    for event in reversed(events):
        if isinstance(event, BotSaid) and ANSWERED in event.metadata:
            answered = True
        elif isinstance(event, UserSaid) and not is_external(event):
            return event.reading.text if answered else None
    return None


def _english(text: str, before: str) -> FollowUp | None:
    found = _ENGLISH.match(" ".join(text.split()))
    if found is None:
        return None
    rest = found["rest"].strip(" .!")
    if len(rest.split()) > _MAX_WORDS or _ENGLISH_VERB.search(rest):
        return None
    preposition = _PREPOSITION.match(rest)
    phrase = rest if preposition else f"for {rest}"
    word = (preposition["word"] if preposition else "for").lower()
    # "… for Germany" said before gives way to "for France".
    bare = re.sub(
        rf"\s+{word}\b(?:\s+[\w'-]+){{1,4}}$",
        "",
        _bare(before).rpartition("，")[2],
        flags=re.IGNORECASE,
    )
    topic = re.sub(_PREPOSITION, "", rest).strip() or rest
    return FollowUp(resolved=f"{bare} {phrase}?", topic=topic)


def _chinese(text: str, before: str) -> FollowUp | None:
    found = _HAN.match(text.strip())
    if found is None:
        return None
    rest = found["rest"].strip()
    if len(rest) > _MAX_HAN or _HAN_QUESTION.search(rest):
        return None
    return FollowUp(resolved=f"{rest}，{_bare(before).rpartition('，')[2]}？", topic=rest)


def _bare(question: str) -> str:
    return question.strip().rstrip("?？.。!！ ")
