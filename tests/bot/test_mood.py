"""How a customer feels over a conversation."""

from __future__ import annotations

import pytest

from bot.events import IS_EXTERNAL, UserSaid
from bot.mood import mood_of, priority_of, temper_after, temper_of
from bot.types import Intent, Reading, Sentiment

ANGRY = Sentiment(label="negative", confidence=0.9, anger=0.8)
NEGATIVE = Sentiment(label="negative", confidence=0.9)
NEUTRAL = Sentiment(label="neutral", confidence=0.9)
POSITIVE = Sentiment(label="positive", confidence=0.9)


def after(*sentiments: Sentiment | None) -> float:
    temper = 0.0
    for sentiment in sentiments:
        temper = temper_after(temper, sentiment)
    return temper


@pytest.mark.parametrize(
    ("said", "mood"),
    [
        ((), "calm"),
        ((ANGRY,), "angry"),
        ((NEGATIVE,), "calm"),
        ((NEGATIVE, NEGATIVE), "upset"),
        ((ANGRY, NEUTRAL), "upset"),
        ((ANGRY, NEUTRAL, NEUTRAL), "calm"),
        ((ANGRY, NEGATIVE), "angry"),
        ((ANGRY, POSITIVE), "calm"),
        ((POSITIVE,), "pleased"),
        ((POSITIVE, ANGRY), "angry"),
        ((ANGRY, None), "angry"),
        ((NEGATIVE,) * 50, "upset"),
        ((POSITIVE,) * 50, "pleased"),
    ],
)
def test_a_mood_follows_what_was_said_last_and_fades(said, mood) -> None:
    assert mood_of(after(*said)) == mood
    assert -1 <= after(*said) <= 1


def test_the_angry_come_before_the_upset_and_these_before_all_others() -> None:
    tempers = (after(ANGRY), after(NEGATIVE, NEGATIVE), after(NEGATIVE), after(POSITIVE))
    assert [priority_of(temper) for temper in tempers] == [2, 1, 0, 0]


def test_only_what_the_customer_wrote_counts() -> None:
    reading = Reading(text="t", intent=Intent(name=None, confidence=0), sentiment=ANGRY)
    said = UserSaid(text="t", reading=reading)
    reminder = UserSaid(text="t", reading=reading, metadata={IS_EXTERNAL: True})
    assert temper_of([reminder]) == 0.0
    assert temper_of([reminder, said]) == 1.0
