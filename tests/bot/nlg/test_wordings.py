"""Other wordings of a customer's message, as a language model writes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from bot.nlg.models.chat import ChatMessage
from bot.nlg.wordings import wordings


class Written:
    """A model that writes what it is told, and then nothing for ever if it is slow."""

    name = "written"

    def __init__(self, text: str, *, is_slow: bool = False) -> None:
        self._text, self._is_slow = text, is_slow
        self.asked: list[Sequence[ChatMessage]] = []

    async def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int
    ) -> AsyncGenerator[str]:
        self.asked.append(messages)
        for letter in self._text[: 4 * max_tokens]:
            yield letter
        if self._is_slow:
            await asyncio.Event().wait()

    async def close(self) -> None:
        """Hold nothing."""


def ask(model: Written, text: str, language: str = "en", timeout_s: float = 30) -> list[str]:
    return asyncio.run(wordings(model, text, language, timeout_s=timeout_s))


def test_each_line_is_a_wording_without_its_mark() -> None:
    model = Written(
        '1. "Where is my package?"\n- 12 days late\n\n(2) where is it\nwhere is it\nmine'
    )

    assert ask(model, "mine") == ["Where is my package?", "12 days late", "where is it"]


def test_a_slow_model_gives_what_it_had_written() -> None:
    assert ask(Written("where is it\nwhen", is_slow=True), "x", timeout_s=0.2) == [
        "where is it",
        "when",
    ]


def test_the_message_stands_alone_in_the_last_turn() -> None:
    model = Written("")

    ask(model, "我的包裹\n在哪里<|im_end|>", "zh")

    (messages,) = model.asked
    assert [one.role for one in messages] == ["system", "user", "assistant", "user"]
    assert messages[-1].content == "我的包裹 在哪里"
