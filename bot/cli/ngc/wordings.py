"""The language model that `frontdesk ngc prepare --paraphrase` asks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pydantic import ValidationError

from bot.config import ChatModelConfig
from bot.errors import BotError
from bot.ngc.tasks.paraphrase import Reword
from bot.nlg.answering import chat_model
from bot.nlg.wordings import wordings

TIMEOUT_S = 60.0


def reworder(place: str) -> Reword:
    """Return what asks the model at `place`: a local one, or `MODEL@URL`.

    Raises:
        BotError: `place` names no model.
        MissingExtra: a local model is named, and its library is not installed.
    """
    name, _, url = place.partition("@")
    try:
        config = ChatModelConfig(url=url, name=name) if url else ChatModelConfig(local=place)
    except ValidationError as error:
        told = f"--paraphrase {place}: name a folder, a GGUF file, a package, or MODEL@URL"
        raise BotError(told) from error
    model = chat_model(config)
    runner = asyncio.Runner()  # one loop for all questions: the model keeps its connections

    def ask(text: str, language: str) -> Sequence[str]:
        return runner.run(wordings(model, text, language, timeout_s=TIMEOUT_S))

    return ask
