"""What an operator reads first: what the customer wants, what was tried, what is still open.

A fold over a conversation's events, in the customer's own words; nothing is written anew. A
language model may word it (`summarise.py`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.events import (
    BotSaid,
    Event,
    HandoffRequested,
    OperatorSaid,
    SlotSet,
    UserSaid,
    is_external,
)
from bot.mood import Mood, mood_of, temper_of
from bot.nlg.figures import unmarked
from bot.nlg.sentences import sentences
from bot.nlg.small_talk import small_talk
from bot.nlg.words import content_words

MAX_TITLE_CHARS: Final = 60
MAX_LINE_CHARS: Final = 200
_WANTED: Final = 2
_TRIED: Final = 5
_OPEN: Final = 3
_HIDDEN_SLOTS: Final = frozenset({"language", "requested_slot", "session_started_metadata"})
_NO_ANSWER: Final = "utter_no_answer"
_EMPTY_INTENTS: Final = frozenset(
    {
        "greet",
        "goodbye",
        "thank",
        "affirm",
        "deny",
        "talk_to_person",
        "bot_challenge",
        "how_are_you",
    }
)
"""Intents of messages that do not say what is wanted."""
_COURTESY: Final = re.compile(
    r"^(?:hi|hello|hey|dear \w+|good (?:morning|afternoon|evening)|please|excuse me"
    r"|你好|您好|请问|麻烦|嗨)(?:\s+there)?[\s,.!，。！:：]*",
    re.IGNORECASE,
)
_POLITE: Final = re.compile(
    r"^(?:i(?:'d| would) like to (?:know|ask)|(?:can|could) you (?:please )?tell me"
    r"|i want to know|我想(?:问一下|知道|问问|咨询一下?)|想问一下|能告诉我)[\s,，]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """A conversation in short."""

    title: str = ""
    """The latest wish, for lists; empty while the customer has said nothing."""
    wants: tuple[str, ...] = ()
    """What says best what the customer wants, in their words and order."""
    tried: tuple[str, ...] = ()
    """What the bot answered or did, in order."""
    slots: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What was found out."""
    mood: Mood = "calm"
    open_questions: tuple[str, ...] = ()
    """What was asked and not answered."""
    text: str = ""
    """The same in sentences, where a language model wrote them."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "title": self.title,
            "wants": list(self.wants),
            "tried": list(self.tried),
            "slots": dict(self.slots),
            "mood": self.mood,
            "open_questions": list(self.open_questions),
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class _Said:
    """A message of the customer that says something."""

    place: int
    text: str
    weight: float


def summarise(events: Iterable[Event]) -> ConversationSummary:
    """Return the summary of a conversation's events."""
    told = tuple(events)
    wants = _wants(told)
    handoff = next((one for one in reversed(told) if isinstance(one, HandoffRequested)), None)
    slots = {one.name: one.value for one in told if isinstance(one, SlotSet)}
    return ConversationSummary(
        title=title_of(wants[-1:]),
        wants=wants,
        tried=_tried(told),
        slots={
            name: value
            for name, value in slots.items()
            if value is not None and name not in _HIDDEN_SLOTS
        },
        mood=mood_of(temper_of(told)),
        open_questions=_open_questions(told),
        text=str(handoff.metadata.get("summary") or "") if handoff else "",
    )


def title_of(wants: Sequence[str]) -> str:
    """Return a wish as a title: its weightiest sentence, without courtesies."""
    if not wants:
        return ""
    best = max(sentences(wants[0]) or (wants[0],), key=lambda one: min(len(content_words(one)), 6))
    bare = _POLITE.sub("", _COURTESY.sub("", best)).strip().rstrip("。.!！")
    return _short((bare[:1].upper() + bare[1:]) or best, MAX_TITLE_CHARS)


def _wants(events: Sequence[Event]) -> tuple[str, ...]:
    """Return the messages that say most, in order."""
    found = [
        (place, str(one.metadata.get("title") or one.text), one)
        for place, one in enumerate(events)
        if isinstance(one, UserSaid) and not is_external(one) and one.text
    ]
    said = [(place, text, one) for place, text, one in found if _says_something(text, one)]
    counts = Counter(word for _, text, _ in said for word in set(content_words(text)))
    answered = _answered(events)
    weighed = [
        _weighed(place, text, one, counts, is_answered=place in answered)
        for place, text, one in said
    ]
    best = sorted(weighed, key=lambda one: -one.weight)[:_WANTED]
    good = [one for one in best if one.weight >= 0.5 * best[0].weight]
    return tuple(_short(one.text) for one in sorted(good, key=lambda one: one.place))


def _says_something(text: str, said: UserSaid) -> bool:
    if text.startswith("/") or small_talk(text):
        return False
    return said.reading.intent.name not in _EMPTY_INTENTS and bool(content_words(text))


def _answered(events: Sequence[Event]) -> frozenset[int]:
    """Return the places of messages that a passage answered."""
    found: set[int] = set()
    latest = -1
    for place, event in enumerate(events):
        if isinstance(event, UserSaid):
            latest = place
        elif isinstance(event, BotSaid) and event.reply.sources:
            found.add(latest)
    return frozenset(found)


def _weighed(
    place: int, text: str, said: UserSaid, counts: Counter[str], *, is_answered: bool
) -> _Said:
    """Weigh a message: words that come again, entities, whether it asks, and was not answered."""
    words = set(content_words(text))
    central = sum(counts[word] for word in words) / math.sqrt(len(words) or 1)
    asks = 1.0 if "?" in text or "？" in text else 0.0
    weight = central + 0.5 * len(said.reading.entities) + asks
    return _Said(place, text, weight / 2 if is_answered else weight)


def _tried(events: Sequence[Event]) -> tuple[str, ...]:
    """Return what the bot answered: the passages by their titles, else its first sentence."""
    found: list[str] = []
    heard: UserSaid | None = None
    for event in events:
        if isinstance(event, UserSaid):
            heard = event
        elif isinstance(event, BotSaid) and event.reply.sources:
            found.append(event.reply.sources[0].title)
        elif isinstance(event, BotSaid) and heard and _answers(event, heard):
            found.append(_short((sentences(unmarked(event.reply.text or "")) or ("",))[0], 100))
    return tuple(dict.fromkeys(filter(None, found)))[-_TRIED:]


def _answers(said: BotSaid, heard: UserSaid) -> bool:
    """Tell whether a bot message is about a wish, and no question of a form or "I do not know"."""
    name = str(said.reply.metadata.get("utter_action") or said.metadata.get("action") or "")
    is_asking = name.startswith(("utter_ask_", "utter_offer")) or name == "action_handoff"
    return (
        bool(said.reply.text)
        and not is_asking
        and name not in ("utter_handoff", "utter_apologise")
        and not _knows_nothing(said)
        and heard.reading.intent.name not in _EMPTY_INTENTS
    )


def _open_questions(events: Sequence[Event]) -> tuple[str, ...]:
    """Return what the customer said that got no answer, or an "I do not know"."""
    waiting: list[str] = []
    unanswered: list[str] = []
    for event in events:
        if isinstance(event, UserSaid) and not is_external(event) and event.text:
            text = str(event.metadata.get("title") or event.text)
            if _says_something(text, event):
                waiting.append(_short(text))
        elif isinstance(event, BotSaid):
            if _knows_nothing(event):
                unanswered += waiting
            waiting = []
        elif isinstance(event, OperatorSaid):
            waiting = []
    return tuple(dict.fromkeys([*unanswered, *waiting]))[-_OPEN:]


def _knows_nothing(said: BotSaid) -> bool:
    metadata = said.reply.metadata
    if metadata.get("utter_action") in (_NO_ANSWER, "utter_default", "utter_ask_rephrase"):
        return True
    return "passages" in metadata and not said.reply.sources and "clarifies" not in metadata


def _short(text: str, most: int = MAX_LINE_CHARS) -> str:
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    # Chinese has no spaces to cut at.
    at = cut.rfind(" ") if cut.isascii() else -1
    return (cut[:at] if at > most // 2 else cut).rstrip(" ,，;；") + "…"
