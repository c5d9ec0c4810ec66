"""Answers that people wrote: the domain's own words for a passage, or the passage itself."""

from __future__ import annotations

from typing import ClassVar, Final

from bot.nlg.responder import Answer, Question

MAX_CHARS: Final = 700
"""A passage that is longer is no answer as it stands: sentences of it are."""
TEMPLATE: Final = "utter_answer_"
"""`utter_answer_return-period` is said instead of the passage `return-period`."""


class Templates:
    """A response of the domain for the best passage, with buttons, images and conditions."""

    name: ClassVar[str] = "templates"

    async def answer(self, question: Question) -> Answer | None:
        """Return the response that is named after the best passage, if there is one."""
        best = question.hits[0]
        content = await question.respond(TEMPLATE + best.passage.id.rpartition("#")[2])
        if content is None:
            return None
        text = str(content.get("text") or "")
        return Answer(text=text, cited=(best,), responder=self.name, content=content)


class Verbatim:
    """The best passage as it stands."""

    name: ClassVar[str] = "verbatim"

    def __init__(self, max_chars: int | None = MAX_CHARS) -> None:
        """Hold how long a passage may be; None if nothing after this way could shorten it."""
        self._max_chars = max_chars

    async def answer(self, question: Question) -> Answer | None:
        """Return the best passage unless it is too long, or was said just now."""
        best = question.hits[0]
        is_long = self._max_chars is not None and len(best.passage.text) > self._max_chars
        if is_long or (question.is_repeated and self._max_chars is not None):
            return None
        return Answer(text=best.passage.text, cited=(best,), responder=self.name)
