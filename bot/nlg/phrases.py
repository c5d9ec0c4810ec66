"""The bot's own words where the domain has none, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "no_answer": {
        "en": "Sorry, I do not know the answer to that. Would you like to talk to a person?",
        "zh": "抱歉，这个问题我不知道答案。需要转接人工客服吗？",
    },
    "no_answer_to": {
        "en": "I do not know the answer to “{question}”. Would you like to talk to a person?",
        "zh": "“{question}”这个问题我不知道答案。需要转接人工客服吗？",
    },
    "talk_to_person": {"en": "Talk to a person", "zh": "转人工客服"},
    "clarify": {
        "en": "Do you mean “{first}” or “{second}”?",
        "zh": "您是想问“{first}”还是“{second}”？",
    },
    "something_else": {"en": "Something else", "zh": "都不是"},
    "ask_anew": {
        "en": "Please ask your question in other words.",
        "zh": "请换一种说法再问一次。",
    },
    "thanks": {"en": "You are welcome.", "zh": "不客气。"},
    "praise": {"en": "Glad to hear that.", "zh": "很高兴能帮到您。"},
    "acknowledged": {"en": "All right. Is there anything else?", "zh": "好的，还有什么可以帮您？"},
    "bye": {"en": "Goodbye!", "zh": "再见！"},
}


def phrase(name: str, language: str | None, **values: str) -> str:
    """Return the words for `name` in `language`, in English where there are none."""
    wordings = PHRASES[name]
    primary = (language or "en").split("-", 1)[0]
    return wordings.get(primary, wordings["en"]).format(**values)
