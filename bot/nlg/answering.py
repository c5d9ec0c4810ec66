"""Puts the responders together that config names, and asks them in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.config import ChatModelConfig, NlgConfig, ResponderName
from bot.nlg.extractive import Extractive
from bot.nlg.generate import Generate
from bot.nlg.groundedness import Groundedness
from bot.nlg.injection import harmless
from bot.nlg.models.chat import ChatModel
from bot.nlg.prompt import Style
from bot.nlg.responder import Answer, Question, Responder
from bot.nlg.verbatim import MAX_CHARS, Templates, Verbatim
from bot.nlg.write import Writer
from knowledge.languages import BilingualEmbedder
from knowledge.types import Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """All ways to answer, and how answers are worded."""

    config: NlgConfig
    responders: tuple[Responder, ...]
    groundedness: Groundedness | None = None
    """None without an embedder: nothing is generated then."""
    model: ChatModel | None = None
    writer: Writer | None = None
    """Writes summaries and other wordings; None without a model."""

    @classmethod
    def of(cls, config: NlgConfig | None, embedder: BilingualEmbedder) -> Answering:
        """Return the ways that `config` names; a language model is imported only if it is one.

        None stands for the defaults.

        Raises:
            MissingExtra: a local model is named, and its library is not installed.
        """
        config = config or NlgConfig()
        model = chat_model(config.model) if config.model else None
        groundedness = Groundedness(embedder)
        ways = {
            name: _responder(name, config, embedder, groundedness, model)
            for name in config.responders
        }
        writer = None
        if model is not None and config.model is not None:
            writer = Writer(
                model=model, groundedness=groundedness, budget_s=config.budget_s,
                max_tokens=config.model.max_tokens,
            )  # fmt: skip
        return cls(
            config=config, responders=tuple(ways.values()), groundedness=groundedness, model=model,
            writer=writer,
        )  # fmt: skip

    async def answer(self, question: Question) -> Answer:
        """Return the first answer that a responder has, the best passage if none has one."""
        clean = replace(question, hits=tuple(map(_clean, question.hits)))
        for responder in self.responders:
            answer = await responder.answer(clean)
            if answer is not None:
                return answer
        best = clean.hits[0]
        return Answer(text=best.passage.text, cited=(best,), responder=Verbatim.name)

    async def rephrased(self, text: str, language: str) -> str:
        """Return another wording of a response where config wants that, else `text`."""
        if self.writer is None or not self.config.rephrase_templates:
            return text
        style = Style(language, self.config.tone, self.config.length)
        return await self.writer.rephrased(text, style)

    async def summary(self, transcript: Sequence[str], language: str) -> str:
        """Return what a model writes for the operator where config wants that, else nothing."""
        if self.writer is None or self.config.summaries != "model":
            return ""
        return await self.writer.summary(transcript, language)


PLAIN: Final = Answering(
    config=NlgConfig(responders=("templates", "verbatim")), responders=(Templates(), Verbatim(None))
)
"""Answers with passages as they stand, which needs no embedder."""


def _clean(hit: Hit) -> Hit:
    """Return the hit without what tries to order a language model about."""
    text = harmless(hit.passage.text)
    if text == hit.passage.text:
        return hit
    return replace(hit, passage=replace(hit.passage, text=text))


def chat_model(config: ChatModelConfig) -> ChatModel:
    """Return the language model that `config` describes.

    Raises:
        MissingExtra: a local model is named, and its library is not installed.
    """
    if config.url is not None:
        from bot.nlg.models.remote_chat import RemoteChatModel

        return RemoteChatModel.of(config)
    from bot.nlg.models.local_chat import LocalChatModel

    return LocalChatModel.of(config)


def _responder(
    name: ResponderName,
    config: NlgConfig,
    embedder: BilingualEmbedder,
    groundedness: Groundedness,
    model: ChatModel | None,
) -> Responder:
    if name == "generate" and model is not None and config.model is not None:
        return Generate(
            model=model, groundedness=groundedness, budget_s=config.budget_s,
            max_tokens=config.model.max_tokens, tone=config.tone, length=config.length,
        )  # fmt: skip
    if name == "extractive":
        return Extractive(embedder, config.length)
    return Templates() if name == "templates" else Verbatim(_verbatim_limit(config.responders))


def _verbatim_limit(names: Sequence[ResponderName]) -> int | None:
    """Return how long a passage may be: any length where nothing after it would shorten it."""
    after = names[names.index("verbatim") + 1 :]
    return MAX_CHARS if "extractive" in after else None
