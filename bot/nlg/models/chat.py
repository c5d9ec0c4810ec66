"""The contract of language models: messages in, pieces of text out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.errors import BotError
from bot.nlg.models.usage import Usage

Role = Literal["system", "user", "assistant"]


class ModelUnavailable(BotError):
    """The language model gave no answer; whoever asked has another way to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message to a model; roles are set by this code only, never by data."""

    role: Role
    content: str

    def to_dict(self) -> dict[str, str]:
        """Return it as chat APIs take it."""
        return {"role": self.role, "content": self.content}


class ChatModel(Protocol):
    """A language model."""

    name: str
    """For logs."""
    usage: Usage
    """What it was asked, and what that cost."""

    def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int) -> AsyncGenerator[str]:
        """Yield the model's text piece by piece; closing the iterator stops the model.

        Raises:
            ModelUnavailable: it is down, slow, refuses, or answered what is no answer.
        """
        ...

    async def close(self) -> None:
        """Release connections and memory."""
        ...
