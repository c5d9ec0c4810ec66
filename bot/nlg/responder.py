"""The contract of responders: a question and what was found for it in, an answer out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from bot.nlg.draft import Draft
from knowledge.types import Hit

Respond = Callable[[str], Awaitable[Mapping[str, Any] | None]]
"""Name of a response → its content, None if the domain has no such response."""


async def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a customer wants to know, and what may be said about it."""

    text: str
    """On its own understandable: follow-ups are resolved."""
    language: str
    hits: tuple[Hit, ...]
    """Good enough to answer from, best first; never empty."""
    is_repeated: bool = False
    """A follow-up of the answer that the best passage gave: only what is asked of it is wanted."""
    history: tuple[str, ...] = ()
    """What was said before, each as `customer: …` or `bot: …`, the latest last."""
    draft: Draft = field(default_factory=Draft)
    respond: Respond = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to say, and where it is from."""

    text: str
    """Markdown; `[1]` cites the first of `cited`."""
    cited: tuple[Hit, ...]
    responder: str
    dropped: tuple[str, ...] = ()
    """Why sentences of a model were left out."""
    content: Mapping[str, Any] | None = None
    """A response of the domain with its buttons and so on, in place of `text` alone."""


class Responder(Protocol):
    """A way to answer."""

    name: ClassVar[str]

    async def answer(self, question: Question) -> Answer | None:
        """Return an answer; None where this way has none, and the next one is to answer."""
        ...
