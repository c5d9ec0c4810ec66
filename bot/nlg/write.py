"""What a language model writes beside answers: summaries, and other wordings of responses.

All of it is checked: a sentence that the conversation, or the response, does not say is not used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import structlog

from bot.nlg.figure import Figure
from bot.nlg.figures import figures_of
from bot.nlg.groundedness import Groundedness
from bot.nlg.guard import objection
from bot.nlg.models.chat import ChatMessage, ChatModel, ModelUnavailable
from bot.nlg.prompt import Style, rephrase_prompt, summary_prompt
from bot.nlg.sentences import sentences
from bot.nlg.words import names

log = structlog.get_logger()
_SUMMARY_SENTENCES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A model, what checks it, and how long it may take."""

    model: ChatModel
    groundedness: Groundedness
    budget_s: float
    max_tokens: int = 300

    async def summary(self, transcript: Sequence[str], language: str) -> str:
        """Return a conversation in up to three sentences; empty where the model has none.

        Sentences that the transcript does not support are left out.
        """
        if not transcript:
            return ""
        text = await self._text(summary_prompt(transcript, Style(language)))
        evidence = await asyncio.to_thread(self.groundedness.evidence, transcript, language)
        kept: list[str] = []
        for sentence in sentences(text)[:_SUMMARY_SENTENCES]:
            support = await asyncio.to_thread(self.groundedness.check, sentence, evidence)
            if support.is_supported and not objection(sentence, evidence.text):
                kept.append(sentence)
        return " ".join(kept)

    async def rephrased(self, text: str, style: Style) -> str:
        """Return another wording of `text`; `text` itself where none says the same.

        All figures, names, links and addresses of `text` are in it, and no others.
        """
        if not text.strip():
            return text
        wording = " ".join((await self._text(rephrase_prompt(text, style))).split())
        if not wording or not same_facts(text, wording):
            return text
        evidence = await asyncio.to_thread(self.groundedness.evidence, [text], style.language)
        for sentence in sentences(wording):
            support = await asyncio.to_thread(self.groundedness.check, sentence, evidence)
            if not support.is_supported or objection(sentence, text):
                log.info("nlg.wording_refused", why=support.problem or "not supported")
                return text
        return wording

    async def _text(self, messages: Sequence[ChatMessage]) -> str:
        """Return all that the model writes within the budget, empty if that is nothing."""
        try:
            async with asyncio.timeout(self.budget_s):
                stream = self.model.stream(messages, max_tokens=self.max_tokens)
                async with aclosing(stream) as pieces:
                    return "".join([piece async for piece in pieces])
        except (TimeoutError, ModelUnavailable) as error:
            log.info("nlg.not_written", problem=str(error) or "too slow")
            return ""


def same_facts(text: str, wording: str) -> bool:
    """Tell whether two texts hold the same figures, names and questions."""
    mine, theirs = figures_of(text)[1], figures_of(wording)[1]
    if sorted(map(_fact, mine)) != sorted(map(_fact, theirs)):
        return False
    if not all(name in text.lower() for name in names(wording)):
        return False
    return ("?" in text or "？" in text) == ("?" in wording or "？" in wording)


def _fact(figure: Figure) -> str:
    value = sorted(figure.low) if isinstance(figure.low, frozenset) else figure.low
    return f"{figure.kind} {value} {figure.high if not isinstance(figure.high, frozenset) else ''}"
