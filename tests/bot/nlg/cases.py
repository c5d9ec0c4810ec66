"""Passages and questions for the tests of answers."""

from __future__ import annotations

from typing import Any

from bot.config import NlgConfig
from bot.nlg.answering import Answering
from bot.nlg.responder import Question
from knowledge.languages import BilingualEmbedder
from knowledge.types import Hit, Passage

EMBEDDER = BilingualEmbedder()
RETURN = (
    "You can return products within 30 days. Put the return label on the parcel and bring it to a"
    " post office."
)
MONEY = "We send the money within 5 working days after the parcel arrives."
TEXTS = {
    "en": (("How do I return a product?", RETURN), ("When do I get my money back?", MONEY)),
    "zh": (
        ("怎么退货？", "您可以在30天内退货。请把退货标签贴在包裹上，送到邮局。"),
        ("什么时候收到钱？", "包裹到达后5个工作日内，我们会把钱退给您。"),
    ),
}
"""Title and text of two passages."""


def hits(language: str = "en", added: str = "") -> tuple[Hit, ...]:
    """Return two passages that answer questions about returns; `added` ends the first."""
    return tuple(
        Hit(
            passage=Passage(
                id=f"returns-{rank}", language=language, title=title,
                text=f"{text} {added}".strip() if rank == 0 else text,
                source=f"https://shop.example/{rank}",
            ),
            score=0.9 - 0.05 * rank, rank=rank, matched=title,
        )
        for rank, (title, text) in enumerate(TEXTS[language])
    )  # fmt: skip


def question(text: str = "", language: str = "en", **more: Any) -> Question:
    found = more.pop("hits", None) or hits(language)
    return Question(text=text or TEXTS[language][0][0], language=language, hits=found, **more)


def answering(url: str, *responders: str, **more: Any) -> Answering:
    model = {"url": url, "name": "test", **more.pop("model", {})}
    given = {"responders": responders or ("generate", "verbatim"), "model": model, **more}
    return Answering.of(NlgConfig.model_validate(given), EMBEDDER)
