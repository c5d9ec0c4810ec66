"""Answers that a language model words, sentence by sentence checked against the passages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import ClassVar, Final

import structlog

from bot.config import Length, Tone
from bot.nlg.citations import Citations, cited_numbers, joined, uncited
from bot.nlg.groundedness import Evidence, Groundedness
from bot.nlg.guard import objection
from bot.nlg.injection import harmless
from bot.nlg.models.chat import ChatModel, ModelUnavailable
from bot.nlg.prompt import SENTENCES, Style, answer_prompt
from bot.nlg.responder import Answer, Question
from bot.nlg.sentences import SentenceStream

log = structlog.get_logger()
_PASSAGES: Final = 4
_RESERVE_S: Final = 0.2
"""Of the time budget, for the answer that goes out if the model has none in time."""
_LEAST_KEPT: Final = 0.5
"""If less of a text is supported, the model did not answer from the passages."""


@dataclass(slots=True, kw_only=True)
class Generate:
    """Asks a model; what it writes is said only where the passages say it."""

    name: ClassVar[str] = "generate"
    model: ChatModel
    groundedness: Groundedness
    budget_s: float
    max_tokens: int = 300
    tone: Tone = "neutral"
    length: Length = "medium"

    async def answer(self, question: Question) -> Answer | None:
        """Return the supported part of the model's answer.

        None if the model is down, takes longer than the budget, a person took over, or what it
        wrote is mostly unsupported.
        """
        writing = asyncio.create_task(self._write(question))
        unwanted = asyncio.create_task(question.draft.abandoned())
        try:
            limit_s = max(self.budget_s - _RESERVE_S, self.budget_s / 2)
            await asyncio.wait(
                {writing, unwanted}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not writing.done():
                log.info("nlg.not_waited_for", is_abandoned=question.draft.is_abandoned)
            answer = writing.result() if writing.done() else None
        except ModelUnavailable:
            answer = None  # counted and logged where it happened
        finally:
            writing.cancel()
            unwanted.cancel()
            await asyncio.gather(writing, unwanted, return_exceptions=True)
        if answer is None:
            question.draft.take_back()
        return answer

    async def _write(self, question: Question) -> Answer | None:
        hits = question.hits[:_PASSAGES]
        texts = [harmless(hit.passage.text) for hit in hits]
        passages = [f"{hit.passage.title}\n{text}" for hit, text in zip(hits, texts, strict=True)]
        style = Style(question.language, self.tone, self.length)
        messages = answer_prompt(question.text, passages, question.history, style)
        said = [
            text if _asks(hit.passage.title) else passage
            for hit, text, passage in zip(hits, texts, passages, strict=True)
        ]
        evidence = await asyncio.to_thread(self.groundedness.evidence, said, question.language)
        checked = _Checked(self.groundedness, evidence, Citations(hits), SENTENCES[self.length])
        async with aclosing(self.model.stream(messages, max_tokens=self.max_tokens)) as pieces:
            async for sentence in _sentences(pieces):
                if await checked.take(sentence):
                    question.draft.show(checked.text)
                if checked.is_full:
                    break
        if checked.dropped:
            log.info("nlg.dropped", sentences=len(checked.dropped), why=checked.dropped)
        if not checked.is_good:
            return None
        return Answer(
            text=checked.text, cited=checked.citations.cited, responder=self.name,
            dropped=tuple(checked.dropped),
        )  # fmt: skip


@dataclass(slots=True)
class _Checked:
    """The sentences that may be said, as they come."""

    groundedness: Groundedness
    evidence: Evidence
    citations: Citations
    most: int
    kept: list[str] = field(default_factory=list[str])
    dropped: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        return joined(self.kept)

    @property
    def is_full(self) -> bool:
        return len(self.kept) >= self.most

    @property
    def is_good(self) -> bool:
        """Whether enough of what the model wrote is supported."""
        whole = len(self.kept) + len(self.dropped)
        return bool(self.kept) and len(self.kept) >= _LEAST_KEPT * whole

    async def take(self, sentence: str) -> bool:
        """Keep `sentence` if it may be said, with the right citation; return whether it may."""
        bare = uncited(sentence)
        if not bare:
            return False
        support = await asyncio.to_thread(self.groundedness.check, bare, self.evidence)
        why = objection(bare, self.evidence.text) or support.problem
        if why or not support.is_supported:
            self.dropped.append(why or f"support {support.probability:.2f}")
            return False
        self.kept.append(self.citations.cite(bare, _cited(sentence, support.cites)))
        return True


def _asks(title: str) -> bool:
    """Tell whether a title is a question, which says nothing: "Do you deliver on Sundays?"."""
    return title.rstrip().endswith(("?", "？"))


def _cited(sentence: str, supporting: Sequence[int]) -> int:
    """Return the passage to cite: the model's choice where it is among the two that say it best."""
    told = [number - 1 for number in cited_numbers(sentence)]
    return next((place for place in told if place in supporting[:2]), supporting[0])


async def _sentences(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yield whole sentences as soon as they are written."""
    stream = SentenceStream()
    async for piece in pieces:
        for sentence in stream.feed(piece):
            yield sentence
    for sentence in stream.end():
        yield sentence
