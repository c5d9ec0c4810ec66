"""Other ways to say what a customer said, by a language model: more examples to learn from."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing, suppress
from typing import Final

from bot.nlg.models.chat import ChatModel
from bot.nlg.prompt import wordings_prompt

MAX_TOKENS: Final = 80
"""Of a few short lines; a small model that goes on repeats itself."""
_MARK: Final = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.):、）])\s*")
_QUOTES: Final = "\"'“”‘’「」"


async def wordings(model: ChatModel, text: str, language: str, *, timeout_s: float) -> list[str]:
    """Return what the model wrote, a line each; of a slow one what it had written until then.

    Raises:
        ModelUnavailable: it is down, refuses, or cannot be loaded.
    """
    pieces: list[str] = []
    stream = model.stream(wordings_prompt(text, language), max_tokens=MAX_TOKENS)
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s), aclosing(stream) as written:
            async for piece in written:
                pieces.append(piece)
    lines = (_MARK.sub("", line).strip().strip(_QUOTES) for line in "".join(pieces).splitlines())
    return list(dict.fromkeys(line for line in lines if line and line != text))
